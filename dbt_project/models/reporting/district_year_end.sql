with

    events as (select * from {{ ref("fct_events") }} where is_completed),

    attributed as (select * from {{ published(ref("event_districts")) }} where deleted_at is null),

    districts as (select * from {{ published(ref("districts")) }}),

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

    volunteers as (

        select
            event_districts.district_id,
            event_districts.school_year,
            count(*) as volunteer_attendances,
            count(distinct attendances.volunteer_id) as unique_volunteers,
            sum(attendances.hours) as volunteer_hours
        from event_districts
        inner join
            {{ ref("fct_volunteer_attendances") }} as attendances
            on attendances.event_id = event_districts.event_id
        group by event_districts.district_id, event_districts.school_year

    ),

    students as (

        select
            event_districts.district_id,
            event_districts.school_year,
            count(*) as student_attendances,
            count(distinct attendances.student_id) as unique_students
        from event_districts
        inner join
            {{ ref("fct_student_attendances") }} as attendances
            on attendances.event_id = event_districts.event_id
            and attendances.district_id is not distinct from event_districts.district_id
        group by event_districts.district_id, event_districts.school_year

    )

select
    counted_events.school_year,
    counted_events.district_id,
    coalesce(districts.name, 'Unknown') as district,
    counted_events.events,
    counted_events.virtual_events,
    counted_events.schools,
    coalesce(volunteers.unique_volunteers, 0) as unique_volunteers,
    coalesce(volunteers.volunteer_attendances, 0) as volunteer_attendances,
    cast(coalesce(volunteers.volunteer_hours, 0) as numeric(12, 2)) as volunteer_hours,
    coalesce(students.unique_students, 0) as unique_students,
    coalesce(students.student_attendances, 0) as student_attendances
from counted_events
left join districts on districts.id = counted_events.district_id
left join
    volunteers
    on volunteers.school_year is not distinct from counted_events.school_year
    and volunteers.district_id is not distinct from counted_events.district_id
left join
    students
    on students.school_year is not distinct from counted_events.school_year
    and students.district_id is not distinct from counted_events.district_id
