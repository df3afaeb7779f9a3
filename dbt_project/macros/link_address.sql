{#
    The address in a link: what the first href of a piece of HTML holds, with its &amp; read; the text itself where
    there is none; null for blank.
#}
{% macro link_address(text) -%}
    {%- set address -%}
        regexp_replace(
            {{ text }},
            '^.*?href\s*=\s*(?:"([^"]*)"|''([^'']*)'').*$',
            '\1\2',
            'is'
        )
    {%- endset -%}
    nullif(
        trim(
            case
                when {{ address }} = {{ text }}
                then {{ text }}
                else replace({{ address }}, '&amp;', '&')
            end
        ),
        ''
    )
{%- endmacro %}
