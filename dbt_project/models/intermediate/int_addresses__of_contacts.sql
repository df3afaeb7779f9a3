with

    addresses as (

        select
            *,
            case
                when is_preferred and (is_readable or kind <> 'home')
                then 1
                when kind = 'mailing'
                then 2
                when is_preferred
                then 3
                else 4
            end as choice
        from {{ ref("int_addresses__by_kind") }}

    )

select
    contact_id || '|' || kind as source_key,
    contact_id,
    kind,
    address_type,
    street,
    city,
    state,
    postal_code,
    country,
    row_number() over (partition by contact_id order by choice, precedence) = 1 as is_primary,
    salesforce_text,
    deleted_at
from addresses
