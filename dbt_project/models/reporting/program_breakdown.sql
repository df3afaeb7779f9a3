with

    events as (select * from {{ ref("fct_events") }} where is_completed and program is not null),

    volunteers as ({{ volunteer_totals("events", "program") }}),

    students as ({{ student_totals("events", "program") }}),

    counted_events as (

        select school_year, program, count(*) as events from events group by school_year, program

    )

select
    counted_events.school_year,
    counted_events.program,
    counted_events.events,
    {{ totals_or_zero() }}
from counted_events {{ join_totals("counted_events", "program") }}
