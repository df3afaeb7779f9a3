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
        where
            {{
                is_set_aside(
                    landed_relation(),
                    this ~ "." ~ config.get("unique_key"),
                    this ~ "._version",
                )
            }}
    {%- endif -%}
{% endmacro %}
