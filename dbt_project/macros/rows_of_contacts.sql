{#
    What belongs to one contact each, such as its e-mail addresses: a model's body. `model` has contact_id, source_key,
    deleted_at and the `columns`, which are the table's own.
#}
{% macro rows_of_contacts(model, columns) %}
    {%- set affected = follow_changes(
        {"stg_salesforce__contacts": changed("stg_salesforce__contacts")}
    ) -%}

    select
        {{ landfall_id("source_key") }} as id,
        source_key,
        {{ landfall_id("contact_id") }} as contact_id,
        contact_id as salesforce_contact_id,
        {{ columns | join(", ") }},
        deleted_at
    from {{ ref(model) }}
    where {{ is_affected(affected, "contact_id") }}
{% endmacro %}
