select
    {{ landfall_id("pathway_id") }} as id,
    pathway_id as salesforce_id,
    name,
    case when is_deleted then changed_at end as deleted_at
from {{ ref("stg_salesforce__pathways") }}
