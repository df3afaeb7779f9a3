{# A folder's schema has exactly the name that dbt_project.yml gives it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
