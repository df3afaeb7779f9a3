{#
    What reports count of the people at events. `events` is a relation with event_id, school_year and the column
    `group`, by which the totals are made; every total has these two columns and its numbers.
#}
{% macro volunteer_totals(events, group) %}
    select
        {{ events }}.school_year,
        {{ events }}.{{ group }},
        count(*) as volunteer_attendances,
        count(distinct attendances.volunteer_id) as unique_volunteers,
        sum(attendances.hours) as volunteer_hours
    from {{ events }}
    inner join
        {{ ref("fct_volunteer_attendances") }} as attendances
        on attendances.event_id = {{ events }}.event_id
    group by {{ events }}.school_year, {{ events }}.{{ group }}
{% endmacro %}


{# `of_group` is true where an event counts for several groups, and a student for the one it belongs to. #}
{% macro student_totals(events, group, of_group=false) %}
    select
        {{ events }}.school_year,
        {{ events }}.{{ group }},
        count(*) as student_attendances,
        count(distinct attendances.student_id) as unique_students
    from {{ events }}
    inner join
        {{ ref("fct_student_attendances") }} as attendances
        on attendances.event_id = {{ events }}.event_id
        {%- if of_group %}
            and attendances.{{ group }} is not distinct from {{ events }}.{{ group }}
        {%- endif %}
    group by {{ events }}.school_year, {{ events }}.{{ group }}
{% endmacro %}


{# The numbers of both, zero where nobody came; relations `volunteers` and `students` are joined to `counted`. #}
{% macro totals_or_zero() %}
    coalesce(volunteers.unique_volunteers, 0) as unique_volunteers,
    coalesce(volunteers.volunteer_attendances, 0) as volunteer_attendances,
    cast(coalesce(volunteers.volunteer_hours, 0) as numeric(12, 2)) as volunteer_hours,
    coalesce(students.unique_students, 0) as unique_students,
    coalesce(students.student_attendances, 0) as student_attendances
{%- endmacro %}


{% macro join_totals(counted, group) %}
    {%- for totals in ["volunteers", "students"] %}
        left join
            {{ totals }}
            on {{ totals }}.school_year is not distinct from {{ counted }}.school_year
            and {{ totals }}.{{ group }} is not distinct from {{ counted }}.{{ group }}
    {%- endfor %}
{%- endmacro %}
