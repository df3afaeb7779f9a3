{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed("stg_salesforce__contacts"),
    }
) -%}

select
    {{ landfall_id("source_key") }} as id,
    source_key,
    {{ landfall_id("contact_id") }} as contact_id,
    contact_id as salesforce_contact_id,
    email,
    email_type,
    is_primary,
    source_fields,
    deleted_at
from {{ ref("int_emails__of_contacts") }}
where {{ is_affected(affected, "contact_id") }}
