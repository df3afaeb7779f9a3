{%- set apostrophes = "''’`" -%}
{%- set others = ' !"#$%&()*+,-./:;<=>?@[\\]^_{|}~–—“”·' -%}
{%- set letters = letters() -%}

with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    spellings as (select * from {{ ref("name_spellings") }}),

    written as (

        select first_name as name
        from contacts
        union
        select middle_name as name
        from contacts
        union
        select last_name as name
        from contacts

    ),

    in_capitals as (

        select name, {{ single_spaced("name") }} as trimmed_name
        from written
        where {{ is_in_capitals("name", letters) }}

    ),

    characters as (

        select
            in_capitals.name,
            positions.position,
            substr(in_capitals.trimmed_name, cast(positions.position as integer), 1) as sign
        from in_capitals
        cross join generate_series(1, 255) as positions(position)
        where positions.position <= length(in_capitals.trimmed_name)

    ),

    told_apart as (

        select
            *,
            strpos('{{ apostrophes }}', sign) > 0 as is_apostrophe,
            strpos('{{ apostrophes }}{{ others }}', sign) > 0 as is_between_words
        from characters

    ),

    beside as (

        select
            *,
            lag(is_apostrophe) over (partition by name order by position) as is_after_apostrophe,
            lag(is_between_words) over (partition by name order by position) as is_after_gap,
            lag(is_between_words, 2) over (
                partition by name order by position
            ) as is_after_gap_by_two
        from told_apart

    ),

    numbered as (

        select
            *,
            sum(
                case when not is_between_words and coalesce(is_after_gap, true) then 1 else 0 end
            ) over (partition by name order by position) as word_number
        from beside

    ),

    {# A word and what stands between it and the next. #}
    words as (

        select
            name,
            word_number,
            coalesce(
                string_agg(case when not is_between_words then sign end, '' order by position), ''
            ) as word,
            coalesce(
                string_agg(case when is_between_words then sign end, '' order by position), ''
            ) as gap,
            coalesce(
                bool_or(not is_between_words and is_after_apostrophe and not is_after_gap_by_two),
                false
            ) as is_after_apostrophe
        from numbered
        group by name, word_number

    ),

    spelled as (

        select
            words.name,
            words.word_number,
            words.gap,
            case
                when spellings.spelling is not null
                then spellings.spelling
                when words.is_after_apostrophe and length(words.word) = 1
                then {{ in_small_letters("words.word", letters) }}
                when words.word like 'MC%' and length(words.word) > 3
                then
                    'Mc'
                    || substr(words.word, 3, 1)
                    || {{ in_small_letters("substr(words.word, 4)", letters) }}
                else left(words.word, 1) || {{ in_small_letters("substr(words.word, 2)", letters) }}
            end as word
        from words
        left join spellings on spellings.word = words.word

    )

select name, string_agg(word || gap, '' order by word_number) as spelled_name
from spelled
group by name
