{#
    A field that not every org has: the column where it landed, else a null of the given type.

    `fields` is what `landed_fields` found. Only for fields that no application table needs: one of those that is
    missing must stop the build.
#}
{% macro field_or_null(fields, name, type) -%}
    {%- if not execute or name in fields -%} {{ name }}
    {%- else -%} cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}


{# Whether a record is gone, of an object that has no IsDeleted in Salesforce: only a tombstone says so. #}
{% macro has_tombstone(fields) -%}
    coalesce({{ field_or_null(fields, "isdeleted", "boolean") }}, false)
{%- endmacro %}


{# The columns an object landed with, or an error that says what to do. #}
{% macro landed_fields(versions) %}
    {%- if not execute -%} {{- return([]) -}} {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(versions) | map(attribute="name") | list -%}
    {%- if not columns -%}
        {{
            exceptions.raise_compiler_error(
                versions.schema
                ~ "."
                ~ versions.identifier
                ~ " does not exist: this object has not landed. Run `landfall extract` first."
            )
        }}
    {%- endif -%}
    {{- return(columns) -}}
{% endmacro %}
