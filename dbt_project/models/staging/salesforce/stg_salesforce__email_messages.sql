{{ config(unique_key="email_message_id") }}

{%- set landed = source("salesforce", "emailmessage") -%}
{%- set fields = landed_fields(landed) -%}

with
    newest as ({{ newest_versions(landed) }}),

    renamed as (

        select
            -- ids
            id as email_message_id,
            parentid as case_id,
            relatedtoid as related_to_id,
            {{ field_or_null(fields, "activityid", "text") }} as activity_id,
            {{ field_or_null(fields, "messageidentifier", "text") }} as message_identifier,
            {{ field_or_null(fields, "threadidentifier", "text") }} as thread_identifier,

            -- text
            subject,
            fromaddress as from_address,
            toaddress as to_addresses,
            ccaddress as cc_addresses,
            bccaddress as bcc_addresses,
            textbody as text_body,
            htmlbody as html_body,
            status,

            -- booleans
            {{ needed_field(fields, "incoming", "boolean") }} as is_incoming,
            isdeleted as is_deleted,

            -- timestamps
            {{ needed_field(fields, "messagedate", "timestamptz") }} as sent_at,
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
