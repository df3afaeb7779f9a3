{# A text without the blanks around it; null for an empty one and for the words that other systems write for nothing. #}
{% macro filled_text(text) -%}
    case
        when
            lower({{ without_blanks_around(text) }})
            not in ('', 'none', 'nan', 'null', 'aggregateresult')
        then {{ without_blanks_around(text) }}
    end
{%- endmacro %}


{# Named one by one: what a pattern takes for a blank, or for the end of a line, differs between databases. #}
{% macro without_blanks_around(text) -%}
    trim({{ text }}, ' ' || {{ other_blanks() }})
{%- endmacro %}


{# A text in one line, every blank in it a space. #}
{% macro blanks_as_spaces(text) -%}
    translate({{ text }}, {{ other_blanks() }}, '      ')
{%- endmacro %}


{# Tab, line feed, vertical tab, form feed, carriage return, and the space that does not break. #}
{% macro other_blanks() -%}
    chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)
{%- endmacro %}
