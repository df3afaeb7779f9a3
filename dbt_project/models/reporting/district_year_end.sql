with

    events as (select * from {{ ref("fct_events") }} where is_completed),

    attributed as (
        select event_id, district_id
        from {{ published(ref("event_districts")) }}
        where deleted_at is null
    ),

    districts as (select id, name from {{ published(ref("districts")) }}),

    event_districts as (

        select
            events.event_id,
            events.school_year,
            events.school_id,
            events.is_virtual,
            attributed.district_id
        from events
        left join
            attributed
            on attributed.event_id = events.event_id
            and attributed.district_id is not null

    ),

    counted_events as (

        select
            district_id,
            school_year,
            count(*) as events,
            count(*) filter (where is_virtual) as virtual_events,
            count(distinct school_id) as schools
        from event_districts
        group by district_id, school_year

    ),

    volunteers as ({{ volunteer_totals("event_districts", "district_id") }}),

    students as ({{ student_totals("event_districts", "district_id", of_group=true) }})

select
    counted_events.school_year,
    counted_events.district_id,
    coalesce(districts.name, 'Unknown') as district,
    counted_events.events,
    counted_events.virtual_events,
    counted_events.schools,
    {{ totals_or_zero() }}
from counted_events
left join
    districts on districts.id = counted_events.district_id
    {{ join_totals("counted_events", "district_id") }}
