{%- set vocabularies = {
    "contact type": ("salesforce_contact_type", "contact_type"),
    "gender": ("salesforce_gender", "gender"),
    "age group": ("salesforce_age_group", "age_group"),
    "education level": ("salesforce_education_level", "education_level"),
} -%}
{%- set numbers = {
    "grade of a student": ("current_grade", 12),
    "times volunteered": ("attended_session_count", 2147483647),
} -%}

with

    -- PostgreSQL makes a query that is read several times whole: only what is needed, and no names
    contacts as (

        select
            {%- for raw, word in vocabularies.values() %} {{ raw }}, {{ word }}, {%- endfor %}
            salesforce_race_ethnicity
        from {{ ref("int_contacts__mapped") }}
        where deleted_at is null

    ),

    backgrounds as (
        select * from {{ ref("int_contacts__backgrounds") }} where race_ethnicity is null
    ),

    numbered as (

        select
            {%- for number, most in numbers.values() %}
                {{ number }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ ref("stg_salesforce__contacts") }}
        where not is_deleted

    ),

    unmapped as (

        select 'race or ethnicity' as vocabulary, backgrounds.part as raw_value
        from backgrounds
        inner join contacts on contacts.salesforce_race_ethnicity = backgrounds.raw_value

        {%- for vocabulary, (raw, word) in vocabularies.items() %}

            union all

            select '{{ vocabulary }}' as vocabulary, {{ raw }} as raw_value
            from contacts
            where {{ word }} is null and {{ text_or_null(raw) }} is not null
        {%- endfor %}
        {%- for vocabulary, (number, most) in numbers.items() %}

            union all

            select '{{ vocabulary }}' as vocabulary, {{ plain_number(number) }} as raw_value
            from numbered
            where {{ number }} is not null and {{ whole_number(number, 0, most) }} is null
        {%- endfor %}

    )

select vocabulary, raw_value, count(*) as row_count
from unmapped
group by vocabulary, raw_value
