with

    corrections as (
        select session_id, value
        from {{ ref("int_events__overridden") }}
        where column_name = 'districts'
    ),

    items as (

        select corrections.session_id, {{ without_blanks_around("items.item") }} as district_text
        from corrections
        cross join unnest(string_to_array(corrections.value, ',')) as items(item)

    )

select session_id, nullif(district_text, '') as district_text
from items
where district_text <> ''

union

select session_id, null as district_text
from corrections
where {{ text_or_null("replace(value, ',', ' ')") }} is null
