with

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    districts as (select * from {{ ref("int_accounts__roles") }} where role = 'district'),

    schools as (select * from {{ ref("int_schools__with_level") }}),

    followed as (

        select accounts.account_id, coalesce(merged.winner_id, accounts.account_id) as winner_id
        from accounts
        left join merged on merged.loser_id = accounts.account_id

    )

select
    followed.account_id,
    coalesce(districts.account_id, districts_of_schools.account_id) as district_id,
    districts.account_id is not null as is_district,
    districts.ended_at is null and not coalesce(winners.is_deleted, false) as is_live
from followed
left join accounts as winners on winners.account_id = followed.winner_id
left join districts on districts.account_id = followed.winner_id
left join schools on schools.school_id = followed.winner_id
left join districts as districts_of_schools on districts_of_schools.account_id = schools.district_id
