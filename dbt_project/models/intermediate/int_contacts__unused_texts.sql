{#- A table because the status page counts it after every run, and it takes long. -#}
{{
    config(
        materialized="incremental",
        unique_key=["contact_id", "vocabulary", "raw_value"],
        meta={"unit": "contact_id", "scope": "contact"},
    )
}}

{%- set affected = follow_changes(
    {"stg_salesforce__contacts": changed("stg_salesforce__contacts")}
) -%}

with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where not is_deleted and {{ in_scope("contact", "contact_id") }}

    ),

    preferences as (

        {% for vocabulary, column, seed in [
            ("preferred e-mail", "preferred_email", "email_fields"),
            ("preferred phone", "preferred_phone", "phone_fields"),
            ("primary address type", "primary_address_type", "address_kinds"),
        ] %}
            {%- set said = without_blanks_around("contacts." ~ column) %}
            select
                contacts.contact_id,
                '{{ vocabulary }}' as vocabulary,
                contacts.{{ column }} as raw_value
            from contacts
            left join {{ ref(seed) }} as known on lower(known.preference) = lower({{ said }})
            where {{ said }} <> '' and known.preference is null {{ "union all" if not loop.last }}
        {% endfor %}

    ),

    -- People's own texts: what is wrong with them is said, and not what they are.
    texts as (

        select contact_id, 'e-mail' as vocabulary, 'a text that is no address' as raw_value
        from {{ ref("int_emails__by_field") }}
        where not is_address and deleted_at is null

        union all

        select
            contact_id,
            'phone' as vocabulary,
            case
                when is_no_number then 'a text without a digit' else 'a number that cannot be read'
            end as raw_value
        from {{ ref("int_phones__by_field") }}
        where normalized_number is null and deleted_at is null

        union all

        select contact_id, 'address' as vocabulary, 'a text that cannot be taken apart' as raw_value
        from {{ ref("int_addresses__by_kind") }}
        where not is_readable and deleted_at is null

    ),

    skills as (

        select
            contact_id,
            'volunteer skill, cut off, too long or no word' as vocabulary,
            item as raw_value
        from {{ ref("int_skills__of_contacts") }}
        where not is_skill and deleted_at is null

    )

select contact_id, vocabulary, raw_value, count(*) as row_count
from
    (
        select *
        from preferences
        union all
        select *
        from texts
        union all
        select *
        from skills
    ) as unused
where {{ is_affected(affected, "contact_id") }}
group by contact_id, vocabulary, raw_value
