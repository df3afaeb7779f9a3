{{ config(materialized="incremental", meta={"unit": "salesforce_contact_id", "scope": "contact"}) }}

{{
    rows_of_contacts(
        "int_addresses__of_contacts",
        [
            "kind",
            "address_type",
            "street",
            "city",
            "state",
            "postal_code",
            "country",
            "is_primary",
            "salesforce_text",
        ],
    )
}}
