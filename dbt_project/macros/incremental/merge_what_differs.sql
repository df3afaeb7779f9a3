{# Rows that differ or are new; those of one key have one row on both sides. #}
{% macro merge_what_differs(arguments, differing) %}
    {%- set columns = arguments.dest_columns | map(attribute="quoted") | list -%}
    -- fmt: off
    merge into {{ this }} as built
    using ({{ differing }}) as made
    on {{ has_same_key(arguments) }}
    when matched then update set
        {% for column in columns %}{{ column }} = made.{{ column }}{{ ", " if not loop.last }}{% endfor %}
    when not matched then insert ({{ columns | join(", ") }})
        values (made.{{ columns | join(", made.") }})
    -- fmt: on
{% endmacro %}
