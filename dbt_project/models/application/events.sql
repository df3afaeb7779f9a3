with

    events as (select * from {{ ref("int_events__mapped") }}),

    schools as (select * from {{ ref("schools") }})

select
    {{ landfall_id("events.session_id") }} as id,
    events.session_id as salesforce_id,
    events.title,
    events.description,
    events.type,
    events.salesforce_type,
    events.format,
    events.salesforce_format,
    events.status,
    events.salesforce_status,
    events.cancellation_reason,
    events.salesforce_cancellation_reason,
    events.starts_at,
    events.ends_at,
    events.starts_on,
    events.ends_on,
    events.location,
    schools.id as school_id,
    events.salesforce_school_id,
    events.salesforce_school,
    events.salesforce_district,
    events.salesforce_parent_account,
    events.host,
    events.is_prepkc_host,
    events.participant_count,
    events.available_slots,
    events.requested_volunteer_jobs,
    events.filled_volunteer_jobs,
    events.additional_information,
    events.registration_link,
    events.record_type,
    events.deleted_at
from events
left join schools on schools.salesforce_id = events.school_id
