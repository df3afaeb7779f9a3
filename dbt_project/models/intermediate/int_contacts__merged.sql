{{ config(materialized="table") }}  {# few rows, and nearly every model follows them #}

with recursive

    losers as (

        select contact_id, master_record_id
        from {{ ref("stg_salesforce__contacts") }}
        where master_record_id is not null

    ),

    merges as (

        select contact_id as loser_id, master_record_id as winner_id, 1 as step
        from losers

        union all

        select merges.loser_id, losers.master_record_id as winner_id, merges.step + 1 as step
        from merges
        inner join losers on losers.contact_id = merges.winner_id
        where merges.step < 20

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
