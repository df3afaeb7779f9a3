with recursive

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    merges as (

        select account_id as loser_id, master_record_id as winner_id, 1 as step
        from accounts
        where master_record_id is not null

        union all

        select merges.loser_id, accounts.master_record_id as winner_id, merges.step + 1 as step
        from merges
        inner join accounts on accounts.account_id = merges.winner_id
        where accounts.master_record_id is not null and merges.step < 20

    ),

    ranked as (

        select
            loser_id,
            winner_id,
            row_number() over (partition by loser_id order by step desc) as closeness
        from merges

    )

select loser_id, winner_id
from ranked
where closeness = 1
