with

    participations as (select * from {{ ref("int_participations__included") }}),

    statuses as (

        select 'volunteer' as type, salesforce_status, status, is_attended, rank, only_while_open
        from {{ ref("participation_statuses") }}

        union all

        select
            'student' as type,
            salesforce_status,
            status,
            is_attended,
            rank,
            false as only_while_open
        from {{ ref("student_participation_statuses") }}

    ),

    with_status as (

        select
            participations.*,
            statuses.status,
            statuses.is_attended,
            statuses.rank,
            {# A row without a person has no pair, and a deleted one takes no part in it: each is its own. #}
            case
                when not participations.is_deleted
                then coalesce(participations.person_id, participations.participation_id)
                else participations.participation_id
            end as pair_id
        from participations
        left join
            statuses
            on statuses.type = participations.type
            and {{ folded("statuses.salesforce_status") }} = lower(participations.salesforce_status)
            and (participations.is_session_open or not statuses.only_while_open)
        where participations.type is not null

    ),

    ranked as (

        select
            with_status.*,
            first_value(participation_id) over best_first as winner_id,
            max(delivery_hours) over (partition by type, session_id, pair_id) as most_hours
        from with_status
        window
            best_first as (
                partition by type, session_id, pair_id
                order by
                    rank asc nulls last,
                    delivery_hours desc nulls last,
                    participation_id collate "C" asc
            )

    )

select
    participation_id,
    type,
    session_id,
    contact_id,
    person_id,
    status,
    salesforce_status,
    is_attended,
    case
        when winner_id = participation_id then most_hours else delivery_hours
    end as delivery_hours,
    age_group,
    email,
    title,
    case when winner_id <> participation_id then winner_id end as duplicate_of_id,
    case when winner_id <> participation_id then changed_at else deleted_at end as deleted_at
from ranked
