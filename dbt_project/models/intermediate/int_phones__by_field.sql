{#- An extension at the end: a word or sign for it, then up to six digits. -#}
{%- set extension = "[ ,;]*(ext(ension|n)?|x|#)[^0-9a-z]*[0-9]{1,6}[^0-9a-z]*$" -%}
{#- What people put between the digits of one number. -#}
{%- set between_digits = " -().‐‑–" -%}

{#- Each step reads the one before once: PostgreSQL puts them into one expression, which grows with every reading. -#}
with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    fields as (select * from {{ ref("phone_fields") }}),

    said as (

        select
            contacts.contact_id,
            fields.source_field,
            fields.precedence,
            case
                lower({{ without_blanks_around("contacts.contact_type") }})
                when 'teacher'
                then fields.phone_type_of_teachers
                when 'student'
                then fields.phone_type_of_students
                else fields.phone_type
            end as phone_type,
            fields.is_usual,
            coalesce(
                lower({{ without_blanks_around("contacts.preferred_phone") }})
                = lower(fields.preference),
                false
            ) as is_preferred,
            texts.text,
            case when contacts.is_deleted then contacts.changed_at end as deleted_at
        from contacts
        cross join
            lateral(
                values
                    ('npe01__WorkPhone__c', contacts.work_phone),
                    ('HomePhone', contacts.home_phone),
                    ('MobilePhone', contacts.mobile_phone),
                    ('Phone', contacts.phone)
            ) as texts(source_field, text)
        inner join fields on fields.source_field = texts.source_field
        where texts.text is not null

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
