{#
    One row per item of a list in a text: `from t cross join {{ split_list("t.skills") }} as items(item)`.
    Commas and semicolons separate; a text that is null has no items.
#}
{% macro split_list(text) -%}
    unnest(string_to_array(replace({{ text }}, ';', ','), ','))
{%- endmacro %}
