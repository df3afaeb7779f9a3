with

    pairs as (select * from {{ ref("int_affiliations__best_of_pair") }}),

    volunteers as (

        select distinct contact_id
        from {{ ref("int_contacts__roles") }}
        where role in ('volunteer', 'teacher') and ended_at is null

    ),

    ranked as (

        select
            pairs.*,
            row_number() over (
                partition by pairs.contact_id, pairs.is_primary
                order by
                    pairs.status_order nulls last,
                    pairs.start_date desc nulls last,
                    pairs.last_modified_at desc nulls last,
                    pairs.affiliation_id collate "C" desc
            ) as place
        from pairs
        inner join volunteers on volunteers.contact_id = pairs.contact_id

    )

select
    contact_id || '|' || organization_id as source_key,
    contact_id,
    organization_id,
    affiliation_id,
    role,
    status,
    is_primary and place = 1 as is_primary,
    start_date,
    end_date
from ranked
