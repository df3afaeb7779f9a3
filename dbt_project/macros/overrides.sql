{#
    What the organization's staff corrected in a table of the application: rows (row_key, column_name, value).

    Publish makes app.overrides; before the first publish there is none, and nothing is corrected. It is no source of
    dbt, because it does not land: the build would wait for it.
#}
{% macro overrides(table_name) -%}
    {%- set held = none -%}
    {%- if execute -%}
        {%- set held = adapter.get_relation(
            database=this.database, schema="app", identifier="overrides"
        ) -%}
    {%- endif -%}
    {%- if held -%}
        select row_key, column_name, value from {{ held }} where table_name = '{{ table_name }}'
    {%- else -%}
        select
            cast(null as text) as row_key,
            cast(null as text) as column_name,
            cast(null as text) as value
        where false
    {%- endif -%}
{%- endmacro %}
