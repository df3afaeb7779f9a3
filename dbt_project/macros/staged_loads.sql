{#
    Which records a staging model must look at again: those with a version in a load that it has not staged yet, and
    those of which the verdict on a version changed. What lands meanwhile is the next build's.

    Both ledgers, staged_loads and held_back, are written in the model's own transaction.
#}
{% macro note_new_loads() %}
    {%- if execute -%}
        insert into {{ schema_of("staging") }}.staged_loads (model_name, load_id)
        select distinct '{{ this.identifier }}', landed._dlt_load_id
        from {{ landed_relation() }} as landed
        where
            not exists (
                select 1
                from {{ schema_of("staging") }}.staged_loads as known
                where known.model_name = '{{ this.identifier }}' and known.load_id = landed._dlt_load_id
            )
    {%- endif -%}
{% endmacro %}


{# Two lists of what is set aside, as it was and as it is: a record in one and not in the other has a new verdict. #}
{% macro note_due_records() %}
    {%- if execute and is_incremental() -%}
        {%- set was -%}
            select record_id, version from {{ schema_of("staging") }}.held_back where model_name = '{{ this.identifier }}'
        {%- endset -%}
        insert into {{ schema_of("staging") }}.changed_records (model_name, record_id)
        select '{{ this.identifier }}', due.record_id
        from
            (
                select arrived.id as record_id
                from {{ landed_relation() }} as arrived
                where
                    arrived._dlt_load_id in (
                        select load_id
                        from {{ schema_of("staging") }}.staged_loads
                        where model_name = '{{ this.identifier }}' and staged_at is null
                    )
                union
                select record_id from ({{ was }} except {{ set_aside_now() }}) as released
                union
                select record_id from ({{ set_aside_now() }} except {{ was }}) as held
            ) as due
        where due.record_id is not null
    {%- endif -%}
{% endmacro %}


{% macro set_aside_now() %}
    select record_id, version
    from {{ schema_of("quality") }}.quarantine
    where
        lower(object) = '{{ landed_relation().identifier }}'
        and severity = 'quarantine'
        and resolved_at is null
{% endmacro %}


{# The records that note_due_records found, while the model is being built. #}
{% macro due_records() -%}
    select record_id
    from {{ schema_of("staging") }}.changed_records
    where model_name = '{{ this.identifier }}' and change_number is null
{%- endmacro %}


{% macro mark_loads_staged() %}
    {%- if execute -%}
        update {{ schema_of("staging") }}.staged_loads
        set staged_at = current_timestamp
        where model_name = '{{ this.identifier }}' and staged_at is null;
        delete from {{ schema_of("staging") }}.held_back
        where model_name = '{{ this.identifier }}'
        ;
        insert into {{ schema_of("staging") }}.held_back (model_name, record_id, version)
        select distinct '{{ this.identifier }}', record_id, version from ({{ set_aside_now() }}) as held
    {%- endif -%}
{% endmacro %}


{# The one source that the staging model at hand reads. #}
{% macro landed_relation() %} {{- return(source(*model.sources[0])) -}} {% endmacro %}
