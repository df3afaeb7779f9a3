{{ config(unique_key="record_type_id") }}

{%- set landed = source("salesforce", "recordtype") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as record_type_id,

            -- text
            name,
            developername as developer_name,
            sobjecttype as object_name,
            {{ field_or_null(fields, "description", "text") }} as description,

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
