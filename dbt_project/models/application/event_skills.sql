select
    {{ landfall_id("source_key") }} as id,
    source_key,
    {{ landfall_id("session_id") }} as event_id,
    session_id as salesforce_session_id,
    {{ landfall_id("'skill|' || skill_key") }} as skill_id,
    source_fields,
    deleted_at
from {{ ref("int_skills__of_events") }}
