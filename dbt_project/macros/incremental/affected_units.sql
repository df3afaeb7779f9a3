{#
    dbt's strategy `affected_units`: within the affected units, rows that are no more go, rows that differ or are new
    come, and rows that are the same are not touched. The units of what differed are noted for those who read us.
#}
{% macro get_incremental_affected_units_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute="quoted") | join(", ") -%}
    {%- set made = "select " ~ columns ~ " from " ~ arguments.temp_relation -%}
    {%- set built = "select " ~ columns ~ " from " ~ this ~ " where " ~ is_touched() -%}
    {%- set unit = model.config.meta.unit -%}

    insert into {{ schema_of("staging") }}.changed_records (model_name, record_id)
    select distinct '{{ this.identifier }}', cast({{ unit }} as text)
    from (({{ built }} except {{ made }}) union all ({{ made }} except {{ built }})) as differing
    ;
    {{ delete_what_is_no_more(arguments) }}
    ;
    {{ merge_what_differs(arguments, made ~ " except " ~ built) }}
{% endmacro %}


{# True for the rows of this table that belong to an affected unit. #}
{% macro is_touched() -%}
    {%- set everything = "select 1 from " ~ affected_units() ~ " where unit is null limit 1" -%}
    {%- if run_query(everything).rows | length -%} true
    {%- else -%} {{ model.config.meta.unit }} in (select unit from {{ affected_units() }})
    {%- endif -%}
{%- endmacro %}


{% macro delete_what_is_no_more(arguments) %}
    delete from {{ this }} as built
    where
        {{ is_touched() }}
        and not exists (
            select 1 from {{ arguments.temp_relation }} as made where {{ has_same_key(arguments) }}
        )
{% endmacro %}


{% macro has_same_key(arguments) -%}
    {%- set keys = arguments.unique_key -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- for key in keys -%}
        made.{{ key }} = built.{{ key }} {{ "and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{% macro narrow_scope() %}
    {%- if keeps_a_past() and model.config.meta.scope and is_incremental() -%}
        insert into {{ schema_of("staging") }}.scope (kind, unit)
        select '{{ model.config.meta.scope }}', unit from {{ affected_units() }} where unit is not null
    {%- endif -%}
{% endmacro %}


{% macro widen_scope() %}
    {%- if keeps_a_past() and model.config.meta.scope -%} delete from {{ schema_of("staging") }}.scope {%- endif -%}
{% endmacro %}
