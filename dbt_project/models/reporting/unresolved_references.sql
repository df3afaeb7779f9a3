{%- set columns = {
    "table_name": "text",
    "salesforce_id": "text",
    "column_name": "text",
    "missing_id": "text",
    "missing_object": "text",
    "first_seen": "timestamptz",
    "first_run": "text",
    "last_run": "text",
} -%}

select
    table_name,
    salesforce_id as row_key,
    column_name,
    missing_object,
    missing_id,
    first_seen,
    cast(extract(epoch from current_timestamp - first_seen) / 86400 as integer) as age_days,
    first_run,
    last_run
from {{ table_or_empty("ops", "unresolved_references", columns) }}
