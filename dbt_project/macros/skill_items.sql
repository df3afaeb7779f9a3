{#
    The skills in a list of texts, one row per item: a select to be a model's body.

    `texts` is a relation of (owner, source_field, place, text, deleted_at). Every item is kept; `is_skill` is false
    for one that was cut off ("Healthca..."), is no word, or is longer than the application's column, 200 characters.
    A text without separators may be of any length, and an index of PostgreSQL refuses a key of some thousand bytes. `skill_key` is the same for all spellings of a skill.
#}
{% macro skill_items(texts, owner) %}
    select
        items.{{ owner }},
        items.source_field,
        items.place,
        items.item,
        coalesce(spellings.name, items.spelling) as spelling,
        lower(coalesce(spellings.name, items.spelling)) as skill_key,
        items.is_skill and length(coalesce(spellings.name, items.spelling)) <= 200 as is_skill,
        items.deleted_at
    from
        (
            select
                found.{{ owner }},
                found.source_field,
                found.place,
                found.item,
                coalesce(
                    prefixes.label
                    || ' '
                    || trim(substr(found.item, length(prefixes.prefix) + 1), ' '),
                    found.item
                ) as spelling,
                length(found.item) > 1
                and found.item not like '%...'
                and found.item not like '%…'
                and length(found.item) > coalesce(length(prefixes.prefix), 0)
                and {{ filled_text("found.item") }} is not null as is_skill,
                found.deleted_at
            from
                (
                    select
                        texts.{{ owner }},
                        texts.source_field,
                        texts.place,
                        regexp_replace(
                            trim({{ blanks_as_spaces("pieces.piece") }}, '{{ var("blanks") }}"“”'),
                            ' +',
                            ' ',
                            'g'
                        ) as item,
                        texts.deleted_at
                    from {{ texts }} as texts
                    cross join {{ split_list("texts.text") }} as pieces(piece)
                ) as found
            left join
                {{ ref("skill_prefixes") }} as prefixes
                on lower(left(found.item, length(prefixes.prefix))) = lower(prefixes.prefix)
            where found.item <> ''
        ) as items
    left join
        {{ ref("skill_spellings") }} as spellings
        on lower(spellings.spelling) = lower(items.spelling)
{% endmacro %}


{# The skills of each owner, named in however many places: a select to be a model's body. `mentions` is a relation of
   (owner, skill_key, source_field, place, deleted_at). #}
{% macro skills_of(mentions, owner) %}
    select
        {{ owner }} || '|' || skill_key as source_key,
        {{ owner }},
        skill_key,
        string_agg(source_field, ',' order by place) as source_fields,
        max(deleted_at) as deleted_at
    from {{ mentions }}
    group by {{ owner }}, skill_key
{% endmacro %}
