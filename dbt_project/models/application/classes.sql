with

    classes as (select * from {{ ref("int_classes__with_year") }}),

    schools as (select * from {{ ref("schools") }})

select
    {{ landfall_id("classes.class_id") }} as id,
    classes.class_id as salesforce_id,
    classes.name,
    classes.class_year,
    schools.id as school_id,
    classes.salesforce_school_id,
    classes.deleted_at
from classes
left join schools on schools.salesforce_id = classes.school_id
