with

    contacts as (

        select contact_id, primary_affiliation_id
        from {{ ref("stg_salesforce__contacts") }}
        where primary_affiliation_id is not null and {{ in_scope("contact", "contact_id") }}

    ),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    accounts as (select account_id from {{ ref("stg_salesforce__accounts") }}),

    schools as (

        select account_id
        from {{ ref("int_accounts__roles") }}
        where role = 'school' and ended_at is null

    )

select
    contacts.contact_id,
    contacts.primary_affiliation_id as salesforce_account_id,
    coalesce(merged.winner_id, contacts.primary_affiliation_id) as account_id,
    schools.account_id is not null or accounts.account_id is null as may_be_school
from contacts
left join merged on merged.loser_id = contacts.primary_affiliation_id
left join
    accounts on accounts.account_id = coalesce(merged.winner_id, contacts.primary_affiliation_id)
left join
    schools on schools.account_id = coalesce(merged.winner_id, contacts.primary_affiliation_id)
