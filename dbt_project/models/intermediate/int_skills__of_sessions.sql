with

    sessions as (

        select *, case when is_deleted then changed_at end as deleted_at
        from {{ ref("stg_salesforce__sessions") }}

    ),

    texts as (

        select
            session_id,
            'Requested_Skills__c' as source_field,
            1 as place,
            requested_skills as text,
            deleted_at
        from sessions
        where requested_skills is not null

        union all

        select
            session_id,
            'Legacy_Skill_Covered_for_the_Session__c' as source_field,
            2 as place,
            legacy_skill_covered as text,
            deleted_at
        from sessions
        where legacy_skill_covered is not null

        union all

        select
            session_id,
            'Legacy_Skills_Needed__c' as source_field,
            3 as place,
            legacy_skills_needed as text,
            deleted_at
        from sessions
        where legacy_skills_needed is not null

    )

    {{ skill_items("texts", "session_id") }}
