{# The day that an instant lies in where the organization is. #}
{% macro local_day(instant) -%}
    cast({{ instant }} at time zone '{{ organization_time_zone() }}' as date)
{%- endmacro %}


{# The instant in which a day begins there. #}
{% macro start_of_local_day(day) -%}
    (cast({{ day }} as timestamp) at time zone '{{ organization_time_zone() }}')
{%- endmacro %}
