{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed("stg_salesforce__contacts"),
        "int_contacts__roles": changed("int_contacts__roles"),
    }
) -%}

select
    {{ landfall_id("source_key") }} as id,
    source_key,
    {{ landfall_id("contact_id") }} as volunteer_id,
    contact_id as salesforce_contact_id,
    {{ landfall_id("'skill|' || skill_key") }} as skill_id,
    source_fields,
    deleted_at
from {{ ref("int_skills__of_volunteers") }}
where {{ is_affected(affected, "contact_id") }}
