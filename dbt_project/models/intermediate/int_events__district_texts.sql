{{ config(materialized="table") }}  {# few rows, and every event looks its district up in them #}

with

    sessions as (

        select sessions.district, sessions.parent_account
        from {{ ref("stg_salesforce__sessions") }} as sessions
        inner join
            {{ ref("int_sessions__included") }} as included
            on included.session_id = sessions.session_id

    ),

    texts as (

        select {{ without_blanks_around("district") }} as text
        from sessions

        union

        select {{ without_blanks_around("parent_account") }} as text
        from sessions

        union

        select district_text as text
        from {{ ref("int_events__district_overrides") }}

    ),

    ids as (

        select
            text,
            length(text) in (15, 18)
            and left(text, 3) = '001'
            and regexp_replace(text, '[^a-zA-Z0-9]', '', 'g') = text as is_id
        from texts
        where text <> ''

    ),

    account_districts as (select * from {{ ref("int_events__account_districts") }}),

    names as (

        select account_districts.district_id, {{ without_blanks_around("accounts.name") }} as name
        from account_districts
        inner join
            {{ ref("stg_salesforce__accounts") }} as accounts
            on accounts.account_id = account_districts.account_id
        where account_districts.is_district and account_districts.is_live

    ),

    aliases as (

        select names.district_id, {{ without_blanks_around("aliases.alias") }} as alias
        from {{ ref("district_aliases") }} as aliases
        inner join names on lower(names.name) = {{ folded("aliases.district_name") }}

    ),

    candidates as (

        select ids.text, 1 as step, 'id' as matched_by, account_districts.district_id
        from ids
        inner join account_districts on {{ same_id("account_districts.account_id", "ids.text") }}
        where ids.is_id and account_districts.district_id is not null

        union

        select ids.text, 2 as step, 'name' as matched_by, names.district_id
        from ids
        inner join names on names.name = ids.text

        union

        select ids.text, 3 as step, 'alias' as matched_by, aliases.district_id
        from ids
        inner join aliases on aliases.alias = ids.text

        union

        select ids.text, 4 as step, 'name in other case' as matched_by, names.district_id
        from ids
        inner join names on lower(names.name) = lower(ids.text)

        union

        select ids.text, 5 as step, 'alias in other case' as matched_by, aliases.district_id
        from ids
        inner join aliases on lower(aliases.alias) = lower(ids.text)

    ),

    first_steps as (select text, min(step) as step from candidates group by text),

    found as (

        select
            candidates.text,
            candidates.matched_by,
            min(candidates.district_id) as district_id,
            count(*) as district_count
        from candidates
        inner join
            first_steps on first_steps.text = candidates.text and first_steps.step = candidates.step
        group by candidates.text, candidates.matched_by

    )

select
    ids.text as district_text,
    case when found.district_count = 1 then found.district_id end as district_id,
    case
        when
            ids.is_id
            and not exists (
                select 1
                from account_districts
                where {{ same_id("account_districts.account_id", "ids.text") }}
            )
        then ids.text
    end as missing_account_id,
    found.matched_by,
    coalesce(found.district_count, 0) as district_count
from ids
left join found on found.text = ids.text
