{{ config(materialized="incremental", meta={"unit": "salesforce_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
        "int_contacts__roles": changed("int_contacts__roles"),
        "stg_salesforce__accounts": contacts_by_primary_account(),
        "int_contacts__local_statuses": changed("int_contacts__local_statuses"),
    }
) -%}

with

    volunteers as (select * from {{ ref("int_contacts__roles") }} where role = 'volunteer'),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    accounts as (select * from {{ ref("int_contacts__primary_accounts") }}),

    organizations as (select * from {{ ref("organizations") }}),

    local_statuses as (select * from {{ ref("int_contacts__local_statuses") }})

select
    {{ landfall_id("contacts.contact_id") }} as id,
    contacts.contact_id as salesforce_id,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    volunteers.role_reason,
    {{ single_spaced("contacts.title") }} as title,
    {{ single_spaced("contacts.department") }} as department,
    organizations.id as primary_organization_id,
    accounts.salesforce_account_id as salesforce_primary_organization_id,
    contacts.first_volunteer_date,
    contacts.last_volunteer_date,
    contacts.last_activity_date,
    contacts.last_non_internal_email_date,
    contacts.last_mailchimp_email_date as last_mailchimp_date,
    {{ whole_number("contacts.attended_session_count", 0, 2147483647) }} as times_volunteered,
    contacts.volunteer_interests as interests,
    contacts.recruitment_notes,
    local_statuses.local_status,
    local_statuses.local_status_reason,
    coalesce(
        volunteers.ended_at, case when contacts.is_deleted then contacts.changed_at end
    ) as deleted_at
from volunteers
inner join contacts on contacts.contact_id = volunteers.contact_id
left join accounts on accounts.contact_id = contacts.contact_id
left join organizations on organizations.salesforce_id = accounts.account_id
left join local_statuses on local_statuses.contact_id = contacts.contact_id
where {{ is_affected(affected, "contacts.contact_id") }}
