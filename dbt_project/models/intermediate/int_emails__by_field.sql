with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    fields as (select * from {{ ref("email_fields") }}),

    said as (

        select
            contacts.contact_id,
            fields.source_field,
            fields.precedence,
            case
                lower({{ without_blanks_around("contacts.contact_type") }})
                when 'teacher'
                then fields.email_type_of_teachers
                when 'student'
                then fields.email_type_of_students
                else fields.email_type
            end as email_type,
            fields.is_usual,
            coalesce(
                lower({{ without_blanks_around("contacts.preferred_email") }})
                = lower(fields.preference),
                false
            ) as is_preferred,
            texts.text,
            case when contacts.is_deleted then contacts.changed_at end as deleted_at
        from contacts
        cross join
            lateral(
                values
                    ('npe01__WorkEmail__c', contacts.work_email),
                    ('npe01__HomeEmail__c', contacts.home_email),
                    ('Email', contacts.email),
                    ('npe01__AlternateEmail__c', contacts.alternate_email)
            ) as texts(source_field, text)
        inner join fields on fields.source_field = texts.source_field
        where texts.text is not null

    ),

    filled as (

        select
            contact_id,
            source_field,
            precedence,
            email_type,
            is_usual,
            is_preferred,
            lower({{ filled_text(blanks_as_spaces("text")) }}) as email,
            deleted_at
        from said

    )

select *, {{ fully_matches("email", "[^@,;<> ]+@[^@,;<> ]+") }} as is_address
from filled
where email is not null
