with

    events as (select * from {{ ref("int_events__mapped") }}),

    corrections as (select * from {{ ref("int_events__overridden") }}),

    unaffiliated as (

        select events.session_id
        from events
        left join
            corrections as schools
            on schools.session_id = events.session_id
            and schools.column_name = 'school_id'
        left join
            corrections as districts
            on districts.session_id = events.session_id
            and districts.column_name = 'districts'
        where
            districts.session_id is null
            and case
                when schools.session_id is not null
                then {{ text_or_null("schools.value") }}
                else {{ text_or_null("events.salesforce_school") }}
            end
            is null
            and {{ text_or_null("events.salesforce_district") }} is null
            and {{ text_or_null("events.salesforce_parent_account") }} is null

    ),

    participations as (select * from {{ ref("int_participations__included") }}),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    schools as (select * from {{ ref("int_schools__with_level") }}),

    merged as (select * from {{ ref("int_accounts__merged") }}),

    account_districts as (select * from {{ ref("int_events__account_districts") }}),

    students as (

        select distinct
            participations.session_id, participations.person_id, account_districts.district_id
        from participations
        inner join unaffiliated on unaffiliated.session_id = participations.session_id
        inner join contacts on contacts.contact_id = participations.person_id
        left join merged on merged.loser_id = contacts.primary_affiliation_id
        inner join
            schools
            on schools.school_id = coalesce(merged.winner_id, contacts.primary_affiliation_id)
        inner join account_districts on account_districts.account_id = schools.school_id
        where
            participations.type = 'student'
            and not participations.is_deleted
            and account_districts.district_id is not null

    ),

    totals as (select session_id, count(*) as students from students group by session_id),

    counted as (

        select session_id, district_id, count(*) as students
        from students
        group by session_id, district_id

    ),

    shared as (

        select
            counted.session_id,
            counted.district_id,
            cast(counted.students as integer) as students,
            {# Rounded in whole numbers, so that both databases agree on the last digit. #}
            cast(
                cast(
                    floor(
                        (counted.students * 20000 + totals.students)
                        / cast(2 * totals.students as numeric)
                    ) as numeric(9, 4)
                )
                * 0.0001 as numeric(5, 4)
            ) as share
        from counted
        inner join totals on totals.session_id = counted.session_id

    )

select session_id, district_id, students, share
from shared
where share >= {{ var("inference_min_share") }}
