with

    picked as (

        select distinct racial_ethnic_background as raw_value
        from {{ ref("stg_salesforce__contacts") }}
        where racial_ethnic_background is not null and {{ in_scope("contact", "contact_id") }}

    ),

    parts as (

        select distinct raw_value, {{ without_blanks_around("part") }} as part
        from
            (
                select raw_value, unnest(string_to_array(raw_value, ';')) as part from picked
            ) as taken_apart
        where {{ text_or_null("part") }} is not null

    ),

    words as (select * from {{ ref("race_ethnicities") }})

select parts.raw_value, parts.part, words.race_ethnicity
from parts
left join words on {{ folded("words.salesforce_race_ethnicity") }} = lower(parts.part)
