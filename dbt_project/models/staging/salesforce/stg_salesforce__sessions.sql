{{ config(unique_key="session_id") }}

{%- set landed = source("salesforce", "session__c") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as session_id,
            {{ field_or_null(fields, "recordtypeid", "text") }} as record_type_id,
            {{ field_or_null(fields, "school__c", "text") }} as school_id,
            {{ field_or_null(fields, "district__c", "text") }} as district,
            {{ field_or_null(fields, "parent_account__c", "text") }} as parent_account,

            -- text
            name,
            {{ field_or_null(fields, "session_type__c", "text") }} as session_type,
            {{ field_or_null(fields, "format__c", "text") }} as format,
            {{ field_or_null(fields, "session_status__c", "text") }} as session_status,
            {{ field_or_null(fields, "cancellation_reason__c", "text") }} as cancellation_reason,
            {{ field_or_null(fields, "session_host__c", "text") }} as session_host,
            {{ field_or_null(fields, "location_information__c", "text") }} as location_information,
            {{ field_or_null(fields, "description__c", "text") }} as description,
            {{ field_or_null(fields, "additional_information__c", "text") }}
            as additional_information,
            {{ field_or_null(fields, "requested_skills__c", "text") }} as requested_skills,
            {{ field_or_null(fields, "legacy_skill_covered_for_the_session__c", "text") }}
            as legacy_skill_covered,
            {{ field_or_null(fields, "legacy_skills_needed__c", "text") }} as legacy_skills_needed,
            {{ field_or_null(fields, "registration_link__c", "text") }} as registration_link,
            {{ field_or_null(fields, "display_on_website__c", "text") }} as display_on_website,
            {{ field_or_null(fields, "date_and_time_for_cal__c", "text") }}
            as date_and_time_for_calendar,

            -- numbers
            {{ field_or_null(fields, "non_scheduled_students_count__c", "numeric") }}
            as non_scheduled_student_count,
            {{ field_or_null(fields, "total_requested_volunteer_jobs__c", "numeric") }}
            as requested_job_count,
            {{ field_or_null(fields, "filled_volunteer_jobs__c", "numeric") }} as filled_job_count,
            {{ field_or_null(fields, "available_slots__c", "numeric") }} as available_slot_count,
            {{ misfit(fields, "non_scheduled_students_count__c", "numeric") }}
            as non_scheduled_student_count_misfit,
            {{ misfit(fields, "total_requested_volunteer_jobs__c", "numeric") }}
            as requested_job_count_misfit,
            {{ misfit(fields, "filled_volunteer_jobs__c", "numeric") }} as filled_job_count_misfit,
            {{ misfit(fields, "available_slots__c", "numeric") }} as available_slot_count_misfit,

            -- booleans
            isdeleted as is_deleted,

            -- dates
            {{ field_or_null(fields, "start_date__c", "date") }} as start_date,

            -- timestamps
            {{ field_or_null(fields, "start_date_and_time__c", "timestamptz") }} as started_at,
            {{ field_or_null(fields, "end_date_and_time__c", "timestamptz") }} as ended_at,
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
