{{ merge_winners("stg_salesforce__accounts", "account_id") }}
