{{ config(unique_key="affiliation_id") }}

{%- set landed = source("salesforce", "npe5__affiliation__c") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as affiliation_id,
            {{ needed_field(fields, "npe5__contact__c", "text") }} as contact_id,
            {{ needed_field(fields, "npe5__organization__c", "text") }} as account_id,

            -- text
            name,
            {{ field_or_null(fields, "npe5__role__c", "text") }} as role,
            {{ field_or_null(fields, "npe5__status__c", "text") }} as status,

            -- booleans
            {{ field_or_null(fields, "npe5__primary__c", "boolean") }} as is_primary,
            isdeleted as is_deleted,

            -- dates
            {{ field_or_null(fields, "npe5__startdate__c", "date") }} as start_date,
            {{ field_or_null(fields, "npe5__enddate__c", "date") }} as end_date,

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
