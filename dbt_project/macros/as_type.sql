{#
    A value of an org that describes a field otherwise than the models expect: a text that is one, such as "3.0", is the
    number; what is none is null, and nothing raises. Types are text, numeric, boolean, date and timestamptz.
#}
{% macro as_type(value, landed, type) -%}
    {%- if landed == type -%} {{ value }}
    {%- elif type == "text" -%} {{ text_of(value, landed) }}
    {%- elif landed == "text" -%} {{ read_text(without_blanks_around(value), type) }}
    {%- elif landed == "timestamptz" and type == "date" -%} {{ local_day(value) }}
    {%- elif landed == "date" and type == "timestamptz" -%} {{ start_of_local_day(value) }}
    {%- else -%} cast(null as {{ type }})
    {%- endif -%}
{%- endmacro %}


{# The text that Salesforce would write. #}
{% macro text_of(value, landed) -%}
    {%- if landed == "numeric" -%} {{ plain_number(value) }}
    {%- elif landed == "timestamptz" -%} {{ text_of_moment(value) }}
    {%- elif landed == "date" -%} {{ text_of_day(value) }}
    {%- else -%} cast({{ value }} as text)
    {%- endif -%}
{%- endmacro %}


{% macro read_text(text, type) -%}
    {%- if type == "numeric" -%}
        {# what DECIMAL(38,18) holds, rounded; its first 60 characters decide how #}
        case
            when {{ text }} ~ '^-?([0-9]{1,20}(\.[0-9]{1,18})?|[0-9]{1,19}\.[0-9]{19,})$'
            then cast(left({{ text }}, 60) as numeric(38, 18))
        end
    {%- elif type == "boolean" -%}
        case lower({{ text }}) when 'true' then true when 'false' then false end
    {%- elif type == "date" -%}
        case
            when {{ is_text_of_day(text) }}
            then cast({{ text }} as date)
            when {{ is_text_of_moment(text) }}
            then {{ local_day("cast(" ~ text ~ " as timestamptz)") }}
        end
    {%- else -%}
        case
            when {{ is_text_of_moment(text) }}
            then cast({{ text }} as timestamptz)
            when {{ is_text_of_day(text) }}
            then {{ start_of_local_day("cast(" ~ text ~ " as date)") }}
        end
    {%- endif -%}
{%- endmacro %}


{% macro is_text_of_day(text, rest="") -%}
    ({{ text }} ~ '^({{ days() }}){{ rest }}$' and {{ text }} !~ '^0000.*')
{%- endmacro %}


{% macro is_text_of_moment(text) -%}
    {{
        is_text_of_day(
            text, "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]00:?00)"
        )
    }}
{%- endmacro %}


{# A pattern for days that there are, because no cast gives null for 31 February on every database. #}
{% macro days() -%}
    {%- set leap_year = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)" -%}
    {{-
        return(
            "[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            ~ "|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)"
            ~ "|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])"
            ~ "|"
            ~ leap_year
            ~ "-02-29"
        )
    -}}
{%- endmacro %}


{% macro text_of_day(day) -%} {{- adapter.dispatch("text_of_day")(day) -}} {%- endmacro %}


{% macro default__text_of_day(day) -%} to_char({{ day }}, 'YYYY-MM-DD') {%- endmacro %}


{% macro duckdb__text_of_day(day) -%} strftime({{ day }}, '%Y-%m-%d') {%- endmacro %}


{# In UTC, as raw spells it. #}
{% macro text_of_moment(moment) -%}
    {{- adapter.dispatch("text_of_moment")(moment) -}}
{%- endmacro %}


{% macro default__text_of_moment(moment) -%}
    to_char({{ moment }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
{%- endmacro %}


{% macro duckdb__text_of_moment(moment) -%}
    strftime({{ moment }} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ')
{%- endmacro %}
