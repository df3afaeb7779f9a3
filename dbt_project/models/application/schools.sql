with

    schools as (select * from {{ ref("int_schools__with_level") }}),

    districts as (select * from {{ ref("districts") }})

select
    {{ landfall_id("schools.school_id") }} as id,
    schools.school_id as salesforce_id,
    schools.name,
    schools.normalized_name,
    schools.school_code,
    schools.level,
    districts.id as district_id,
    schools.salesforce_district_id,
    coalesce(schools.ended_at, schools.deleted_at) as deleted_at
from schools
left join districts on districts.salesforce_id = schools.district_id
