with

    accounts as (select * from {{ ref("stg_salesforce__accounts") }}),

    districts as (select * from {{ ref("int_accounts__roles") }} where role = 'district')

select
    {{ landfall_id("accounts.account_id") }} as id,
    accounts.account_id as salesforce_id,
    accounts.name,
    accounts.school_code as district_code,
    coalesce(
        districts.ended_at, case when accounts.is_deleted then accounts.changed_at end
    ) as deleted_at
from districts
inner join accounts on accounts.account_id = districts.account_id
