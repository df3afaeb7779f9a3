{# A number as people write it, alike on both databases: -2, not -2.000000000000000000. #}
{% macro number_as_text(number) -%}
    regexp_replace(cast(cast({{ number }} as numeric(38, 6)) as text), '\.?0+$', '')
{%- endmacro %}
