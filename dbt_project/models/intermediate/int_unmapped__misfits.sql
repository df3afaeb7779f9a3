{%- set numbers = [
    ("grade of a student", "contacts", "current_grade"),
    ("times volunteered", "contacts", "attended_session_count"),
    ("year of a class", "classes", "class_year"),
    ("hours of a participation", "session_participants", "delivery_hours"),
    ("number of participants of an event", "sessions", "non_scheduled_student_count"),
    ("number of available slots of an event", "sessions", "available_slot_count"),
    ("number of requested volunteers of an event", "sessions", "requested_job_count"),
    ("number of filled volunteer jobs of an event", "sessions", "filled_job_count"),
] -%}

{% for vocabulary, model, column in numbers -%}
    select '{{ vocabulary }}' as vocabulary, {{ column }}_misfit as raw_value, count(*) as row_count
    from {{ ref("stg_salesforce__" ~ model) }}
    where {{ column }}_misfit is not null and not is_deleted
    group by {{ column }}_misfit
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
