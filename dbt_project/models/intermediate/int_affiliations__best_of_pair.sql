{#- A table because it is read twice, and a view would hide from PostgreSQL how many rows it has. -#}
{{
    config(
        materialized="incremental",
        unique_key="affiliation_id",
        meta={"unit": "contact_id", "scope": "contact"},
    )
}}

{%- set affected = follow_changes(
    {
        "stg_salesforce__affiliations": contacts_of_affiliations(),
        "stg_salesforce__contacts": changed_contacts(),
        "stg_salesforce__accounts": contacts_affiliated_with_accounts(),
    }
) -%}

with

    ranked as (

        select
            affiliations.*,
            row_number() over (
                partition by contact_id, organization_id
                order by
                    status_order nulls last,
                    is_primary desc,
                    start_date desc nulls last,
                    last_modified_at desc nulls last,
                    affiliation_id collate "C" desc
            ) as place
        from {{ ref("int_affiliations__with_status") }} as affiliations
        where deleted_at is null and contact_id is not null and organization_id is not null

    )

select
    affiliation_id,
    contact_id,
    organization_id,
    role,
    status,
    status_order,
    is_primary,
    start_date,
    end_date,
    last_modified_at
from ranked
where place = 1 and {{ is_affected(affected, "contact_id") }}
