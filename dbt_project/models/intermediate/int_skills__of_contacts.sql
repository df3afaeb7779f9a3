with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    texts as (

        select
            contacts.contact_id,
            fields.source_field,
            fields.place,
            fields.text,
            case when contacts.is_deleted then contacts.changed_at end as deleted_at
        from contacts
        cross join
            lateral(
                values
                    ('Volunteer_Skills__c', 1, contacts.volunteer_skills),
                    ('Volunteer_Skills_Text__c', 2, contacts.volunteer_skills_text)
            ) as fields(source_field, place, text)
        where fields.text is not null

    )

    {{ skill_items("texts", "contact_id") }}
