{%- set words = {
    "event type": "type",
    "event format": "format",
    "event status": "status",
    "cancellation reason": "cancellation_reason",
} -%}
{%- set counts = {
    "number of participants of an event": (
        "non_scheduled_student_count",
        "participant_count",
    ),
    "number of available slots of an event": (
        "available_slot_count",
        "available_slots",
    ),
    "number of requested volunteers of an event": (
        "requested_job_count",
        "requested_volunteer_jobs",
    ),
    "number of filled volunteer jobs of an event": (
        "filled_job_count",
        "filled_volunteer_jobs",
    ),
} -%}

with

    events as (select * from {{ ref("int_events__mapped") }} where deleted_at is null),

    district_texts as (select * from {{ ref("int_events__district_texts") }}),

    corrected_districts as (select * from {{ ref("int_events__district_overrides") }}),

    participations as (
        select * from {{ ref("int_participations__one_per_pair") }} where deleted_at is null
    ),

    everyone as (select * from {{ ref("int_participations__included") }} where not is_deleted),

    unmapped as (

        {% for vocabulary, column in words.items() %}
            select '{{ vocabulary }}' as vocabulary, salesforce_{{ column }} as raw_value
            from events
            where salesforce_{{ column }} is not null and {{ column }} is null

            union all

        {% endfor %}

        {% for vocabulary, (raw, column) in counts.items() %}
            select '{{ vocabulary }}' as vocabulary, {{ number_as_text(raw) }} as raw_value
            from events
            where {{ raw }} is not null and {{ column }} is null

            union all

        {% endfor %}

        select 'event district' as vocabulary, district_texts.district_text as raw_value
        from events
        inner join
            district_texts
            on district_texts.district_text = coalesce(
                {{ text_or_null("events.salesforce_district") }},
                {{ without_blanks_around("events.salesforce_parent_account") }}
            )
        where
            district_texts.district_id is null
            and district_texts.missing_account_id is null
            and events.session_id not in (select session_id from corrected_districts)

        union all

        select 'corrected event district' as vocabulary, district_texts.district_text as raw_value
        from events
        inner join corrected_districts on corrected_districts.session_id = events.session_id
        inner join
            district_texts on district_texts.district_text = corrected_districts.district_text
        where district_texts.district_id is null and district_texts.missing_account_id is null

        union all

        select
            case
                when participations.type = 'student'
                then 'student participation status'
                when known.salesforce_status is not null
                then 'participation status after the event'
                else 'participation status'
            end as vocabulary,
            participations.salesforce_status as raw_value
        from participations
        left join
            {{ ref("participation_statuses") }} as known
            on {{ folded("known.salesforce_status") }} = lower(participations.salesforce_status)
        where participations.salesforce_status is not null and participations.status is null

        union all

        select 'participant type' as vocabulary, salesforce_participant_type as raw_value
        from everyone
        where type is null

    )

select vocabulary, coalesce(raw_value, '(blank)') as raw_value, count(*) as row_count
from unmapped
group by vocabulary, coalesce(raw_value, '(blank)')
