with

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    schools as (select * from {{ ref("int_accounts__roles") }} where role = 'school'),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    levels as (select * from {{ ref("school_levels") }})

select
    accounts.account_id as school_id,
    accounts.parent_id as salesforce_district_id,
    coalesce(merged.winner_id, accounts.parent_id) as district_id,
    accounts.name,
    accounts.normalized_name,
    accounts.school_code,
    levels.level,
    case when accounts.is_deleted then accounts.changed_at end as deleted_at,
    schools.ended_at
from schools
inner join accounts on accounts.account_id = schools.account_id
left join merged on merged.loser_id = accounts.parent_id
left join levels on levels.school_id = accounts.account_id
