{{ config(unique_key="user_id") }}

{%- set landed = source("salesforce", "user") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as user_id,

            -- text
            name,
            username,
            email,
            {{ field_or_null(fields, "usertype", "text") }} as user_type,

            -- booleans
            {{ needed_field(fields, "isactive", "boolean") }} as is_active,
            {{ has_tombstone(fields) }} as is_deleted,

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
