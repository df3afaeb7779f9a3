with

    sessions as (

        select sessions.*
        from {{ ref("stg_salesforce__sessions") }} as sessions
        inner join
            {{ ref("int_sessions__included") }} as included
            on included.session_id = sessions.session_id

    ),

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    schools as (select * from {{ ref("int_accounts__roles") }} where role = 'school'),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    record_types as (select * from {{ ref("stg_salesforce__record_types") }}),

    types as (select * from {{ ref("session_types") }}),

    formats as (select * from {{ ref("session_formats") }}),

    statuses as (select * from {{ ref("session_statuses") }}),

    reasons as (select * from {{ ref("cancellation_reasons") }}),

    followed as (

        select
            sessions.*,
            coalesce(merged.winner_id, sessions.school_id) as followed_school_id,
            {{ text_or_null("sessions.session_host") }} as host
        from sessions
        left join merged on merged.loser_id = sessions.school_id

    )

select
    sessions.session_id,
    {{ without_blanks_around("sessions.name") }} as title,
    sessions.description,
    types.type,
    sessions.session_type as salesforce_type,
    formats.format,
    sessions.format as salesforce_format,
    statuses.status,
    sessions.session_status as salesforce_status,
    reasons.reason as cancellation_reason,
    sessions.cancellation_reason as salesforce_cancellation_reason,
    sessions.started_at as starts_at,
    sessions.ended_at as ends_at,
    coalesce({{ local_day("sessions.started_at") }}, sessions.start_date) as starts_on,
    {{ local_day("sessions.ended_at") }} as ends_on,
    {{ text_or_null("sessions.location_information") }} as location,
    schools.account_id as school_id,
    case
        when schools.account_id is not null or accounts.account_id is null then sessions.school_id
    end as salesforce_school_id,
    sessions.followed_school_id as school_account_id,
    sessions.school_id as salesforce_school,
    sessions.district as salesforce_district,
    sessions.parent_account as salesforce_parent_account,
    sessions.host,
    upper(regexp_replace(sessions.host, '[^a-zA-Z]', '', 'g')) like '%PREPKC%' as is_prepkc_host,
    {{ count_or_null("sessions.non_scheduled_student_count") }} as participant_count,
    {{ count_or_null("sessions.available_slot_count") }} as available_slots,
    {{ count_or_null("sessions.requested_job_count") }} as requested_volunteer_jobs,
    {{ count_or_null("sessions.filled_job_count") }} as filled_volunteer_jobs,
    sessions.non_scheduled_student_count,
    sessions.available_slot_count,
    sessions.requested_job_count,
    sessions.filled_job_count,
    sessions.additional_information,
    {{ link_address("sessions.registration_link") }} as registration_link,
    record_types.developer_name as record_type,
    case when sessions.is_deleted then sessions.changed_at end as deleted_at
from followed as sessions
left join accounts on accounts.account_id = sessions.followed_school_id
left join schools on schools.account_id = sessions.followed_school_id
left join record_types on record_types.record_type_id = sessions.record_type_id
left join types on {{ folded("types.salesforce_type") }} = {{ folded("sessions.session_type") }}
left join formats on {{ folded("formats.salesforce_format") }} = {{ folded("sessions.format") }}
left join
    statuses on {{ folded("statuses.salesforce_status") }} = {{ folded("sessions.session_status") }}
left join
    reasons
    on {{ folded("reasons.salesforce_reason") }} = {{ folded("sessions.cancellation_reason") }}
