with

    messages as (select * from {{ ref("stg_salesforce__email_messages") }}),

    people as (select * from {{ ref("int_activities__people_of_messages") }})

select
    messages.email_message_id as record_id,
    'email' as kind,
    people.contact_id,
    people.salesforce_contact_id,
    coalesce(people.matched_by, 'nobody') as matched_by,
    messages.related_to_id as about_id,
    messages.subject as summary,
    nullif(
        concat_ws(
            chr(10),
            'From: ' || messages.from_address,
            'To: ' || messages.to_addresses,
            'Cc: ' || messages.cc_addresses,
            'Bcc: ' || messages.bcc_addresses
            {%- if email_bodies_wanted() %}
                ,
                'Body: ' || coalesce(
                    {{ plain_text("messages.text_body") }}, {{ plain_text("messages.html_body") }}
                )
            {%- endif %}
        ),
        ''
    ) as description,
    'Email' as activity_type,
    case
        when messages.status = '5'
        then 'Draft'
        when messages.is_incoming
        then 'Received'
        when not messages.is_incoming
        then 'Sent'
    end as activity_status,
    cast(messages.sent_at at time zone '{{ organization_time_zone() }}' as date) as occurred_on,
    messages.sent_at as occurred_at,
    case when messages.is_deleted then messages.changed_at end as deleted_at
from messages
left join people on people.email_message_id = messages.email_message_id
