{{ config(unique_key="class_id") }}

{%- set landed = source("salesforce", "class__c") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as class_id,
            {{ needed_field(fields, "school__c", "text") }} as school_id,

            -- text
            name,

            -- numbers
            {{ field_or_null(fields, "class_year_number__c", "numeric") }} as class_year,
            {{ misfit(fields, "class_year_number__c", "numeric") }} as class_year_misfit,

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
