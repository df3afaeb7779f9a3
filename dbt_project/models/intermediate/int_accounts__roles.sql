{{ config(materialized="table") }}  {# reads a view that landing replaces: a view here would stand in its way #}

{%- set landed = source("salesforce", "account") -%}

with
    versions as (

        select
            landed.id,
            {{ folded("landed.type") }} as type,
            landed.systemmodstamp,
            {{ version_number("landed") }} as version_number
        from {{ landed }} as landed
        where not {{ is_set_aside(landed, "landed.id", "landed._version") }}

    ),

    roles as (

        select id, version_number, 'district' as role
        from versions
        where type = 'school district'

        union all

        select id, version_number, 'school' as role
        from versions
        where type = 'school'

        union all

        select id, version_number, 'organization' as role
        from versions
        where type is distinct from 'household'

    ),

    last_held as (

        select id, role, max(version_number) as version_number from roles group by id, role

    )

select last_held.id as account_id, last_held.role, versions.systemmodstamp as ended_at
from last_held
inner join
    {{ ref("stg_salesforce__accounts") }} as accounts
    on accounts.account_id = last_held.id
    and {{ text_or_null("accounts.name") }} is not null
left join
    versions
    on versions.id = last_held.id
    and versions.version_number = last_held.version_number + 1
