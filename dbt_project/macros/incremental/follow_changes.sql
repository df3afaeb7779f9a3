{#
    Which units of the model must be made again because a record of one of its inputs changed.

    `inputs` has, per input (a model with a past of its own; build_inputs finds them all), a query for the units
    that a changed record leads to, in terms of the macros of changed_records.sql; `none` where a changed record
    alone leads to no unit. An input that is not named here makes the whole model again when it changed: forgetting
    one costs time, never truth.

    Gives "all", "some" or "none"; the units are in a temporary table of this connection. Use it with is_affected.
#}
{% macro follow_changes(inputs) %}
    {%- do followed("int_contacts__merged") -%}
    {%- for input in inputs -%} {%- do followed(input) -%} {%- endfor -%}
    {%- if not keeps_a_past() or not is_incremental() -%}
        {%- do return({"units": "all"}) -%}
    {%- endif -%}
    {%- set unfollowed = build_inputs() | reject("in", inputs) | list -%}
    {%- if not has_whole_change(build_inputs()) and not has_change(unfollowed) -%}
        {%- set count = note_affected_units(inputs.values() | select | list) -%}
        {%- if not is_most(count) -%} {%- do return(chosen_units(count)) -%} {%- endif -%}
    {%- endif -%}
    {%- do note_affected_units([]) -%}
    {%- do return({"units": "all"}) -%}
{% endmacro %}


{# Keeps the units for the strategy, in a table of this connection; a null stands for all of them. Gives their number. #}
{% macro note_affected_units(queries) %}
    {%- set note -%}
        drop table if exists {{ affected_units() }};
        create temporary table {{ affected_units() }} as
        select cast(affected.unit as text) as unit
        from ({{ queries | join(" union ") or "select null" }}) as affected(unit)
        {%- if queries %} where affected.unit is not null {%- endif %}
    {%- endset -%}
    {%- do run_query(note) -%}
    {%- if queries and model.config.meta.scope == "contact" -%}
        {%- do add_merged() -%}
    {%- endif -%}
    {%- do return(run_query("select count(*) from " ~ affected_units()).rows[0][0] | int) -%}
{% endmacro %}


{# People who were merged are built together: what one has may become another's. #}
{% macro add_merged() %}
    {%- set held = "select unit from " ~ affected_units() -%}
    {%- set add -%}
        insert into {{ affected_units() }} (unit)
        select id
        from ({{ with_merged(held, followed("int_contacts__merged")) }}) as family(id)
        where id not in ({{ held }})
    {%- endset -%}
    {%- do run_query(add) -%}
{% endmacro %}


{# The condition for rows of the affected units, to be put on what the unit comes from. #}
{% macro is_affected(affected, unit) -%}
    {%- if affected.units == "all" -%} true
    {%- elif affected.units == "none" -%} false
    {%- else -%} {{ unit }} in ({{ affected.units }})
    {%- endif -%}
{%- endmacro %}


{% macro affected_units() %} {%- do return("affected__" ~ this.identifier) -%} {% endmacro %}


{# Few units are written into the query, where both databases carry them down below joins and windows. #}
{% macro chosen_units(count) %}
    {%- if count == 0 -%} {%- do return({"units": "none"}) -%} {%- endif -%}
    {%- if count > 5000 -%}
        {%- do return({"units": "select unit from " ~ affected_units()}) -%}
    {%- endif -%}
    {%- set units = run_query("select unit from " ~ affected_units()).columns[0].values() -%}
    {%- do return({"units": "'" ~ (units | map("replace", "'", "''") | join("', '")) ~ "'"}) -%}
{% endmacro %}


{# More than a fifth of the model: all of it costs less than the parts. #}
{% macro is_most(count) %}
    {%- if count < 1000 -%} {%- do return(false) -%} {%- endif -%}
    {%- do return(count * 5 > run_query("select count(*) from " ~ this).rows[0][0] | int) -%}
{% endmacro %}


{% macro has_whole_change(inputs) %}
    {%- do return(has_change(inputs, "record_id is null")) -%}
{% endmacro %}


{% macro has_change(inputs, condition="true") %}
    {%- for input in inputs -%}
        {%- set found = (
            "select 1 from ("
            ~ changed(input)
            ~ ") as c where "
            ~ condition
            ~ " limit 1"
        ) -%}
        {%- if run_query(found).rows | length -%} {%- do return(true) -%} {%- endif -%}
    {%- endfor -%}
    {%- do return(false) -%}
{% endmacro %}
