{#- A table because four tests and the volunteers read it, and it takes long. -#}
{{
    config(
        materialized="incremental",
        unique_key="contact_id",
        meta={"unit": "contact_id", "scope": "contact"},
    )
}}

{%- set affected = follow_changes(
    {
        "stg_salesforce__contacts": changed_contacts(),
        "int_contacts__roles": changed("int_contacts__roles"),
        "stg_salesforce__session_participants": contacts_of_participants(),
        "stg_salesforce__sessions": contacts_of_sessions(),
    }
) -%}

with

    volunteers as (select * from {{ ref("int_contacts__roles") }} where role = 'volunteer'),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    addresses as (select * from {{ ref("int_addresses__of_contacts") }}),

    participants as (

        select *
        from {{ ref("stg_salesforce__session_participants") }}
        where not is_deleted and {{ in_scope("contact", "contact_id") }}

    ),

    sessions as (select * from {{ ref("stg_salesforce__sessions") }} where not is_deleted),

    included as (select * from {{ ref("int_sessions__included") }}),

    participant_types as (select * from {{ ref("participant_types") }}),

    statuses as (select * from {{ ref("participation_statuses") }}),

    formats as (select * from {{ ref("session_formats") }}),

    attended as (

        select distinct coalesce(merged.winner_id, participants.contact_id) as contact_id
        from participants
        inner join
            participant_types
            on {{ folded("participant_types.salesforce_type") }}
            = {{ folded("participants.participant_type") }}
            and participant_types.type = 'volunteer'
        inner join
            statuses
            on {{ folded("statuses.salesforce_status") }} = {{ folded("participants.status") }}
            and statuses.is_attended
        inner join included on included.session_id = participants.session_id
        inner join sessions on sessions.session_id = participants.session_id
        inner join
            formats
            on {{ folded("formats.salesforce_format") }} = {{ folded("sessions.format") }}
            and formats.format = 'in_person'
        left join merged on merged.loser_id = participants.contact_id

    ),

    {# A postal code has digits; in what has none, nobody wrote one. #}
    located as (

        select
            contact_id,
            is_primary,
            address_type,
            kind,
            case
                when translate(postal_code, '0123456789', '') <> postal_code then postal_code
            end as postal_code,
            coalesce(street, city, state) is not null as is_somewhere
        from addresses

    ),

    ranked as (

        select
            contact_id,
            postal_code,
            case
                when is_primary and postal_code is not null
                then 'postal_code_of_primary_address'
                when is_primary
                then 'primary_address_without_postal_code'
                else 'postal_code_of_personal_address'
            end as reason,
            row_number() over (
                partition by contact_id
                order by
                    case when is_primary then 1 else 2 end,
                    case kind when 'mailing' then 1 when 'home' then 2 else 3 end
            ) as choice
        from located
        where
            (is_primary and (postal_code is not null or is_somewhere))
            or (address_type = 'personal' and postal_code is not null)

    ),

    addressed as (

        select
            contact_id,
            reason,
            case
                when postal_code is null
                then 'partial'
                else
                    coalesce(
                        (
                            select prefixes.local_status
                            from {{ ref("local_zip_prefixes") }} as prefixes
                            where
                                starts_with(ranked.postal_code, prefixes.zip_prefix)
                                and {{ is_zip_code("ranked.postal_code") }}
                            order by length(prefixes.zip_prefix) desc
                            limit 1
                        ),
                        'non_local'
                    )
            end as local_status
        from ranked
        where choice = 1

    )

select
    volunteers.contact_id,
    case
        when attended.contact_id is not null
        then 'local'
        else coalesce(addressed.local_status, 'unknown')
    end as local_status,
    case
        when attended.contact_id is not null
        then 'attended_in_person'
        else coalesce(addressed.reason, 'nothing_known')
    end as local_status_reason
from volunteers
left join attended on attended.contact_id = volunteers.contact_id
left join addressed on addressed.contact_id = volunteers.contact_id
where {{ is_affected(affected, "volunteers.contact_id") }}
