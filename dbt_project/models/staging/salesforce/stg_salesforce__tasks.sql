{{ config(unique_key="task_id") }}

{%- set landed = source("salesforce", "task") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as task_id,
            whoid as who_id,
            whatid as what_id,

            -- text
            subject,
            description,
            {{ field_or_null(fields, "type", "text") }} as type,
            status,

            -- booleans
            isdeleted as is_deleted,

            -- dates
            {{ needed_field(fields, "activitydate", "date") }} as activity_date,

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
