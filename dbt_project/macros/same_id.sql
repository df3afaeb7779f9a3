{# Whether a text is a record's id, in either of its two forms: 18 characters, or the first 15 of them. #}
{% macro same_id(record_id, text) -%}
    {{ text }} in ({{ record_id }}, left({{ record_id }}, 15))
{%- endmacro %}
