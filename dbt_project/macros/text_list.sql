{# The values of a list as lower-case literals, for `folded column in ({{ text_list(values) }})`. Never empty:
   `in (null)` is true for nothing. #}
{% macro text_list(values) -%}
    {%- set literals = ["null"] -%}
    {%- for value in values -%}
        {%- do literals.append(
            dbt.string_literal(dbt.escape_single_quotes(value | trim | lower))
        ) -%}
    {%- endfor -%}
    {{- literals | join(", ") -}}
{%- endmacro %}
