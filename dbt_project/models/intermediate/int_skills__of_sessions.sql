with

    sessions as (select * from {{ ref("stg_salesforce__sessions") }}),

    texts as (

        select
            sessions.session_id,
            fields.source_field,
            fields.place,
            fields.text,
            case when sessions.is_deleted then sessions.changed_at end as deleted_at
        from sessions
        cross join
            lateral(
                values
                    ('Requested_Skills__c', 1, sessions.requested_skills),
                    ('Legacy_Skill_Covered_for_the_Session__c', 2, sessions.legacy_skill_covered),
                    ('Legacy_Skills_Needed__c', 3, sessions.legacy_skills_needed)
            ) as fields(source_field, place, text)
        where fields.text is not null

    )

    {{ skill_items("texts", "session_id") }}
