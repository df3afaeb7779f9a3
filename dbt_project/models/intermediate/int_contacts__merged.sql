{{ config(materialized="table") }}  {# few rows, and nearly every model follows them #}

{{ merge_winners("stg_salesforce__contacts", "contact_id") }}
