{# Whoever has any of these rows has one primary among them, no more and no less. #}
{% test exactly_one_primary(model, of="salesforce_contact_id") %}
    select {{ of }} as record_id
    from {{ model }}
    group by {{ of }}
    having sum(case when is_primary then 1 else 0 end) <> 1
{% endtest %}
