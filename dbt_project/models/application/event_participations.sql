{{
    config(
        materialized="incremental",
        meta={"unit": "coalesce(salesforce_contact_id, salesforce_id)", "scope": "contact"},
    )
}}

{{ participations_of("volunteer", people="volunteers") }}
