with

    affiliations as (

        select *
        from {{ ref("stg_salesforce__affiliations") }}
        where {{ in_scope("contact", "coalesce(contact_id, affiliation_id)") }}

    ),

    merged_contacts as (select * from {{ ref("int_contacts__merged") }}),

    merged_accounts as (select * from {{ ref("int_accounts__merged") }}),

    statuses as (select * from {{ ref("affiliation_statuses") }})

select
    affiliations.affiliation_id,
    affiliations.contact_id as salesforce_contact_id,
    coalesce(merged_contacts.winner_id, affiliations.contact_id) as contact_id,
    affiliations.account_id as salesforce_organization_id,
    coalesce(merged_accounts.winner_id, affiliations.account_id) as organization_id,
    affiliations.role,
    statuses.status,
    statuses.display_order as status_order,
    affiliations.status as salesforce_status,
    -- a checkbox, but some orgs have made it text
    coalesce({{ folded("cast(affiliations.is_primary as text)") }} = 'true', false) as is_primary,
    affiliations.start_date,
    affiliations.end_date,
    affiliations.last_modified_at,
    case when affiliations.is_deleted then affiliations.changed_at end as deleted_at
from affiliations
left join merged_contacts on merged_contacts.loser_id = affiliations.contact_id
left join merged_accounts on merged_accounts.loser_id = affiliations.account_id
left join
    statuses on {{ folded("statuses.salesforce_status") }} = {{ folded("affiliations.status") }}
