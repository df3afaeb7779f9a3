{#
    Text without blanks around it, and one blank where there were several; null when nothing is left. Line ends, tabs
    and no-break spaces are blanks too.
#}
{% macro single_spaced(text) -%}
    {%- set line = blanks_as_spaces(text) -%}
    {%- set spaced -%}
        case
            when {{ line }} like '%  %'
            then regexp_replace({{ line }}, ' +', ' ', 'g')
            else {{ line }}
        end
    {%- endset -%}
    {{- text_or_null(spaced) -}}
{%- endmacro %}


{#
    The capitals that names are written with. Spelt out, because what upper() and lower() know depends on the
    database and its locale: in PostgreSQL's "C" they know no É.
#}
{% macro capitals() -%}
    {{-
        return(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            ~ "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"
            ~ "ĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƠƯȘȚ"
            ~ "ẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
            ~ "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁЂЃЄЅІЇЈЉЊЋЌЎЏҐ"
        )
    -}}
{%- endmacro %}


{# Text in small letters, the same on every database. #}
{% macro in_small_letters(text) -%}
    translate({{ text }}, '{{ capitals() }}', '{{ capitals().lower() }}')
{%- endmacro %}


{# True for text that has capitals and no small letters. Nearly every name has one of the 26 and is soon told. #}
{% macro is_in_capitals(text) -%}
    case
        when translate({{ text }}, 'abcdefghijklmnopqrstuvwxyz', '') <> {{ text }}
        then false
        else
            {{ in_small_letters(text) }} <> {{ text }}
            and translate({{ text }}, '{{ capitals().lower() }}', '') = {{ text }}
    end
{%- endmacro %}
