{{ config(materialized="incremental", meta={"unit": "salesforce_id", "scope": "contact"}) }}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
        "int_contacts__roles": changed("int_contacts__roles"),
        "stg_salesforce__accounts": contacts_by_primary_account(),
        "stg_salesforce__classes": contacts_of_classes(),
    }
) -%}

with

    students as (select * from {{ ref("int_contacts__roles") }} where role = 'student'),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    accounts as (select * from {{ ref("int_contacts__primary_accounts") }}),

    schools as (select * from {{ ref("schools") }}),

    classes as (select * from {{ ref("classes") }})

select
    {{ landfall_id("contacts.contact_id") }} as id,
    contacts.contact_id as salesforce_id,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    students.role_reason,
    {{ single_spaced("contacts.local_student_id") }} as local_student_id,
    {{ whole_number("contacts.current_grade", 0, 12) }} as current_grade,
    {{ single_spaced("contacts.legacy_grade") }} as legacy_grade,
    schools.id as school_id,
    case
        when accounts.may_be_school then accounts.salesforce_account_id
    end as salesforce_school_id,
    classes.id as class_id,
    contacts.class_id as salesforce_class_id,
    coalesce(
        students.ended_at, case when contacts.is_deleted then contacts.changed_at end
    ) as deleted_at
from students
inner join contacts on contacts.contact_id = students.contact_id
left join accounts on accounts.contact_id = contacts.contact_id
left join schools on schools.salesforce_id = accounts.account_id and accounts.may_be_school
left join classes on classes.salesforce_id = contacts.class_id
where {{ is_affected(affected, "contacts.contact_id") }}
