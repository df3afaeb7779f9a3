{# A number as an integer, when it is whole and within bounds; else null. Nothing is rounded or cut off. #}
{% macro whole_number(number, least, most) -%}
    case
        when {{ number }} between {{ least }} and {{ most }} and {{ number }} = floor({{ number }})
        then cast({{ number }} as integer)
    end
{%- endmacro %}
