{{ config(unique_key="account_id") }}

{%- set landed = source("salesforce", "account") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as account_id,
            parentid as parent_id,
            masterrecordid as master_record_id,

            -- text
            name,
            type,
            description,
            {{ needed_field(fields, "school_code_external_id__c", "text") }} as school_code,
            {{ needed_field(fields, "connector_account_name__c", "text") }} as normalized_name,
            billingstreet as billing_street,
            billingcity as billing_city,
            billingstate as billing_state,
            billingpostalcode as billing_postal_code,
            billingcountry as billing_country,
            phone,
            website,

            -- booleans
            isdeleted as is_deleted,

            -- dates
            {{ needed_field(fields, "lastactivitydate", "date") }} as last_activity_date,

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
