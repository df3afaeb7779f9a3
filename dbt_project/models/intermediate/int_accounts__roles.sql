{{ config(materialized="table") }}  {# reads a view that landing replaces: a view here would stand in its way #}

{%- set landed = source("salesforce", "account") -%}

with
    versions as (

        select landed.id, lower(trim(landed.type)) as type, landed.systemmodstamp
        from {{ landed }} as landed
        where not {{ is_set_aside(landed, "landed.id", "landed._version") }}

    ),

    roles as (

        select id, systemmodstamp, 'district' as role
        from versions
        where type = 'school district'

        union all

        select id, systemmodstamp, 'school' as role
        from versions
        where type = 'school'

        union all

        select id, systemmodstamp, 'organization' as role
        from versions
        where type is distinct from 'household'

    ),

    last_held as (select id, role, max(systemmodstamp) as last_held_at from roles group by id, role)

select last_held.id as account_id, last_held.role, min(versions.systemmodstamp) as ended_at
from last_held
left join
    versions on versions.id = last_held.id and versions.systemmodstamp > last_held.last_held_at
group by last_held.id, last_held.role
