{#
    One row per piece of a line of addresses, small letters: `from t cross join {{ mail_addresses("t.line") }} as
    pieces(address)`. What separates is what no address holds: commas, semicolons, blanks, quotes and the brackets
    around an address that follows a name; so some pieces are parts of names and match no address. Apostrophes around a
    piece, as Outlook puts them, go too, those within one stay.
#}
{% macro mail_addresses(line) -%}
    unnest(
        regexp_split_to_array(
            trim(lower({{ without_invisible_signs(line) }}), ''''),
            '''*[;,<>"{{ var("blanks") }}]+''*'
        )
    )
{%- endmacro %}


{# A text without the signs that have no width. #}
{% macro without_invisible_signs(text) -%}
    translate({{ text }}, '{{ var("invisible") }}', '')
{%- endmacro %}
