with

    volunteers as (
        select id, salesforce_id, contact_id, local_status, times_volunteered
        from {{ published(ref("volunteers")) }}
        where deleted_at is null
    ),

    contacts as (

        select
            id,
            {{ app_column(ref("contacts"), "contacts", "exclude_from_reports", "false") }}
            as is_left_out
        from {{ published(ref("contacts")) }} as contacts
        where deleted_at is null

    ),

    attended as (

        select
            volunteer_id,
            count(distinct event_id) as events,
            sum(hours) as hours,
            min(starts_on) as first_attended_on,
            max(starts_on) as last_attended_on,
            count(distinct school_year) as school_years
        from {{ ref("fct_volunteer_attendances") }}
        group by volunteer_id

    )

select
    volunteers.id as volunteer_id,
    volunteers.salesforce_id,
    volunteers.local_status,
    coalesce(attended.events, 0) as events,
    cast(coalesce(attended.hours, 0) as numeric(12, 2)) as hours,
    attended.first_attended_on,
    attended.last_attended_on,
    coalesce(attended.school_years, 0) as school_years,
    coalesce(attended.last_attended_on >= current_date - interval '12 months', false) as is_recent,
    coalesce(attended.events = 1, false) as has_attended_once,
    volunteers.times_volunteered as salesforce_times_volunteered
from volunteers
inner join contacts on contacts.id = volunteers.contact_id
left join attended on attended.volunteer_id = volunteers.id
where not contacts.is_left_out
