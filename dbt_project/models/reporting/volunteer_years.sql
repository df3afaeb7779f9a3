with

    attendances as (select * from {{ ref("fct_volunteer_attendances") }}),

    first_days as (

        select volunteer_id, min(starts_on) as first_attended_on
        from attendances
        group by volunteer_id

    )

select
    attendances.volunteer_id,
    attendances.school_year,
    count(distinct attendances.event_id) as events,
    cast(sum(attendances.hours) as numeric(12, 2)) as hours,
    min(attendances.starts_on) as first_attended_on,
    max(attendances.starts_on) as last_attended_on,
    coalesce(
        {{ school_year("first_days.first_attended_on") }} = attendances.school_year, false
    ) as is_first_year
from attendances
inner join first_days on first_days.volunteer_id = attendances.volunteer_id
group by attendances.volunteer_id, attendances.school_year, first_days.first_attended_on
