{# A number as a count of things: whole, not below zero, small enough for an integer; else null, never 0. #}
{% macro count_or_null(number) -%}
    case
        when {{ number }} >= 0 and {{ number }} <= 2147483647 and {{ number }} = floor({{ number }})
        then cast({{ number }} as integer)
    end
{%- endmacro %}
