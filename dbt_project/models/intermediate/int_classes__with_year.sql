with

    classes as (select * from {{ ref("stg_salesforce__classes") }}),

    merged as (select * from {{ ref("int_accounts__merged") }})

select
    classes.class_id,
    classes.name,
    case
        when classes.class_year = floor(classes.class_year) and abs(classes.class_year) < 1000000000  -- what an integer holds for sure
        then cast(classes.class_year as integer)
    end as class_year,
    classes.school_id as salesforce_school_id,
    coalesce(merged.winner_id, classes.school_id) as school_id,
    case when classes.is_deleted then classes.changed_at end as deleted_at
from classes
left join merged on merged.loser_id = classes.school_id
