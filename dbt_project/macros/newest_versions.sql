{#
    Each record's newest version that is not set aside, as served by Salesforce: a relation to select from.

    On an incremental build only of the records that are due (staged_loads.sql). No clocks are compared, so a load that
    arrives late or from a machine with a slow clock is staged all the same.
#}
{% macro newest_versions(versions) -%}
    select landed.*
    from {{ versions }} as landed
    inner join
        (
            select
                ranked.id,
                ranked._version,
                row_number() over (
                    partition by ranked.id
                    order by
                        ranked.systemmodstamp desc nulls last,
                        ranked._extracted_at desc nulls last,
                        ranked._version desc
                ) as newness
            from {{ versions }} as ranked
            where
                not {{ is_set_aside(versions, "ranked.id", "ranked._version") }}
                {%- if is_incremental() %} and ranked.id in ({{ due_records() }}) {%- endif %}
        ) as chosen
        on landed.id = chosen.id
        and landed._version = chosen._version
    where chosen.newness = 1
{%- endmacro %}
