with

    addresses as (

        select
            contact_id,
            email,
            (array_agg(email_type order by precedence))[1] as email_type,
            string_agg(source_field, ',' order by precedence) as source_fields,
            min(case when is_preferred then 1 when is_usual then 2 else 3 end) as choice,
            min(precedence) as precedence,
            max(deleted_at) as deleted_at
        from {{ ref("int_emails__by_field") }}
        where is_address
        group by contact_id, email

    )

select
    contact_id || '|' || email as source_key,
    contact_id,
    email,
    email_type,
    row_number() over (partition by contact_id order by choice, precedence) = 1 as is_primary,
    source_fields,
    deleted_at
from addresses
