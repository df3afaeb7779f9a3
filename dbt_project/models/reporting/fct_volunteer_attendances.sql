with

    events as (select * from {{ ref("fct_events") }} where is_completed),

    participations as (

        select id, event_id, volunteer_id, delivery_hours
        from {{ published(ref("event_participations")) }}
        where deleted_at is null and is_attended

    )

select
    participations.id as participation_id,
    participations.event_id,
    participations.volunteer_id,
    events.school_year,
    events.starts_on,
    cast(
        case
            when participations.delivery_hours is not null
            then participations.delivery_hours
            when events.length_hours > 0
            then greatest(events.length_hours, 1)
            else 0
        end as numeric(10, 2)
    ) as hours,
    case
        when participations.delivery_hours is not null
        then 'delivered'
        when events.length_hours > 0
        then 'length of the event'
        else 'unknown'
    end as hours_source
from participations
inner join events on events.event_id = participations.event_id
where participations.volunteer_id is not null
