with

    events as (select * from {{ ref("fct_events") }} where is_completed),

    participations as (

        select id, event_id, student_id
        from {{ published(ref("event_student_participations")) }}
        where deleted_at is null and is_attended

    ),

    students as (select id, school_id from {{ published(ref("students")) }}),

    schools as (select id, district_id from {{ published(ref("schools")) }})

select
    participations.id as participation_id,
    participations.event_id,
    participations.student_id,
    events.school_year,
    events.starts_on,
    students.school_id,
    schools.district_id
from participations
inner join events on events.event_id = participations.event_id
inner join students on students.id = participations.student_id
left join schools on schools.id = students.school_id
