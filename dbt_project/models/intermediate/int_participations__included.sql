with

    participations as (

        select *
        from {{ ref("stg_salesforce__session_participants") }}
        where {{ in_scope("contact", "coalesce(contact_id, session_participant_id)") }}

    ),

    sessions as (select * from {{ ref("stg_salesforce__sessions") }}),

    included as (select * from {{ ref("int_sessions__included") }}),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    types as (select * from {{ ref("participant_types") }}),

    session_statuses as (select * from {{ ref("session_statuses") }})

select
    participations.session_participant_id as participation_id,
    participations.session_id,
    participations.contact_id,
    coalesce(merged.winner_id, participations.contact_id) as person_id,
    types.type,
    participations.participant_type as salesforce_participant_type,
    {{ text_or_null("participations.status") }} as salesforce_status,
    not coalesce(session_statuses.is_over, true) as is_session_open,
    case
        when round(participations.delivery_hours, 2) > 0 and participations.delivery_hours < 999999
        then cast(round(participations.delivery_hours, 2) as numeric(8, 2))
    end as delivery_hours,
    participations.age_group,
    {{ text_or_null("participations.email") }} as email,
    {{ text_or_null("participations.title") }} as title,
    participations.is_deleted or coalesce(sessions.is_deleted, false) as is_deleted,
    case
        when participations.is_deleted
        then participations.changed_at
        when sessions.is_deleted
        then sessions.changed_at
    end as deleted_at,
    participations.changed_at
from participations
left join sessions on sessions.session_id = participations.session_id
left join included on included.session_id = participations.session_id
left join merged on merged.loser_id = participations.contact_id
left join
    types on {{ folded("types.salesforce_type") }} = {{ folded("participations.participant_type") }}
left join
    session_statuses
    on {{ folded("session_statuses.salesforce_status") }} = {{ folded("sessions.session_status") }}
where included.session_id is not null or sessions.session_id is null
