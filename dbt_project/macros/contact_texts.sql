{#
    What contacts say in the fields of one kind, such as e-mail addresses: a select with one row per contact and filled
    field, in scope, with the field's place and type by the seed `<kind>_fields`, and whether the contact prefers it.

    `texts` has, per Salesforce field, the staged column that holds it; `preference` is the staged column that names
    the field a contact prefers.
#}
{% macro contact_texts(kind, preference, texts) %}
    select
        contacts.contact_id,
        fields.source_field,
        fields.precedence,
        case
            lower({{ without_blanks_around("contacts.contact_type") }})
            when 'teacher'
            then fields.{{ kind }}_type_of_teachers
            when 'student'
            then fields.{{ kind }}_type_of_students
            else fields.{{ kind }}_type
        end as {{ kind }}_type,
        fields.is_usual,
        {{ is_preferred("contacts." ~ preference, "fields.preference") }} as is_preferred,
        texts.text,
        case when contacts.is_deleted then contacts.changed_at end as deleted_at
    from
        (
            select *
            from {{ ref("stg_salesforce__contacts") }}
            where {{ in_scope("contact", "contact_id") }}
        ) as contacts
    cross join
        lateral(
            values
                {%- for field, column in texts.items() %}
                    ('{{ field }}', contacts.{{ column }}) {{ "," if not loop.last }}
                {%- endfor %}
        ) as texts(source_field, text)
    inner join {{ ref(kind ~ "_fields") }} as fields on fields.source_field = texts.source_field
    where texts.text is not null
{% endmacro %}


{# True where a contact's words for what it prefers are those of the seed. #}
{% macro is_preferred(said, word) -%}
    coalesce(lower({{ without_blanks_around(said) }}) = lower({{ word }}), false)
{%- endmacro %}
