{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "int_affiliations__best_of_pair": changed("int_affiliations__best_of_pair"),
        "stg_salesforce__contacts": changed_contacts(),
        "stg_salesforce__accounts": contacts_affiliated_with_accounts(),
        "int_contacts__roles": changed("int_contacts__roles"),
    }
) -%}

with

    pairs as (select * from {{ ref("int_affiliations__of_volunteers") }}),

    organizations as (select id, salesforce_id from {{ ref("organizations") }})

select
    {{ landfall_id("pairs.source_key") }} as id,
    pairs.source_key,
    {{ landfall_id("pairs.contact_id") }} as contact_id,
    pairs.contact_id as salesforce_contact_id,
    organizations.id as organization_id,
    pairs.organization_id as salesforce_organization_id,
    {{ landfall_id("pairs.affiliation_id") }} as affiliation_id,
    pairs.affiliation_id as salesforce_affiliation_id,
    pairs.role,
    pairs.status,
    pairs.is_primary,
    pairs.start_date,
    pairs.end_date,
    cast(null as timestamptz) as deleted_at
from pairs
left join organizations on organizations.salesforce_id = pairs.organization_id
where {{ is_affected(affected, "pairs.contact_id") }}
