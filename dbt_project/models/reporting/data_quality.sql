{%- set columns = {
    "run_id": "text",
    "object": "text",
    "rule": "text",
    "severity": "text",
    "rows_checked": "bigint",
    "rows_failed": "bigint",
    "percent": "double precision",
    "outcome": "text",
    "meaning": "text",
    "checked_at": "timestamptz",
} -%}
{%- set held = {
    "object": "text",
    "record_id": "text",
    "rule": "text",
    "resolved_at": "timestamptz",
} -%}

with

    results as (select * from {{ table_or_empty("quality", "results", columns) }}),

    set_aside as (

        select object, rule, count(distinct record_id) as records_set_aside
        from {{ table_or_empty("quality", "quarantine", held) }}
        where resolved_at is null
        group by object, rule

    ),

    ranked as (

        select
            results.*,
            row_number() over (
                partition by results.object, results.rule
                order by results.checked_at desc, results.run_id desc
            ) as newness
        from results

    )

select
    ranked.object,
    ranked.rule,
    ranked.severity,
    ranked.meaning,
    ranked.outcome,
    ranked.rows_checked,
    ranked.rows_failed,
    ranked.percent,
    coalesce(set_aside.records_set_aside, 0) as records_set_aside,
    ranked.checked_at,
    ranked.run_id
from ranked
left join set_aside on set_aside.object = ranked.object and set_aside.rule = ranked.rule
where ranked.newness = 1
