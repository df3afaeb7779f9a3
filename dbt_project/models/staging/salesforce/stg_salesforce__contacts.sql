{{ config(unique_key="contact_id") }}

{%- set landed = source("salesforce", "contact") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as contact_id,
            accountid as account_id,
            masterrecordid as master_record_id,
            {{ field_or_null(fields, "npsp__primary_affiliation__c", "text") }}
            as primary_affiliation_id,
            {{ field_or_null(fields, "class__c", "text") }} as class_id,
            {{ field_or_null(fields, "local_student_id__c", "text") }} as local_student_id,
            {{ field_or_null(fields, "connector_user_id__c", "text") }} as connector_user_id,

            -- text: who
            salutation,
            firstname as first_name,
            {{ field_or_null(fields, "middlename", "text") }} as middle_name,
            lastname as last_name,
            {{ field_or_null(fields, "suffix", "text") }} as suffix,
            {{ field_or_null(fields, "contact_type__c", "text") }} as contact_type,
            title,
            department,
            description,
            {{ field_or_null(fields, "gender__c", "text") }} as gender,
            {{ field_or_null(fields, "racial_ethnic_background__c", "text") }}
            as racial_ethnic_background,
            {{ field_or_null(fields, "age_group__c", "text") }} as age_group,
            {{ field_or_null(fields, "highest_level_of_educational__c", "text") }}
            as education_level,
            {{ field_or_null(fields, "legacy_grade__c", "text") }} as legacy_grade,
            {{ field_or_null(fields, "volunteer_recruitment_notes__c", "text") }}
            as recruitment_notes,
            {{ field_or_null(fields, "volunteer_skills__c", "text") }} as volunteer_skills,
            {{ field_or_null(fields, "volunteer_skills_text__c", "text") }}
            as volunteer_skills_text,
            {{ field_or_null(fields, "volunteer_interests__c", "text") }} as volunteer_interests,

            -- text: how to reach them
            email,
            {{ field_or_null(fields, "npe01__homeemail__c", "text") }} as home_email,
            {{ field_or_null(fields, "npe01__workemail__c", "text") }} as work_email,
            {{ field_or_null(fields, "npe01__alternateemail__c", "text") }} as alternate_email,
            {{ field_or_null(fields, "npe01__preferred_email__c", "text") }} as preferred_email,
            phone,
            homephone as home_phone,
            mobilephone as mobile_phone,
            {{ field_or_null(fields, "npe01__workphone__c", "text") }} as work_phone,
            {{ field_or_null(fields, "npe01__preferredphone__c", "text") }} as preferred_phone,
            mailingstreet as mailing_street,
            mailingcity as mailing_city,
            mailingstate as mailing_state,
            mailingpostalcode as mailing_postal_code,
            mailingcountry as mailing_country,
            {{ field_or_null(fields, "npe01__home_address__c", "text") }} as home_address,
            {{ field_or_null(fields, "npe01__work_address__c", "text") }} as work_address,
            {{ field_or_null(fields, "npe01__other_address__c", "text") }} as other_address,
            {{ field_or_null(fields, "npe01__primary_address_type__c", "text") }}
            as primary_address_type,
            {{ field_or_null(fields, "npe01__secondary_address_type__c", "text") }}
            as secondary_address_type,

            -- text: the retired connector
            {{ field_or_null(fields, "connector_active_subscription__c", "text") }}
            as connector_active_subscription,
            {{ field_or_null(fields, "connector_active_subscription_name__c", "text") }}
            as connector_active_subscription_name,
            {{ field_or_null(fields, "connector_affiliations__c", "text") }}
            as connector_affiliations,
            {{ field_or_null(fields, "connector_industry__c", "text") }} as connector_industry,
            {{ field_or_null(fields, "connector_joining_date__c", "text") }}
            as connector_joining_date,
            {{ field_or_null(fields, "connector_last_login_date_time__c", "text") }}
            as connector_last_login,
            {{ field_or_null(fields, "connector_last_update_date__c", "text") }}
            as connector_last_update_date,
            {{ field_or_null(fields, "connector_profile_link__c", "text") }}
            as connector_profile_link,
            {{ field_or_null(fields, "connector_role__c", "text") }} as connector_role,
            {{ field_or_null(fields, "connector_signup_role__c", "text") }}
            as connector_signup_role,

            -- numbers
            {{ field_or_null(fields, "current_grade__c", "numeric") }} as current_grade,
            {{ field_or_null(fields, "number_of_attended_volunteer_sessions__c", "numeric") }}
            as attended_session_count,
            {{ misfit(fields, "current_grade__c", "numeric") }} as current_grade_misfit,
            {{ misfit(fields, "number_of_attended_volunteer_sessions__c", "numeric") }}
            as attended_session_count_misfit,

            -- booleans
            {{ needed_field(fields, "donotcall", "boolean") }} as is_do_not_call,
            {{ field_or_null(fields, "npsp__do_not_contact__c", "boolean") }} as is_do_not_contact,
            {{ needed_field(fields, "hasoptedoutofemail", "boolean") }} as has_opted_out_of_email,
            isdeleted as is_deleted,

            -- dates
            {{ needed_field(fields, "birthdate", "date") }} as birthdate,
            {{ field_or_null(fields, "first_volunteer_date__c", "date") }} as first_volunteer_date,
            {{ field_or_null(fields, "last_volunteer_date__c", "date") }} as last_volunteer_date,
            {{ field_or_null(fields, "last_activity_date__c", "date") }} as last_activity_date,
            {{ field_or_null(fields, "last_email_message__c", "date") }} as last_email_message_date,
            {{ field_or_null(fields, "last_mailchimp_email_date__c", "date") }}
            as last_mailchimp_email_date,
            {{ field_or_null(fields, "last_non_internal_email_activity__c", "date") }}
            as last_non_internal_email_date,

            -- timestamps
            {{ needed_field(fields, "emailbounceddate", "timestamptz") }} as email_bounced_at,
            createddate as created_at,
            lastmodifieddate as last_modified_at,
            systemmodstamp as changed_at,

            -- bookkeeping
            _dlt_load_id,
            _extracted_at,
            _version

        from newest

    )

select *
from renamed
