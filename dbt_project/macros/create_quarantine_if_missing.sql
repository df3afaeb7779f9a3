{# Same columns as the table that expectations/ makes; here for the first `dbt build` by hand. #}
{% macro create_quarantine_if_missing() %}
    create schema if not exists {{ schema_of("quality") }};
    create table if not exists {{ schema_of("quality") }}.quarantine (
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
