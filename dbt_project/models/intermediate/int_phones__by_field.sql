{#- An extension at the end: a word or sign for it, then up to six digits. -#}
{%- set extension = "[[:space:],;]*(ext(ension|n)?|x|#)[^0-9a-z]*[0-9]{1,6}[^0-9a-z]*$" -%}

with

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    fields as (select * from {{ ref("phone_fields") }}),

    texts as (

        select
            contacts.contact_id,
            fields.source_field,
            fields.precedence,
            case
                lower(trim(contacts.contact_type))
                when 'teacher'
                then fields.phone_type_of_teachers
                when 'student'
                then fields.phone_type_of_students
                else fields.phone_type
            end as phone_type,
            fields.is_usual,
            coalesce(
                lower(trim(contacts.preferred_phone)) = lower(fields.preference), false
            ) as is_preferred,
            case
                fields.source_field
                when 'npe01__WorkPhone__c'
                then contacts.work_phone
                when 'HomePhone'
                then contacts.home_phone
                when 'MobilePhone'
                then contacts.mobile_phone
                when 'Phone'
                then contacts.phone
            end as text,
            case when contacts.is_deleted then contacts.changed_at end as deleted_at
        from contacts
        cross join fields

    ),

    filled as (

        select
            contact_id,
            source_field,
            precedence,
            phone_type,
            is_usual,
            is_preferred,
            {{ filled_text("text") }} as number,
            deleted_at
        from texts
        where text is not null

    ),

    cut as (

        select
            *,
            lower(regexp_replace(number, '\s+', ' ', 'g')) as typed,
            regexp_replace(lower(number), '{{ extension }}', '') as front
        from filled
        where number is not null

    ),

    read as (

        select
            *,
            regexp_replace(front, '[^+0-9]', '', 'g') as dialled,
            nullif(
                regexp_replace(substr(lower(number), length(front) + 1), '[^0-9]', '', 'g'), ''
            ) as dialled_extension,
            {{ fully_matches("front", "[-+().0-9 ‐‑–]+") }} as is_plain
        from cut

    ),

    normalized as (

        select
            *,
            case
                when not is_plain
                then null
                when {{ fully_matches("dialled", "[+][0-9]{7,15}") }}
                then dialled
                when {{ fully_matches("dialled", "[2-9][0-9]{9}") }}
                then '+1' || dialled
                when {{ fully_matches("dialled", "1[2-9][0-9]{9}") }}
                then '+' || dialled
                when {{ fully_matches("dialled", "011[0-9]{7,15}") }}
                then '+' || substr(dialled, 4)
                when {{ fully_matches("dialled", "[0-9]{7,15}") }}
                then dialled
            end as normalized_number
        from read

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
    coalesce(normalized_number || coalesce('x' || dialled_extension, ''), typed) as number_key,
    {{ fully_matches("typed", "[^0-9]+") }} as is_no_number,
    deleted_at
from normalized
