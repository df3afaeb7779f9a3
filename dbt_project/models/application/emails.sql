{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{{
    rows_of_contacts(
        "int_emails__of_contacts", ["email", "email_type", "is_primary", "source_fields"]
    )
}}
