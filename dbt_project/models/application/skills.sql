select {{ landfall_id("source_key") }} as id, source_key, name, deleted_at
from {{ ref("int_skills__named") }}
