{# Which version of its record this is, the oldest being 1, in the order of newest_versions. #}
{% macro version_number(landed) -%}
    row_number() over (
        partition by {{ landed }}.id
        order by
            {{ landed }}.systemmodstamp nulls first,
            {{ landed }}._extracted_at nulls first,
            {{ landed }}._version
    )
{%- endmacro %}
