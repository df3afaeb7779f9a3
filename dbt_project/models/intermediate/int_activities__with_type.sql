with

    activities as (

        select *
        from {{ ref("int_activities__of_tasks") }}
        union all
        select *
        from {{ ref("int_activities__of_messages") }}

    ),

    types as (select * from {{ ref("activity_types") }}),

    sessions as (select session_id from {{ ref("stg_salesforce__sessions") }}),

    events as (select session_id from {{ ref("int_sessions__included") }}),

    {# What an activity is about may be of many objects; the first three characters of an id tell the object. #}
    session_prefixes as (select distinct left(session_id, 3) as prefix from sessions)

select
    activities.record_id || '|' || coalesce(activities.contact_id, '-') as source_key,
    activities.record_id,
    activities.kind,
    activities.contact_id,
    activities.salesforce_contact_id,
    activities.matched_by,
    events.session_id,
    case
        when
            events.session_id is not null
            or (session_prefixes.prefix is not null and sessions.session_id is null)
        then activities.about_id
    end as salesforce_session_id,
    activities.summary,
    activities.description,
    activities.activity_type,
    activities.activity_status,
    types.history_type,
    activities.occurred_on,
    activities.occurred_at,
    activities.deleted_at
from activities
left join types on {{ folded("types.salesforce_type") }} = {{ folded("activities.activity_type") }}
left join session_prefixes on session_prefixes.prefix = left(activities.about_id, 3)
left join sessions on sessions.session_id = activities.about_id
left join events on events.session_id = activities.about_id
