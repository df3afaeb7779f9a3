select
    {{ landfall_id("source_key") }} as id,
    source_key,
    {{ landfall_id("contact_id") }} as volunteer_id,
    contact_id as salesforce_contact_id,
    {{ landfall_id("'skill|' || skill_key") }} as skill_id,
    source_fields,
    deleted_at
from {{ ref("int_skills__of_volunteers") }}
