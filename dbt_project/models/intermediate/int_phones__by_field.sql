{#- An extension at the end: a word or sign for it, then up to six digits. -#}
{%- set extension = "[ ,;]*(ext(ension|n)?|x|#)[^0-9a-z]*[0-9]{1,6}[^0-9a-z]*$" -%}
{#- What people put between the digits of one number. -#}
{%- set between_digits = " -().‐‑–" -%}

{#- Each step reads the one before once: PostgreSQL puts them into one expression, which grows with every reading. -#}
with

    said as (

        {{
            contact_texts(
                "phone",
                "preferred_phone",
                {
                    "npe01__WorkPhone__c": "work_phone",
                    "HomePhone": "home_phone",
                    "MobilePhone": "mobile_phone",
                    "Phone": "phone",
                },
            )
        }}

    ),

    filled as (

        select
            contact_id,
            source_field,
            precedence,
            phone_type,
            is_usual,
            is_preferred,
            {{ filled_text(blanks_as_spaces("text")) }} as number,
            deleted_at
        from said

    ),

    cut as (

        select *, regexp_replace(lower(number), '{{ extension }}', '') as front
        from filled
        where number is not null

    ),

    with_country as (

        select
            *,
            regexp_replace(
                regexp_replace(
                    translate(front, '{{ between_digits }}', ''), '^011([0-9]{7,15})$', '+\1'
                ),
                '^1?([2-9][0-9]{9})$',
                '+1\1'
            ) as dialled,
            nullif(
                regexp_replace(substr(number, length(front) + 1), '[^0-9]', '', 'g'), ''
            ) as dialled_extension
        from cut

    ),

    normalized as (

        select
            *,
            nullif(
                regexp_replace(dialled, '^([+]?[0-9]{7,15})$|^.*$', '\1'), ''
            ) as normalized_number
        from with_country

    )

select
    contact_id,
    source_field,
    precedence,
    phone_type,
    is_usual,
    is_preferred,
    number,
    normalized_number,
    case when normalized_number is not null then dialled_extension end as extension,
    coalesce(
        normalized_number || coalesce('x' || dialled_extension, ''),
        lower(regexp_replace(number, ' +', ' ', 'g'))
    ) as number_key,
    translate(number, '0123456789', '') = number as is_no_number,
    deleted_at
from normalized
