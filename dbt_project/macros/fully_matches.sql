{# True when a pattern takes in the whole text, not only a part of it. #}
{% macro fully_matches(text, pattern) -%}
    ({{ text }} <> '' and regexp_replace({{ text }}, '{{ pattern }}', '') = '')
{%- endmacro %}
