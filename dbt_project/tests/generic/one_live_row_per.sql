{# Of the rows that are not deleted, at most one for the same values. Rows that lack one of them are left out. #}
{% test one_live_row_per(model, columns) %}
    select {{ columns[0] }} as record_id, count(*) as row_count
    from {{ model }}
    where deleted_at is null {%- for column in columns %} and {{ column }} is not null {%- endfor %}
    group by {{ columns | join(", ") }}
    having count(*) > 1
{% endtest %}
