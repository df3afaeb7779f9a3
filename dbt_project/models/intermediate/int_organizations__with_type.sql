with

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    organizations as (select * from {{ ref("int_accounts__roles") }} where role = 'organization'),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    types as (select * from {{ ref("organization_types") }})

select
    accounts.account_id as organization_id,
    accounts.parent_id as salesforce_parent_id,
    coalesce(merged_parents.winner_id, accounts.parent_id) as parent_id,
    merged.winner_id as merged_into_id,
    accounts.name,
    types.type,
    accounts.type as salesforce_type,
    accounts.description,
    accounts.billing_street,
    accounts.billing_city,
    accounts.billing_state,
    accounts.billing_postal_code,
    accounts.billing_country,
    accounts.last_activity_date,
    case when accounts.is_deleted then accounts.changed_at end as deleted_at,
    organizations.ended_at
from organizations
inner join accounts on accounts.account_id = organizations.account_id
left join merged on merged.loser_id = accounts.account_id
left join merged as merged_parents on merged_parents.loser_id = accounts.parent_id
left join types on lower(types.salesforce_type) = {{ folded("accounts.type") }}
