{{
    config(
        materialized="incremental",
        meta={"unit": "coalesce(salesforce_contact_id, salesforce_id)", "scope": "contact"},
    )
}}

{%- set affected = follow_changes(
    {
        "int_affiliations__best_of_pair": changed("int_affiliations__best_of_pair"),
        "stg_salesforce__affiliations": contacts_of_affiliations(),
        "stg_salesforce__contacts": changed_contacts(),
        "stg_salesforce__accounts": contacts_affiliated_with_accounts(),
    }
) -%}

with

    affiliations as (select * from {{ ref("int_affiliations__with_status") }}),

    best as (select affiliation_id from {{ ref("int_affiliations__best_of_pair") }}),

    contacts as (select contact_id from {{ ref("stg_salesforce__contacts") }}),

    organizations as (select id, salesforce_id from {{ ref("organizations") }})

select
    {{ landfall_id("affiliations.affiliation_id") }} as id,
    affiliations.affiliation_id as salesforce_id,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    affiliations.salesforce_contact_id,
    organizations.id as organization_id,
    affiliations.salesforce_organization_id,
    affiliations.role,
    affiliations.status,
    affiliations.salesforce_status,
    affiliations.is_primary,
    affiliations.start_date,
    affiliations.end_date,
    best.affiliation_id is not null as is_best_of_pair,
    affiliations.deleted_at
from affiliations
left join best on best.affiliation_id = affiliations.affiliation_id
left join contacts on contacts.contact_id = affiliations.contact_id
left join organizations on organizations.salesforce_id = affiliations.organization_id
where
    {{
        is_affected(
            affected, "coalesce(affiliations.salesforce_contact_id, affiliations.affiliation_id)"
        )
    }}
