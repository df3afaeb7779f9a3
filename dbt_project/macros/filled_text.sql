{# A text without the blanks around it; null for an empty one and for the words that other systems write for nothing. #}
{% macro filled_text(text) -%}
    case
        when
            lower({{ without_blanks_around(text) }})
            not in ('', 'none', 'nan', 'null', 'aggregateresult')
        then {{ without_blanks_around(text) }}
    end
{%- endmacro %}


{# Blanks of every kind: new lines, tabs, and the one that does not break (160). #}
{% macro without_blanks_around(text) -%}
    regexp_replace(replace({{ text }}, chr(160), ' '), '^\s+|\s+$', '', 'g')
{%- endmacro %}
