{# A rule across the columns of one row; where it cannot be decided for want of a value, it holds. #}
{% test holds(model, rule, record_id="salesforce_id") %}
    select {{ record_id }} as record_id from {{ model }} where not coalesce({{ rule }}, true)
{% endtest %}
