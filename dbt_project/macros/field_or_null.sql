{#
    A field that an application table can do without: its column as `type`, else, in an org that lacks it, a null.

    `fields` is what `landed_fields` found, `of` the relation the column is of. A field that is needed is `needed_field`:
    without it a run stops before the build.
#}
{% macro field_or_null(fields, name, type, of=none) -%}
    {%- if not fields or name in fields -%} {{ needed_field(fields, name, type, of) }}
    {%- else -%} cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}


{# A field that an application table needs, as `type`. Most columns that land have it and are passed on as they are. #}
{% macro needed_field(fields, name, type, of=none) -%}
    {%- set column = of ~ "." ~ name if of else name -%}
    {{- as_type(column, fields[name] or type, type) -}}
{%- endmacro %}


{# What a record says in a field that landed as text, where that is no value of `type`; else null. #}
{% macro misfit(fields, name, type) -%}
    {%- if fields[name] == "text" -%}
        case when {{ as_type(name, "text", type) }} is null then {{ text_or_null(name) }} end
    {%- else -%} cast(null as text)
    {%- endif -%}
{%- endmacro %}


{# Whether a record is gone, of an object that has no IsDeleted in Salesforce: only a tombstone says so. #}
{% macro has_tombstone(fields) -%}
    coalesce({{ field_or_null(fields, "isdeleted", "boolean") }}, false)
{%- endmacro %}


{#
    The columns an object landed with, each with its type as models name it, or an error that says what to do. None while
    dbt reads the project, and in unit tests, where fields are what models expect.
#}
{% macro landed_fields(versions) %}
    {%- if not execute or not versions.schema -%} {{- return({}) -}} {%- endif -%}
    {%- set fields = {} -%}
    {%- for column in adapter.get_columns_in_relation(versions) -%}
        {%- do fields.update({column.name: landed_type(column.dtype | lower)}) -%}
    {%- endfor -%}
    {%- if not fields -%}
        {{
            exceptions.raise_compiler_error(
                versions.schema
                ~ "."
                ~ versions.identifier
                ~ " does not exist: this object has not landed. Run `landfall extract` first."
            )
        }}
    {%- endif -%}
    {{- return(fields) -}}
{% endmacro %}


{% macro landed_type(dtype) -%}
    {%- if dtype.startswith(("numeric", "decimal")) -%} {{- return("numeric") -}}
    {%- elif dtype.startswith("timestamp") -%} {{- return("timestamptz") -}}
    {%- elif dtype in ("date", "boolean") -%} {{- return(dtype) -}}
    {%- endif -%}
    {{- return("text") -}}
{%- endmacro %}
