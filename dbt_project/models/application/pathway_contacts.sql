with

    links as (select * from {{ ref("int_pathways__contacts") }}),

    pathways as (select id, salesforce_id from {{ ref("pathways") }}),

    contacts as (select contact_id from {{ ref("stg_salesforce__contacts") }})

select
    {{ landfall_id("links.pathway_participant_id") }} as id,
    links.pathway_participant_id as salesforce_id,
    pathways.id as pathway_id,
    links.pathway_id as salesforce_pathway_id,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    links.salesforce_contact_id,
    links.deleted_at
from links
left join pathways on pathways.salesforce_id = links.pathway_id
left join contacts on contacts.contact_id = links.contact_id
