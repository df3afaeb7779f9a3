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

    {{ skills_of("mentions", "session_id") }}
