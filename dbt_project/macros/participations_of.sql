{#
    The participations of one role, 'volunteer' or 'student': a model's body. `people` is the table of those people.
#}
{% macro participations_of(role, people) %}
    {%- set affected = follow_changes(
        {
            "stg_salesforce__session_participants": changed(
                "stg_salesforce__session_participants"
            )
            ~ " union "
            ~ contacts_of_participants(),
            "stg_salesforce__sessions": people_of_sessions(),
            "stg_salesforce__contacts": changed_contacts(),
            "stg_salesforce__accounts": none,
            people: with_merged(changed(people), followed("int_contacts__merged")),
        }
    ) -%}

    with

        participations as (
            select * from {{ ref("int_participations__one_per_pair") }} where type = '{{ role }}'
        ),

        events as (select * from {{ ref("events") }}),

        people as (select * from {{ ref(people) }})

    select
        {{ landfall_id("participations.participation_id") }} as id,
        participations.participation_id as salesforce_id,
        events.id as event_id,
        participations.session_id as salesforce_session_id,
        people.id as {{ role }}_id,
        participations.contact_id as salesforce_contact_id,
        participations.status,
        participations.salesforce_status,
        participations.is_attended,
        participations.delivery_hours,
        participations.age_group,
        participations.email,
        participations.title,
        {{ landfall_id("participations.duplicate_of_id") }} as duplicate_of_id,
        participations.duplicate_of_id as salesforce_duplicate_of_id,
        participations.deleted_at
    from participations
    left join events on events.salesforce_id = participations.session_id
    left join people on people.salesforce_id = participations.person_id
    where
        {{
            is_affected(
                affected, "coalesce(participations.contact_id, participations.participation_id)"
            )
        }}
{% endmacro %}
