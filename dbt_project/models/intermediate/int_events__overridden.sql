{# A table: on PostgreSQL a view would keep publish from changing app.overrides. #}
{{ config(materialized="table") }}

with

    corrections as ({{ overrides("events") }}),

    schools as (select school_id from {{ ref("int_schools__with_level") }}),

    read as (

        select row_key as session_id, column_name, {{ text_or_null("value") }} as value
        from corrections
        where column_name in ('districts', 'school_id')

    )

{# Publish leaves out a school that it does not know; so do we. #}
select session_id, column_name, value
from read
where column_name = 'districts' or value is null or value in (select school_id from schools)
