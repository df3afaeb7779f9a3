with

    links as (select * from {{ ref("stg_salesforce__pathway_participants") }}),

    merged as (select * from {{ ref("int_contacts__merged") }})

select
    links.pathway_participant_id,
    links.pathway_id,
    links.contact_id as salesforce_contact_id,
    coalesce(merged.winner_id, links.contact_id) as contact_id,
    case when links.is_deleted then links.changed_at end as deleted_at
from links
left join merged on merged.loser_id = links.contact_id
