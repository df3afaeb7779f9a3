with

    events as (select * from {{ ref("fct_events") }} where is_completed and program is not null),

    volunteers as (

        select
            events.school_year,
            events.program,
            count(*) as volunteer_attendances,
            count(distinct attendances.volunteer_id) as unique_volunteers,
            sum(attendances.hours) as volunteer_hours
        from events
        inner join
            {{ ref("fct_volunteer_attendances") }} as attendances
            on attendances.event_id = events.event_id
        group by events.school_year, events.program

    ),

    students as (

        select
            events.school_year,
            events.program,
            count(*) as student_attendances,
            count(distinct attendances.student_id) as unique_students
        from events
        inner join
            {{ ref("fct_student_attendances") }} as attendances
            on attendances.event_id = events.event_id
        group by events.school_year, events.program

    ),

    counted_events as (

        select school_year, program, count(*) as events from events group by school_year, program

    )

select
    counted_events.school_year,
    counted_events.program,
    counted_events.events,
    coalesce(volunteers.unique_volunteers, 0) as unique_volunteers,
    coalesce(volunteers.volunteer_attendances, 0) as volunteer_attendances,
    cast(coalesce(volunteers.volunteer_hours, 0) as numeric(12, 2)) as volunteer_hours,
    coalesce(students.unique_students, 0) as unique_students,
    coalesce(students.student_attendances, 0) as student_attendances
from counted_events
left join
    volunteers
    on volunteers.program = counted_events.program
    and volunteers.school_year is not distinct from counted_events.school_year
left join
    students
    on students.program = counted_events.program
    and students.school_year is not distinct from counted_events.school_year
