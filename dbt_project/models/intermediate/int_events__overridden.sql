{# A table: on PostgreSQL a view would keep publish from changing app.overrides. #}
{{ config(materialized="table") }}

with corrections as ({{ overrides("events") }})

select row_key as session_id, column_name, value
from corrections
where column_name in ('districts', 'school_id')
