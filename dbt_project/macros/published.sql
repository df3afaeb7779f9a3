{#
    An application table as the last publish left it, with the application's own rows, columns and corrections:
    `published(ref("events"))`. Before the first publish, and in unit tests, what was built stands for it.
#}
{% macro published(built) -%} {{- published_or_none(built) or built -}} {%- endmacro %}


{# A column that only the application writes; before the first publish its default. #}
{% macro app_column(built, table, column, default) -%}
    {%- if published_or_none(built) -%} coalesce({{ table }}.{{ column }}, {{ default }})
    {%- else -%} {{ default }}
    {%- endif -%}
{%- endmacro %}


{% macro published_or_none(built) %}
    {%- if execute and built.schema -%}
        {{-
            return(
                adapter.get_relation(
                    database=built.database, schema="app", identifier=built.identifier
                )
            )
        -}}
    {%- endif -%}
    {{- return(none) -}}
{% endmacro %}


{# Name of the school year that a day lies in, such as 2025-26; null for null. #}
{% macro school_year(day) -%}
    {%- set first_year -%}
        cast(extract(year from {{ day }}) as integer)
        - case when extract(month from {{ day }}) < {{ school_year_first_month() }} then 1 else 0 end
    {%- endset -%}
    cast({{ first_year }} as text) || '-' || right(cast({{ first_year }} + 1 as text), 2)
{%- endmacro %}
