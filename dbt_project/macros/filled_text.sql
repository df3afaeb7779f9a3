{# A text without the blanks around it; null for an empty one and for the words that other systems write for nothing. #}
{% macro filled_text(text) -%}
    case
        when
            lower({{ without_blanks_around(text) }})
            not in ('', 'none', 'nan', 'null', 'aggregateresult')
        then {{ without_blanks_around(text) }}
    end
{%- endmacro %}


{# Blanks of every kind: tabs, new lines, and the one that does not break (160). No pattern: those are slow. #}
{% macro without_blanks_around(text) -%}
    trim({{ text }}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))
{%- endmacro %}
