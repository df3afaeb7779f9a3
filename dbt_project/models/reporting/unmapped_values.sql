select 'organization type' as vocabulary, salesforce_type as raw_value, count(*) as row_count
from {{ ref("organizations") }}
where salesforce_type is not null and type is null and deleted_at is null
group by salesforce_type
