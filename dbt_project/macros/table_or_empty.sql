{#
    A table that a run makes beside dbt (ops, quality, app), or no rows of these columns where it is not there yet,
    as in a first `dbt build` by hand. `columns` maps names to types.
#}
{% macro table_or_empty(schema, name, columns) -%}
    {%- set found = (
        adapter.get_relation(database=target.database, schema=schema, identifier=name)
        if execute
        else none
    ) -%}
    {%- if found -%} {{ found }} as {{ name }}
    {%- else -%}
        (
            select
                {% for column, type in columns.items() -%}
                    cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
                {% endfor %}
            where false
        ) as {{ name }}
    {%- endif -%}
{%- endmacro %}
