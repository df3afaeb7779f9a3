with

    attendances as (select * from {{ ref("fct_volunteer_attendances") }}),

    organizations as (select id, name, type from {{ published(ref("organizations")) }}),

    memberships as (

        select contact_id, organization_id, start_date, end_date
        from {{ published(ref("volunteer_organizations")) }}
        where deleted_at is null and organization_id is not null and contact_id is not null

    ),

    credited as (

        select
            memberships.organization_id,
            attendances.school_year,
            attendances.event_id,
            attendances.volunteer_id,
            attendances.hours,
            coalesce(
                memberships.start_date <= attendances.starts_on
                and (memberships.end_date is null or memberships.end_date >= attendances.starts_on),
                false
            ) as is_verified
        from attendances
        inner join memberships on memberships.contact_id = attendances.volunteer_id

    )

select
    credited.school_year,
    credited.organization_id,
    organizations.name as organization,
    organizations.type as organization_type,
    count(distinct credited.event_id) as events,
    count(distinct credited.volunteer_id) as unique_volunteers,
    count(*) as volunteer_attendances,
    cast(sum(credited.hours) as numeric(12, 2)) as volunteer_hours,
    count(distinct credited.volunteer_id) filter (
        where credited.is_verified
    ) as verified_volunteers,
    cast(
        coalesce(sum(credited.hours) filter (where credited.is_verified), 0) as numeric(12, 2)
    ) as verified_hours
from credited
inner join organizations on organizations.id = credited.organization_id
group by credited.school_year, credited.organization_id, organizations.name, organizations.type
