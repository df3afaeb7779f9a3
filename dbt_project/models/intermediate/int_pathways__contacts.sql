with

    links as (select * from {{ ref("stg_salesforce__pathway_participants") }}),

    pathways as (select * from {{ ref("stg_salesforce__pathways") }}),

    merged as (select * from {{ ref("int_contacts__merged") }})

select
    links.pathway_participant_id,
    links.pathway_id,
    links.contact_id as salesforce_contact_id,
    coalesce(merged.winner_id, links.contact_id) as contact_id,
    -- Salesforce deletes the links of what it deletes, but does not always touch their
    -- SystemModstamp
    case
        when links.is_deleted
        then links.changed_at
        when pathways.is_deleted
        then pathways.changed_at
    end as deleted_at
from links
left join pathways on pathways.pathway_id = links.pathway_id
left join merged on merged.loser_id = links.contact_id
