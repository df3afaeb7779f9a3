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
    kind,
    address_type,
    street,
    city,
    state,
    postal_code,
    country,
    is_primary,
    salesforce_text,
    deleted_at
from {{ ref("int_addresses__of_contacts") }}
where {{ is_affected(affected, "contact_id") }}
