{# True for a version that a rule of severity quarantine holds back at the moment. #}
{% macro is_set_aside(versions, record_id, version) -%}
    exists (
        select 1
        from {{ schema_of("quality") }}.quarantine
        where
            lower(quarantine.object) = '{{ versions.identifier }}'
            and quarantine.record_id = {{ record_id }}
            and quarantine.version = {{ version }}
            and quarantine.severity = 'quarantine'
            and quarantine.resolved_at is null
    )
{%- endmacro %}


{# After the newest versions are in: a due record whose version here is set aside has no believable one left. #}
{% macro remove_set_aside() %}
    {%- if execute and is_incremental() -%}
        {%- set key = this ~ "." ~ config.get("unique_key") -%}
        delete from {{ this }}
        where
            {{ key }} in ({{ due_records() }})
            and {{ is_set_aside(landed_relation(), key, this ~ "._version") }}
    {%- endif -%}
{% endmacro %}
