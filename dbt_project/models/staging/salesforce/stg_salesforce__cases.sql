{{ config(unique_key="case_id") }}

{%- set landed = source("salesforce", "case") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as case_id,
            contactid as contact_id,
            {{ field_or_null(fields, "accountid", "text") }} as account_id,

            -- text
            {{ field_or_null(fields, "subject", "text") }} as subject,
            {{ field_or_null(fields, "status", "text") }} as status,

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
