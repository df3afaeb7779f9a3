{# The shares of a unit are 1 together, but for what rounding to four places and inference_min_share take away. #}
{% test shares_add_up(model, unit) %}
    select {{ unit }} as record_id
    from {{ model }}
    where share is not null
    group by {{ unit }}
    having
        sum(share) > 1 + 0.00005 * count(*)
        {%- if var("inference_min_share") == 0 %}
            or sum(share) < 1 - 0.00005 * count(*)
        {%- endif %}
{% endtest %}
