{# Settings of the organization; docs/reference/settings.md. #}
{% macro organization_time_zone() -%}
    {{- env_var("LANDFALL_TIME_ZONE", "America/Chicago") -}}
{%- endmacro %}


{# The month, 1 to 12, in which a school year begins. #}
{% macro school_year_first_month() -%}
    {{- env_var("LANDFALL_SCHOOL_YEAR_STARTS", "8") -}}
{%- endmacro %}
