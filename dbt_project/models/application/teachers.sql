{{ config(materialized="incremental", meta={"unit": "salesforce_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
        "int_contacts__roles": changed("int_contacts__roles"),
        "stg_salesforce__accounts": contacts_by_primary_account(),
    }
) -%}

with

    teachers as (select * from {{ ref("int_contacts__roles") }} where role = 'teacher'),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    accounts as (select * from {{ ref("int_contacts__primary_accounts") }}),

    schools as (select * from {{ ref("schools") }}),

    organizations as (select * from {{ ref("organizations") }})

select
    {{ landfall_id("contacts.contact_id") }} as id,
    contacts.contact_id as salesforce_id,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    teachers.role_reason,
    {{ single_spaced("contacts.department") }} as department,
    schools.id as school_id,
    case
        when accounts.may_be_school then accounts.salesforce_account_id
    end as salesforce_school_id,
    organizations.id as primary_organization_id,
    accounts.salesforce_account_id as salesforce_primary_organization_id,
    contacts.last_email_message_date as last_email_date,
    contacts.last_mailchimp_email_date as last_mailchimp_date,
    coalesce(
        teachers.ended_at, case when contacts.is_deleted then contacts.changed_at end
    ) as deleted_at
from teachers
inner join contacts on contacts.contact_id = teachers.contact_id
left join accounts on accounts.contact_id = contacts.contact_id
left join schools on schools.salesforce_id = accounts.account_id and accounts.may_be_school
left join organizations on organizations.salesforce_id = accounts.account_id
where {{ is_affected(affected, "contacts.contact_id") }}
