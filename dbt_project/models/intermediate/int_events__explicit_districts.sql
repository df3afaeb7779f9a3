with

    events as (select * from {{ ref("int_events__mapped") }}),

    texts as (select * from {{ ref("int_events__district_texts") }}),

    account_districts as (select * from {{ ref("int_events__account_districts") }}),

    corrected_districts as (select * from {{ ref("int_events__district_overrides") }}),

    corrected_schools as (
        select session_id, {{ text_or_null("value") }} as school_id
        from {{ ref("int_events__overridden") }}
        where column_name = 'school_id'
    ),

    said as (

        select
            events.session_id,
            'district_field' as attribution,
            {{ text_or_null("events.salesforce_district") }} as district_text
        from events

        union all

        select
            events.session_id,
            'parent_account' as attribution,
            case
                when {{ text_or_null("events.salesforce_district") }} is null
                then {{ text_or_null("events.salesforce_parent_account") }}
            end as district_text
        from events

        union all

        select session_id, 'override' as attribution, district_text
        from corrected_districts

    ),

    by_text as (

        select
            said.session_id,
            said.attribution,
            texts.district_id,
            coalesce(texts.district_id, texts.missing_account_id) as salesforce_district_id
        from said
        inner join texts on texts.district_text = said.district_text

    ),

    by_school as (

        select
            events.session_id,
            'school' as attribution,
            account_districts.district_id,
            account_districts.district_id as salesforce_district_id
        from events
        left join corrected_schools on corrected_schools.session_id = events.session_id
        inner join
            account_districts
            on account_districts.account_id = case
                when corrected_schools.session_id is not null
                then corrected_schools.school_id
                else events.school_account_id
            end

    ),

    everything as (

        select by_text.*
        from by_text
        inner join events on events.session_id = by_text.session_id
        where
            by_text.attribution = 'override'
            or by_text.session_id not in (select session_id from corrected_districts)

        union all

        select *
        from by_school
        where session_id not in (select session_id from corrected_districts)

    ),

    ranked as (

        select
            everything.*,
            row_number() over (
                partition by session_id, salesforce_district_id
                order by
                    case
                        attribution
                        when 'override'
                        then 1
                        when 'school'
                        then 2
                        when 'district_field'
                        then 3
                        else 4
                    end
            ) as strength
        from everything
        where salesforce_district_id is not null

    )

select session_id, district_id, salesforce_district_id, attribution
from ranked
where strength = 1
