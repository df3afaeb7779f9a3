{{ config(unique_key="pathway_session_id") }}

{%- set landed = source("salesforce", "pathway_session__c") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as pathway_session_id,
            {{ needed_field(fields, "pathway__c", "text") }} as pathway_id,
            {{ needed_field(fields, "session__c", "text") }} as session_id,

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
