{#
    One row per piece of a line of addresses, small letters: `from t cross join {{ mail_addresses("t.line") }} as
    pieces(address)`. What separates is what no address holds: commas, semicolons, blanks, quotes and the brackets
    around an address that follows a name; so some pieces are parts of names and match no address.
#}
{% macro mail_addresses(line) -%}
    unnest(regexp_split_to_array(lower({{ line }}), '[;,<>" \t\n\r\f\v]+'))
{%- endmacro %}
