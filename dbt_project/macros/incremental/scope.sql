{#
    While a model is built of some units, the views before it show those units' rows only: in_scope is the condition
    that makes them. The scope is a table that is filled and emptied in the model's own transaction, so that nobody
    else ever sees rows in it, and for everybody else the views show everything. It makes a build cheap; what makes
    it right is the model's own is_affected. Unit tests have no scope, and rows of a few columns.
#}
{% macro in_scope(kind, unit) -%}
    {%- if execute and "nodes" not in graph -%} true
    {%- else -%}
        (
            not exists (select 1 from {{ schema_of("staging") }}.scope where kind = '{{ kind }}')
            or {{ unit }} in (
                select scope.unit
                from {{ schema_of("staging") }}.scope as scope
                where scope.kind = '{{ kind }}'
            )
        )
    {%- endif -%}
{%- endmacro %}
