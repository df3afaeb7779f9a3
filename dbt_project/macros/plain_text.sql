{#
    The words of a text that may be HTML: no styles, scripts, comments or tags, the usual entities as the characters
    they stand for, one blank between words; null when nothing is left. An address in angle brackets is no tag.
    Line breaks go first, so that a dot in a pattern means the same on every database; styles and scripts are two
    patterns because PostgreSQL takes any alternative in one for as much text as possible.
#}
{% macro plain_text(text) -%}
    {%- set words = each_replaced(
        one_line(text),
        [
            ["<style[^>]*?>.*?</style>", " "],
            ["<script[^>]*?>.*?</script>", " "],
            ["<!--.*?-->", " "],
            ["<![a-z][^>]*>", " "],
            [
                "</?(p|div|br|li|ul|ol|tr|td|th|table|blockquote|hr|h[1-6])( [^>]*)?/?>",
                " ",
            ],
            ["</?[a-z][a-z0-9:-]*( [^>]*)?/?>", ""],
        ],
    ) -%}
    {%- set characters = namespace(sql=words) -%}
    {%- for entity, character in [
        ["&nbsp;", " "],
        ["&lt;", "<"],
        ["&gt;", ">"],
        ["&quot;", '"'],
        ["&#39;", "''"],
        ["&apos;", "''"],
        ["&amp;", "&"],
    ] -%}
        {%- set characters.sql = (
            "replace(" ~ characters.sql ~ ", '" ~ entity ~ "', '" ~ character ~ "')"
        ) -%}
    {%- endfor -%}
    {{- text_or_null(one_line(characters.sql)) -}}
{%- endmacro %}


{# Runs of blanks and line breaks become one blank. #}
{% macro one_line(text) -%} regexp_replace({{ text }}, '[ \t\n\r\f\v]+', ' ', 'g') {%- endmacro %}


{# The text with each pattern replaced in turn, whatever its case. #}
{% macro each_replaced(text, patterns) -%}
    {%- set replaced = namespace(sql=text) -%}
    {%- for pattern, replacement in patterns -%}
        {%- set replaced.sql = (
            "regexp_replace("
            ~ replaced.sql
            ~ ", '"
            ~ pattern
            ~ "', '"
            ~ replacement
            ~ "', 'gi')"
        ) -%}
    {%- endfor -%}
    {{- replaced.sql -}}
{%- endmacro %}
