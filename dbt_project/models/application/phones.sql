{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{{
    rows_of_contacts(
        "int_phones__of_contacts",
        ["number", "normalized_number", "extension", "phone_type", "is_primary", "source_fields"],
    )
}}
