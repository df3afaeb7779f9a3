with

    said as (

        {{
            contact_texts(
                "email",
                "preferred_email",
                {
                    "npe01__WorkEmail__c": "work_email",
                    "npe01__HomeEmail__c": "home_email",
                    "Email": "email",
                    "npe01__AlternateEmail__c": "alternate_email",
                },
            )
        }}

    ),

    filled as (

        select
            contact_id,
            source_field,
            precedence,
            email_type,
            is_usual,
            is_preferred,
            lower({{ filled_text(without_invisible_signs(blanks_as_spaces("text"))) }}) as email,
            deleted_at
        from said

    )

select *, {{ fully_matches("email", "[^@,;<> ]+@[^@,;<> ]+") }} as is_address
from filled
where email is not null
