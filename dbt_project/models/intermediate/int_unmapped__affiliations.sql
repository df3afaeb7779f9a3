select 'affiliation status' as vocabulary, salesforce_status as raw_value, count(*) as row_count
from {{ ref("int_affiliations__with_status") }}
where {{ text_or_null("salesforce_status") }} is not null and status is null and deleted_at is null
group by salesforce_status
