{# True for a version that a rule of severity quarantine holds back at the moment. #}
{% macro is_set_aside(versions, record_id, version) -%}
    exists (
        select 1
        from quality.quarantine
        where
            lower(quarantine.object) = '{{ versions.identifier }}'
            and quarantine.record_id = {{ record_id }}
            and quarantine.version = {{ version }}
            and quarantine.severity = 'quarantine'
            and quarantine.resolved_at is null
    )
{%- endmacro %}


{# After the newest versions are in: a row whose version is set aside has no believable version left. #}
{% macro remove_set_aside() %}
    {%- if execute -%}
    delete from {{ this }}
    where {{ is_set_aside(landed_relation(), this ~ "." ~ config.get("unique_key"), this ~ "._version") }}
    {%- endif -%}
{% endmacro %}


{# Same columns as the table that expectations/ makes; here for the first `dbt build` by hand. #}
{% macro create_quarantine_if_missing() %}
    create schema if not exists quality;
    create table if not exists quality.quarantine (
        object text not null,
        record_id text not null,
        version text not null,
        rule text not null,
        severity text not null,
        run_id text not null,
        first_seen timestamptz not null,
        last_seen timestamptz not null,
        resolved_at timestamptz,
        resolved_how text,
        primary key (object, record_id, version, rule)
    )
{% endmacro %}
