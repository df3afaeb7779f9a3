with

    links as (select * from {{ ref("stg_salesforce__pathway_sessions") }}),

    sessions as (select session_id from {{ ref("stg_salesforce__sessions") }}),

    events as (select session_id from {{ ref("int_sessions__included") }})

select
    links.pathway_session_id,
    links.pathway_id,
    links.session_id as salesforce_session_id,
    events.session_id,
    case when links.is_deleted then links.changed_at end as deleted_at
from links
left join sessions on sessions.session_id = links.session_id
left join events on events.session_id = links.session_id
where events.session_id is not null or sessions.session_id is null
