{#
    Text without blanks around it, and one blank where there were several; null when nothing is left. Line ends, tabs
    and no-break spaces are blanks too.
#}
{% macro single_spaced(text) -%}
    {%- set line = blanks_as_spaces(text) -%}
    {%- set spaced -%}
        case
            when {{ line }} like '%  %'
            then regexp_replace({{ line }}, ' +', ' ', 'g')
            else {{ line }}
        end
    {%- endset -%}
    {{- text_or_null(spaced) -}}
{%- endmacro %}


{#
    The letters with case: the capitals that become small in a name, those of the Latin and the Cyrillic script, the
    small ones in the same order, and all others, such as Greek ones. Listed here, because what upper() and lower() know
    depends on the database and its locale: in PostgreSQL's "C" they know no É.
#}
{% macro letters() -%}
    {%- set found = namespace(capitals="İẞ", small="iß", others="") -%}
    {%- for first, last in [
        (65, 1423),
        (4256, 4351),
        (5024, 5117),
        (7312, 8191),
        (11264, 11519),
        (42560, 42959),
        (43824, 43967),
        (65313, 65370),
    ] -%}
        {%- for code in range(first, last + 1) -%}
            {%- set letter = "%c" | format(code) -%}
            {%- set small = letter.lower() -%}
            {%- set becomes_small = (
                letter.isupper()
                and small | length == 1
                and (code < 592 or 1024 <= code < 1328 or 7680 <= code < 7936)
            ) -%}
            {%- if becomes_small and letter not in found.capitals -%}
                {%- set found.capitals = found.capitals ~ letter -%}
                {%- set found.small = found.small ~ small -%}
            {%- elif small != letter.upper() and letter not in found.capitals ~ found.small -%}
                {%- set found.others = found.others ~ letter -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}


{# Text in small letters, the same on every database. `letters` are those above. #}
{% macro in_small_letters(text, letters) -%}
    translate({{ text }}, '{{ letters.capitals }}', '{{ letters.small }}')
{%- endmacro %}


{#
    True for text that has capitals and no other letters with case, but for ß, which nobody writes as a capital. Nearly
    every name has one of the 26 small letters and is soon told.
#}
{% macro is_in_capitals(text, letters) -%}
    case
        when translate({{ text }}, 'abcdefghijklmnopqrstuvwxyz', '') <> {{ text }}
        then false
        else
            translate({{ text }}, '{{ letters.capitals }}', '') <> {{ text }}
            and translate(
                {{ text }}, '{{ letters.small | replace("ß", "") }}{{ letters.others }}', ''
            )
            = {{ text }}
    end
{%- endmacro %}
