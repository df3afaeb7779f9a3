{#- A table because it reads views that landing replaces: a view here would stand in their way. -#}
{{
    config(
        materialized="incremental",
        unique_key=["contact_id", "role"],
        meta={"unit": "contact_id"},
    )
}}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
        "stg_salesforce__session_participants": contacts_of_participants(),
    }
) -%}

{%- set contacts = source("salesforce", "contact") -%}
{%- set participants = source("salesforce", "session_participant__c") -%}
{%- set contact_type = field_or_null(
    landed_fields(contacts), "contact_type__c", "text", of="landed"
) -%}
{%- set participant_type = field_or_null(
    landed_fields(participants), "participant_type__c", "text", of="landed"
) -%}

with
    types as (select * from {{ ref("contact_types") }}),

    participant_types as (select * from {{ ref("participant_types") }}),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    contact_versions as (

        select
            landed.id as record_id,
            landed.id as contact_id,
            case
                when {{ text_or_null(contact_type) }} is null
                then 'volunteer'
                else types.contact_type
            end as role,
            case
                when {{ text_or_null(contact_type) }} is null then 'type_missing' else 'type'
            end as role_reason,
            landed.systemmodstamp,
            {{ version_number("landed") }} as version_number
        from {{ contacts }} as landed
        left join
            types on {{ folded("types.salesforce_contact_type") }} = {{ folded(contact_type) }}
        where
            {{ is_affected(affected, "landed.id") }}
            and not {{ is_set_aside(contacts, "landed.id", "landed._version") }}

    ),

    participant_versions as (

        select
            landed.id as record_id,
            landed.contact__c as contact_id,
            case when not landed.isdeleted then participant_types.type end as role,
            'participation' as role_reason,
            landed.systemmodstamp,
            {{ version_number("landed") }} as version_number
        from {{ participants }} as landed
        left join
            participant_types
            on {{ folded("participant_types.salesforce_type") }} = {{ folded(participant_type) }}
        where
            landed.id in (
                select ever.id
                from {{ participants }} as ever
                where {{ is_affected(affected, "ever.contact__c") }}
            )
            and not {{ is_set_aside(participants, "landed.id", "landed._version") }}

    ),

    versions as (

        select *
        from contact_versions
        union all
        select *
        from participant_versions

    ),

    last_held as (

        select record_id, contact_id, role, role_reason, max(version_number) as version_number
        from versions
        where contact_id is not null and role is not null
        group by record_id, contact_id, role, role_reason

    ),

    held as (

        select
            last_held.contact_id,
            last_held.role,
            last_held.role_reason,
            versions.systemmodstamp as ended_at
        from last_held
        left join
            versions
            on versions.record_id = last_held.record_id
            and versions.version_number = last_held.version_number + 1

    ),

    {# A participation of a contact that was merged away makes a role of the one that stayed. #}
    held_by_winners as (

        select merged.winner_id as contact_id, held.role, held.role_reason, held.ended_at
        from held
        inner join merged on merged.loser_id = held.contact_id
        where held.role_reason = 'participation'

    ),

    ranked as (

        select
            everybody.contact_id,
            everybody.role,
            everybody.role_reason,
            everybody.ended_at,
            row_number() over (
                partition by everybody.contact_id, everybody.role
                order by
                    everybody.ended_at desc nulls first,
                    case
                        everybody.role_reason when 'type' then 1 when 'type_missing' then 2 else 3
                    end
            ) as strength
        from
            (
                select *
                from held
                union all
                select *
                from held_by_winners
            ) as everybody

    )

select ranked.contact_id, ranked.role, ranked.role_reason, ranked.ended_at
from ranked
inner join
    {{ ref("stg_salesforce__contacts") }} as contacts on contacts.contact_id = ranked.contact_id
where ranked.strength = 1 and {{ is_affected(affected, "ranked.contact_id") }}
