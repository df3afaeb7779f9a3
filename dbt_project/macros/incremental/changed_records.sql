{#
    Words for the queries of follow_changes. Each is a query with one column, the ids, ready for `in (…)`.
#}
{# Like ref, for use in these queries; a unit test, which has no past, need not give it. #}
{% macro followed(name) %}
    {%- if execute and not graph.nodes -%} {%- do return("nothing") -%} {%- endif -%}
    {%- do return(ref(name)) -%}
{% endmacro %}


{# Ids of an input's records that changed since this model was last built. #}
{% macro changed(input) -%}
    select record_id
    from staging.changed_records
    where
        model_name = '{{ input }}'
        and change_number > (
            select coalesce(max(built_through), 0)
            from staging.built_models
            where model_name = '{{ this.identifier }}' and input_name = '{{ input }}'
        )
{%- endmacro %}


{# What the changed records of a staging model point at, now and in every version before: `field` as in typed.*. #}
{% macro pointed_at(input, field) -%}
    {%- set landed = landed_of(input) if keeps_a_past() else none -%}
    {%- if landed and field in (
        adapter.get_columns_in_relation(landed) | map(attribute="name")
    ) -%}
        select {{ field }} from {{ landed }} where id in ({{ changed(input) }})
    {%- else -%} select cast(null as text)
    {%- endif -%}
{%- endmacro %}


{% macro landed_of(input) %}
    {%- for node in graph.nodes.values() if node.name == input -%}
        {%- for source in node.depends_on.nodes if source in graph.sources -%}
            {%- set landed = graph.sources[source] -%}
            {%- do return(
                api.Relation.create(
                    landed.database, landed.schema, landed.identifier
                )
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{# The ids of a query and of all records merged with them: losers, winner, and the winner's other losers. #}
{% macro with_merged(ids, merged) -%}
    select ids.id
    from ({{ ids }}) as ids(id)
    union
    select merged.winner_id
    from {{ merged }} as merged
    where merged.loser_id in ({{ ids }})
    union
    select family.loser_id
    from {{ merged }} as family
    where
        family.winner_id in ({{ ids }})
        or family.winner_id in (
            select merged.winner_id
            from {{ merged }} as merged
            where merged.loser_id in ({{ ids }})
        )
{%- endmacro %}


{# Changed contacts and all that are or were merged with them. #}
{% macro changed_contacts() -%}
    {{
        with_merged(
            changed("stg_salesforce__contacts")
            ~ " union "
            ~ pointed_at("stg_salesforce__contacts", "masterrecordid"),
            followed("int_contacts__merged"),
        )
    }}
{%- endmacro %}


{# Changed accounts and all that are or were merged with them. #}
{% macro changed_accounts() -%}
    {{
        with_merged(
            changed("stg_salesforce__accounts")
            ~ " union "
            ~ pointed_at("stg_salesforce__accounts", "masterrecordid"),
            followed("int_accounts__merged"),
        )
    }}
{%- endmacro %}
