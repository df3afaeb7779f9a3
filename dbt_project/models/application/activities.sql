with

    activities as (select * from {{ ref("int_activities__with_type") }}),

    contacts as (select contact_id from {{ ref("stg_salesforce__contacts") }})

select
    {{ landfall_id("activities.source_key") }} as id,
    activities.source_key,
    activities.record_id as salesforce_record_id,
    activities.kind,
    {{ landfall_id("contacts.contact_id") }} as contact_id,
    activities.salesforce_contact_id,
    {{ landfall_id("activities.session_id") }} as event_id,
    activities.salesforce_session_id,
    activities.summary,
    activities.description,
    activities.activity_type,
    activities.activity_status,
    activities.history_type,
    activities.occurred_on,
    activities.occurred_at,
    activities.matched_by,
    activities.deleted_at
from activities
left join contacts on contacts.contact_id = activities.contact_id
