{# A text without the blanks around it; null for an empty one and for the words that other systems write for nothing. #}
{% macro filled_text(text) -%}
    case
        when {{ folded(text) }} not in ('', 'none', 'nan', 'null', 'aggregateresult')
        then {{ without_blanks_around(text) }}
    end
{%- endmacro %}


{# A text without the blanks around it; null when nothing is left. #}
{% macro text_or_null(text) -%} nullif({{ without_blanks_around(text) }}, '') {%- endmacro %}


{# A text as words are compared: in small letters, without the blanks around it. #}
{% macro folded(text) -%} lower({{ without_blanks_around(text) }}) {%- endmacro %}


{#
    A text without the blanks around it. Which blanks there are is a variable of the project: trim() without a list
    means others on each database.
#}
{% macro without_blanks_around(text) -%}
    {{- adapter.dispatch("without_blanks_around")(text) -}}
{%- endmacro %}


{% macro default__without_blanks_around(text) -%}
    trim({{ text }}, '{{ var("blanks") }}')
{%- endmacro %}


{# DuckDB reads the list of trim() anew for each text, which takes three times as long as a pattern. #}
{% macro duckdb__without_blanks_around(text) -%}
    regexp_replace({{ text }}, '^[{{ var("blanks") }}]+|[{{ var("blanks") }}]+$', '', 'g')
{%- endmacro %}


{# A text in which line ends, tabs and no-break spaces are spaces. #}
{% macro blanks_as_spaces(text) -%}
    translate({{ text }}, chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160), '      ')
{%- endmacro %}
