{{ config(unique_key="salesforce_org_id") }}

{%- set landed = source("salesforce", "organization") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as salesforce_org_id,

            -- text
            name,
            {{ field_or_null(fields, "organizationtype", "text") }} as edition,
            {{ field_or_null(fields, "instancename", "text") }} as instance_name,
            {{ field_or_null(fields, "timezonesidkey", "text") }} as time_zone,
            {{ field_or_null(fields, "defaultlocalesidkey", "text") }} as locale,

            -- booleans
            {{ field_or_null(fields, "issandbox", "boolean") }} as is_sandbox,
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
