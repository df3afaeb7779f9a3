with

    links as (select * from {{ ref("int_pathways__events") }}),

    pathways as (select id, salesforce_id from {{ ref("pathways") }})

select
    {{ landfall_id("links.pathway_session_id") }} as id,
    links.pathway_session_id as salesforce_id,
    pathways.id as pathway_id,
    links.pathway_id as salesforce_pathway_id,
    {{ landfall_id("links.session_id") }} as event_id,
    links.salesforce_session_id,
    links.deleted_at
from links
left join pathways on pathways.salesforce_id = links.pathway_id
