{{ config(unique_key="session_participant_id") }}

{%- set landed = source("salesforce", "session_participant__c") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as session_participant_id,
            {{ needed_field(fields, "contact__c", "text") }} as contact_id,
            {{ needed_field(fields, "session__c", "text") }} as session_id,

            -- text
            name,
            {{ field_or_null(fields, "participant_type__c", "text") }} as participant_type,
            {{ field_or_null(fields, "status__c", "text") }} as status,
            {{ field_or_null(fields, "age_group__c", "text") }} as age_group,
            {{ field_or_null(fields, "email__c", "text") }} as email,
            {{ field_or_null(fields, "title__c", "text") }} as title,

            -- numbers
            {{ field_or_null(fields, "delivery_hours__c", "numeric") }} as delivery_hours,
            {{ misfit(fields, "delivery_hours__c", "numeric") }} as delivery_hours_misfit,

            -- booleans
            isdeleted as is_deleted,

            -- timestamps
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
