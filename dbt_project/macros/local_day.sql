{# The day that an instant lies in where the organization is. #}
{% macro local_day(instant) -%}
    cast({{ instant }} at time zone '{{ organization_time_zone() }}' as date)
{%- endmacro %}
