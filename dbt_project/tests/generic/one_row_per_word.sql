{# No word twice, in whatever letters and with whatever blanks around it, as the models look words up. #}
{% test one_row_per_word(model, column_name) %}
    select {{ folded(column_name) }} as word, count(*) as row_count
    from {{ model }}
    where {{ column_name }} is not null
    group by {{ folded(column_name) }}
    having count(*) > 1
{% endtest %}
