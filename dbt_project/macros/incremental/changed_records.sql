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
    from {{ schema_of("staging") }}.changed_records
    where
        model_name = '{{ input }}'
        and change_number > (
            select coalesce(max(built_through), 0)
            from {{ schema_of("staging") }}.built_models
            where model_name = '{{ this.identifier }}' and input_name = '{{ input }}'
        )
{%- endmacro %}


{# What the changed records of a staging model point at, now and in every version before: `field` as in typed.*. #}
{% macro pointed_at(input, field) -%}
    {%- set landed = landed_of(input) if keeps_a_past() else none -%}
    {%- if landed and field in (adapter.get_columns_in_relation(landed) | map(attribute="name")) -%}
        select {{ field }} from {{ landed }} where id in ({{ changed(input) }})
    {%- else -%} select cast(null as text)
    {%- endif -%}
{%- endmacro %}


{% macro landed_of(input) %}
    {%- for node in graph.nodes.values() if node.name == input -%}
        {%- for source in node.depends_on.nodes if source in graph.sources -%}
            {%- set landed = graph.sources[source] -%}
            {%- do return(
                api.Relation.create(landed.database, landed.schema, landed.identifier)
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
            select merged.winner_id from {{ merged }} as merged where merged.loser_id in ({{ ids }})
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


{# Contacts that a changed participation concerns, now or before. #}
{% macro contacts_of_participants() -%}
    {{
        with_merged(
            pointed_at("stg_salesforce__session_participants", "contact__c"),
            followed("int_contacts__merged"),
        )
    }}
{%- endmacro %}


{# Contacts that take part in a changed session. #}
{% macro contacts_of_sessions() -%}
    {%- set contacts -%}
        select contact_id
        from {{ followed("stg_salesforce__session_participants") }}
        where session_id in ({{ changed("stg_salesforce__sessions") }})
    {%- endset -%}
    {{ with_merged(contacts, followed("int_contacts__merged")) }}
{%- endmacro %}


{# The same, and the participations in one that name no contact. #}
{% macro people_of_sessions() -%}
    {{ contacts_of_sessions() }}
    union
    select session_participant_id
    from {{ followed("stg_salesforce__session_participants") }}
    where contact_id is null and session_id in ({{ changed("stg_salesforce__sessions") }})
{%- endmacro %}


{# Contacts whose primary affiliation is with a changed account, or with one merged with it. #}
{% macro contacts_by_primary_account() -%}
    select contact_id
    from {{ followed("stg_salesforce__contacts") }}
    where primary_affiliation_id in ({{ changed_accounts() }})
{%- endmacro %}


{# Contacts in a changed class. #}
{% macro contacts_of_classes() -%}
    select contact_id
    from {{ followed("stg_salesforce__contacts") }}
    where class_id in ({{ changed("stg_salesforce__classes") }})
{%- endmacro %}


{# Contacts of changed affiliations, now or before, and those affiliations themselves, which may name no contact. #}
{% macro contacts_of_affiliations() -%}
    {{
        with_merged(
            pointed_at("stg_salesforce__affiliations", "npe5__contact__c"),
            followed("int_contacts__merged"),
        )
    }}
    union
    {{ changed("stg_salesforce__affiliations") }}
{%- endmacro %}


{# Contacts affiliated with a changed account, or with one merged with it; affiliations that name no contact. #}
{% macro contacts_affiliated_with_accounts() -%}
    {%- set contacts -%}
        select coalesce(contact_id, affiliation_id)
        from {{ followed("stg_salesforce__affiliations") }}
        where account_id in ({{ changed_accounts() }})
    {%- endset -%}
    {{ with_merged(contacts, followed("int_contacts__merged")) }}
{%- endmacro %}
