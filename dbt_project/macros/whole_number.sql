{# A number as an integer, when it is whole and within bounds; else null. Nothing is rounded or cut off. #}
{% macro whole_number(number, least, most) -%}
    case
        when {{ number }} between {{ least }} and {{ most }} and {{ number }} = floor({{ number }})
        then cast({{ number }} as integer)
    end
{%- endmacro %}


{# A number as text without the zeros behind the decimal point that one database writes and the other does not. #}
{% macro plain_number(number) -%}
    case
        when cast({{ number }} as text) like '%.%'
        then rtrim(rtrim(cast({{ number }} as text), '0'), '.')
        else cast({{ number }} as text)
    end
{%- endmacro %}
