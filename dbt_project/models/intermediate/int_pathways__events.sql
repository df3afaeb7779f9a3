with

    links as (select * from {{ ref("stg_salesforce__pathway_sessions") }}),

    pathways as (select * from {{ ref("stg_salesforce__pathways") }}),

    sessions as (select * from {{ ref("stg_salesforce__sessions") }}),

    events as (select session_id from {{ ref("int_sessions__included") }})

select
    links.pathway_session_id,
    links.pathway_id,
    links.session_id as salesforce_session_id,
    events.session_id,
    -- Salesforce deletes the links of what it deletes, but does not always touch their
    -- SystemModstamp
    case
        when links.is_deleted
        then links.changed_at
        when pathways.is_deleted
        then pathways.changed_at
        when sessions.is_deleted
        then sessions.changed_at
    end as deleted_at
from links
left join pathways on pathways.pathway_id = links.pathway_id
left join sessions on sessions.session_id = links.session_id
left join events on events.session_id = links.session_id
where events.session_id is not null or sessions.session_id is null
