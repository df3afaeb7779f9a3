{{ config(materialized="incremental", meta={"unit": "salesforce_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
    }
) -%}

with contacts as (select * from {{ ref("int_contacts__mapped") }})

select
    {{ landfall_id("contacts.contact_id") }} as id,
    contacts.contact_id as salesforce_id,
    contacts.contact_type,
    contacts.salesforce_contact_type,
    contacts.type_is_missing,
    contacts.salutation,
    contacts.first_name,
    contacts.middle_name,
    contacts.last_name,
    contacts.suffix,
    contacts.gender,
    contacts.salesforce_gender,
    contacts.race_ethnicity,
    contacts.salesforce_race_ethnicity,
    contacts.age_group,
    contacts.salesforce_age_group,
    contacts.education_level,
    contacts.salesforce_education_level,
    contacts.birthdate,
    contacts.description,
    contacts.do_not_call,
    contacts.do_not_contact,
    contacts.email_opt_out,
    contacts.email_bounced_at,
    contacts.last_email_date,
    contacts.salesforce_account_id,
    {{ landfall_id("winners.contact_id") }} as merged_into_id,
    contacts.merged_into_id as salesforce_merged_into_id,
    contacts.deleted_at
from contacts
left join
    {{ ref("stg_salesforce__contacts") }} as winners on winners.contact_id = contacts.merged_into_id
where {{ is_affected(affected, "contacts.contact_id") }}
