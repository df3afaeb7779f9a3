{# A Salesforce id that points somewhere has a row there. Rows without one are published all the same, with an empty
   key, and find their parent in the run in which it arrives. #}
{% test reference_resolves(model, column_name, source_id, record_id="salesforce_id") %}
    {{ config(severity="warn") }}
    select {{ record_id }} as record_id
    from {{ model }}
    where {{ source_id }} is not null and {{ column_name }} is null and deleted_at is null
{% endtest %}
