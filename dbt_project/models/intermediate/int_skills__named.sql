with

    volunteers as (

        select contact_id, ended_at from {{ ref("int_contacts__roles") }} where role = 'volunteer'

    ),

    mentions as (

        select
            of_contacts.skill_key,
            of_contacts.spelling,
            coalesce(volunteers.ended_at, of_contacts.deleted_at) as deleted_at
        from {{ ref("int_skills__of_contacts") }} as of_contacts
        inner join volunteers on volunteers.contact_id = of_contacts.contact_id
        where of_contacts.is_skill

        union all

        select of_sessions.skill_key, of_sessions.spelling, of_sessions.deleted_at
        from {{ ref("int_skills__of_sessions") }} as of_sessions
        inner join
            {{ ref("int_sessions__included") }} as included
            on included.session_id = of_sessions.session_id
        where of_sessions.is_skill

    ),

    spellings as (

        select
            skill_key,
            spelling,
            row_number() over (
                partition by skill_key order by count(*) desc, spelling collate "C"
            ) as place
        from mentions
        group by skill_key, spelling

    ),

    skills as (

        select
            skill_key, case when count(*) = count(deleted_at) then max(deleted_at) end as deleted_at
        from mentions
        group by skill_key

    )

select
    'skill|' || skills.skill_key as source_key,
    skills.skill_key,
    spellings.spelling as name,
    skills.deleted_at
from skills
inner join spellings on spellings.skill_key = skills.skill_key and spellings.place = 1
