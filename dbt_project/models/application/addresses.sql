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
