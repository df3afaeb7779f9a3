with

    attributed as (

        select
            session_id,
            district_id,
            salesforce_district_id,
            attribution,
            cast(null as integer) as students,
            cast(null as numeric(5, 4)) as share
        from {{ ref("int_events__explicit_districts") }}

        union all

        select
            session_id,
            district_id,
            district_id as salesforce_district_id,
            'student_inference' as attribution,
            students,
            share
        from {{ ref("int_events__student_districts") }}

    ),

    events as (select * from {{ ref("events") }}),

    districts as (select * from {{ ref("districts") }})

select
    {{ landfall_id("attributed.session_id || '|' || attributed.salesforce_district_id") }} as id,
    attributed.session_id || '|' || attributed.salesforce_district_id as source_key,
    events.id as event_id,
    attributed.session_id as salesforce_session_id,
    districts.id as district_id,
    attributed.salesforce_district_id,
    attributed.attribution,
    attributed.students,
    attributed.share,
    events.deleted_at
from attributed
inner join events on events.salesforce_id = attributed.session_id
left join districts on districts.salesforce_id = attributed.district_id
