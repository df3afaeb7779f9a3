with

    contacts as (

        select *, case when is_deleted then changed_at end as deleted_at
        from {{ ref("stg_salesforce__contacts") }}

    ),

    texts as (

        select
            contact_id,
            'Volunteer_Skills__c' as source_field,
            1 as place,
            volunteer_skills as text,
            deleted_at
        from contacts
        where volunteer_skills is not null

        union all

        select
            contact_id,
            'Volunteer_Skills_Text__c' as source_field,
            2 as place,
            volunteer_skills_text as text,
            deleted_at
        from contacts
        where volunteer_skills_text is not null

    )

    {{ skill_items("texts", "contact_id") }}
