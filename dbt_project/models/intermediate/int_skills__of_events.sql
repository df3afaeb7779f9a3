with

    mentions as (

        select distinct
            of_sessions.session_id,
            of_sessions.skill_key,
            of_sessions.source_field,
            of_sessions.place,
            of_sessions.deleted_at
        from {{ ref("int_skills__of_sessions") }} as of_sessions
        inner join
            {{ ref("int_sessions__included") }} as included
            on included.session_id = of_sessions.session_id
        where of_sessions.is_skill

    )

select
    session_id || '|' || skill_key as source_key,
    session_id,
    skill_key,
    string_agg(source_field, ',' order by place) as source_fields,
    max(deleted_at) as deleted_at
from mentions
group by session_id, skill_key
