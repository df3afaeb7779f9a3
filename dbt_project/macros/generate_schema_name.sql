{# A folder's schema has exactly the name that dbt_project.yml gives it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ schema_of(custom_schema_name or target.schema) }}
{%- endmacro %}


{#
    The schema of that name which this build reads and writes: itself, but for a build as of an earlier run, which
    keeps to schemas of its own beside those of every day (sync/rollback/as_of.py makes and drops them).
#}
{% macro schema_of(name) -%} {{ name ~ var("schema_suffix", "") }} {%- endmacro %}
