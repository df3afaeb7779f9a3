{#
    Records that `landfall erase` took out of raw, wholly or but for their newest version (raw._erased): a staging row of
    a version that is there no more is made again, or goes. What such a record pointed at is known no longer, so
    everything that is made of the model is built anew.
#}
{% macro create_erased_if_missing() %}
    create schema if not exists raw;
    create table if not exists raw._erased (
        object text not null,
        record_id text not null,
        kept_out boolean,
        in_org boolean,
        erased_at timestamptz,
        primary key (object, record_id)
    )
{% endmacro %}


{# Ids of staged records of which the staged version was erased. #}
{% macro staged_and_erased() -%}
    {%- set key = config.get("unique_key") -%}
    select staged.{{ key }}
    from {{ this }} as staged
    where
        staged.{{ key }} in (
            select record_id from raw._erased where lower(object) = '{{ landed_relation().identifier }}'
        )
        and not exists (
            select 1
            from {{ landed_relation() }} as held
            where held.id = staged.{{ key }} and held._version = staged._version
        )
{%- endmacro %}


{% macro note_erased_records() %}
    {%- if execute and is_incremental() -%}
        insert into staging.changed_records (model_name, record_id)
        select '{{ this.identifier }}', gone.{{ config.get("unique_key") }}
        from ({{ staged_and_erased() }}) as gone
        union all
        select '{{ this.identifier }}', null
        where exists ({{ staged_and_erased() }})
    {%- endif -%}
{% endmacro %}


{# After the newest versions are in: a due record without any version is no record. #}
{% macro remove_erased() %}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
        {{ config.get("unique_key") }} in ({{ due_records() }} and record_id is not null)
            and {{ config.get("unique_key") }} in (
                select record_id from raw._erased where kept_out and lower(object) = '{{ landed_relation().identifier }}'
            )
    {%- endif -%}
{% endmacro %}
