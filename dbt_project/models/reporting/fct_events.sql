with

    events as (
        select
            id,
            salesforce_id,
            title,
            starts_on,
            starts_at,
            ends_at,
            type,
            format,
            status,
            is_prepkc_host,
            school_id
        from {{ published(ref("events")) }}
        where deleted_at is null
    ),

    schools as (select id, level from {{ published(ref("schools")) }}),

    programs as (

        select distinct type, program, program_school_level
        from {{ ref("session_types") }}
        where program is not null

    )

select
    events.id as event_id,
    events.salesforce_id,
    events.title,
    events.starts_on,
    {{ school_year("events.starts_on") }} as school_year,
    events.type,
    programs.program,
    events.status,
    coalesce(events.status = 'Completed', false) as is_completed,
    coalesce(
        events.format = 'virtual' or events.type in ('virtual_session', 'connector_session'), false
    ) as is_virtual,
    events.is_prepkc_host,
    events.school_id,
    schools.level as school_level,
    -- from seconds to hundredths of an hour, half up: exact in decimals and in doubles, and in any
    -- time zone of the reader (DuckDB counts days between two times by the zone of the session)
    cast(
        floor((extract(epoch from events.ends_at) - extract(epoch from events.starts_at) + 18) / 36)
        / 100 as numeric(10, 2)
    ) as length_hours
from events
left join schools on schools.id = events.school_id
left join
    programs
    on programs.type = events.type
    and (programs.program_school_level is null or programs.program_school_level = schools.level)
