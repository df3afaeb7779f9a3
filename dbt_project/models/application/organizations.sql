with organizations as (select * from {{ ref("int_organizations__with_type") }})

select
    {{ landfall_id("organizations.organization_id") }} as id,
    organizations.organization_id as salesforce_id,
    organizations.name,
    organizations.type,
    organizations.salesforce_type,
    organizations.description,
    {{ landfall_id("parents.organization_id") }} as parent_id,
    organizations.salesforce_parent_id,
    {{ landfall_id("winners.organization_id") }} as merged_into_id,
    organizations.merged_into_id as salesforce_merged_into_id,
    organizations.billing_street,
    organizations.billing_city,
    organizations.billing_state,
    organizations.billing_postal_code,
    organizations.billing_country,
    organizations.last_activity_date,
    coalesce(organizations.ended_at, organizations.deleted_at) as deleted_at
from organizations
left join organizations as parents on parents.organization_id = organizations.parent_id
left join organizations as winners on winners.organization_id = organizations.merged_into_id
