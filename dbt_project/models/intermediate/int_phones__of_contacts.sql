with

    numbers as (

        select
            contact_id,
            number_key,
            (array_agg(number order by precedence))[1] as number,
            min(normalized_number) as normalized_number,
            min(extension) as extension,
            (array_agg(phone_type order by precedence))[1] as phone_type,
            string_agg(source_field, ',' order by precedence) as source_fields,
            min(case when is_preferred then 1 when is_usual then 2 else 3 end) as choice,
            min(precedence) as precedence,
            max(deleted_at) as deleted_at
        from {{ ref("int_phones__by_field") }}
        where not is_no_number
        group by contact_id, number_key

    )

select
    contact_id || '|' || number_key as source_key,
    contact_id,
    number,
    normalized_number,
    extension,
    phone_type,
    row_number() over (partition by contact_id order by choice, precedence) = 1 as is_primary,
    source_fields,
    deleted_at
from numbers
