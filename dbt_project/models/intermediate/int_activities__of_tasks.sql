with

    tasks as (select * from {{ ref("stg_salesforce__tasks") }}),

    messages as (select * from {{ ref("stg_salesforce__email_messages") }}),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    {# The task with which Salesforce logs an e-mail says less than the e-mail message itself. #}
    logged as (

        select activity_id as task_id, min(case when is_deleted then 1 else 0 end) = 1 as is_deleted
        from messages
        where activity_id is not null
        group by activity_id

    ),

    people as (

        select
            tasks.*,
            {{ folded("tasks.type") }} is not distinct from 'email' as is_email,
            case when tasks.who_id like '003%' then tasks.who_id end as salesforce_contact_id
        from tasks

    )

select
    people.task_id as record_id,
    'task' as kind,
    coalesce(merged.winner_id, people.salesforce_contact_id) as contact_id,
    people.salesforce_contact_id,
    case when people.salesforce_contact_id is null then 'nobody' else 'who_id' end as matched_by,
    people.what_id as about_id,
    people.subject as summary,
    {% if email_bodies_wanted() %} {{ plain_text("people.description") }}
    {% else %} case when not people.is_email then {{ plain_text("people.description") }} end
    {% endif %} as description,
    case
        when people.is_email then 'Email' else {{ text_or_null("people.type") }}
    end as activity_type,
    people.status as activity_status,
    people.activity_date as occurred_on,
    cast(null as timestamptz) as occurred_at,
    -- Salesforce deletes the tasks of a person it deletes, but does not always touch their
    -- SystemModstamp
    case
        when people.is_deleted
        then people.changed_at
        when contacts.is_deleted
        then contacts.changed_at
    end as deleted_at
from people
left join merged on merged.loser_id = people.salesforce_contact_id
left join contacts on contacts.contact_id = coalesce(merged.winner_id, people.salesforce_contact_id)
left join logged on logged.task_id = people.task_id
where
    not (
        people.is_email
        and logged.task_id is not null
        and (people.is_deleted or not logged.is_deleted)
    )
