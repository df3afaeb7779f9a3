{{ config(unique_key="pathway_id") }}

{%- set landed = source("salesforce", "pathway__c") -%}
{%- do landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as pathway_id,

            -- text
            name,

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
