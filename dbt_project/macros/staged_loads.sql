{#
    Which loads each staging model holds: staging.staged_loads has a row per model and load, noted before the
    model is built and marked after it, in the model's own transaction. What lands meanwhile is the next build's.
#}
{% macro create_staged_loads_if_missing() %}
    create schema if not exists staging;
    create table if not exists staging.staged_loads (
        model_name text not null,
        load_id text not null,
        staged_at timestamptz
    )
{% endmacro %}


{% macro note_new_loads() %}
    {%- if execute -%}
    insert into staging.staged_loads (model_name, load_id)
    select distinct '{{ this.identifier }}', landed._dlt_load_id
    from {{ landed_relation() }} as landed
    where
        not exists (
            select 1
            from staging.staged_loads as known
            where known.model_name = '{{ this.identifier }}' and known.load_id = landed._dlt_load_id
        )
    {%- endif -%}
{% endmacro %}


{% macro mark_loads_staged() %}
    update staging.staged_loads
    set staged_at = current_timestamp
    where model_name = '{{ this.identifier }}' and staged_at is null
{% endmacro %}


{# The one source that the staging model at hand reads. #}
{% macro landed_relation() %} {{- return(source(*model.sources[0])) -}} {% endmacro %}
