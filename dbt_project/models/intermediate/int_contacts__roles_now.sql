with

    contacts as (select * from {{ ref("stg_salesforce__contacts") }} where not is_deleted),

    participants as (

        select * from {{ ref("stg_salesforce__session_participants") }} where not is_deleted

    ),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    types as (select * from {{ ref("contact_types") }}),

    participant_types as (select * from {{ ref("participant_types") }})

select
    contacts.contact_id,
    case
        when {{ text_or_null("contacts.contact_type") }} is null
        then 'volunteer'
        else types.contact_type
    end as role
from contacts
left join
    types on {{ folded("types.salesforce_contact_type") }} = {{ folded("contacts.contact_type") }}

union

select
    coalesce(merged.winner_id, participants.contact_id) as contact_id,
    participant_types.type as role
from participants
inner join
    participant_types
    on {{ folded("participant_types.salesforce_type") }}
    = {{ folded("participants.participant_type") }}
left join merged on merged.loser_id = participants.contact_id
