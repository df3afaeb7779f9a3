{# True when a pattern takes in the whole text, not only a part of it. #}
{% macro fully_matches(text, pattern) -%}
    ({{ text }} <> '' and regexp_replace({{ text }}, '{{ pattern }}', '') = '')
{%- endmacro %}


{# Whether a postal code begins as those of the United States do: five digits or nine, and no more of them. #}
{% macro is_zip_code(text) -%}
    {{ fully_matches(text, "[0-9]{5}([- ]?[0-9]{4})?([^0-9].*)?") }}
{%- endmacro %}
