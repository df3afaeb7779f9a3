{#
    The address in a link: what the first href of a piece of HTML holds, with its &amp; read; the text itself where
    there is none; null for blank.
#}
{% macro link_address(text) -%}
    {%- set address -%}
        regexp_replace(
            {{ text }},
            '^.*?href[ \t\n\r\f\v]*=[ \t\n\r\f\v]*(?:"([^"]*)"|''([^'']*)'').*$',
            '\1\2',
            'is'
        )
    {%- endset -%}
    {%- set link -%}
        case
            when {{ address }} = {{ text }}
            then {{ text }}
            else replace({{ address }}, '&amp;', '&')
        end
    {%- endset -%}
    {{- text_or_null(link) -}}
{%- endmacro %}
