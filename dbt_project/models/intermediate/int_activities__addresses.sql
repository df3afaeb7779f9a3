with

    emails as (select * from {{ ref("int_emails__of_contacts") }}),

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    staff as (

        select {{ folded("email") }} as email
        from {{ ref("stg_salesforce__users") }}
        where email is not null and coalesce({{ folded("user_type") }}, 'standard') = 'standard'

    ),

    held as (

        select distinct emails.email, coalesce(merged.winner_id, emails.contact_id) as contact_id
        from emails
        left join merged on merged.loser_id = emails.contact_id

    )

select
    held.email,
    held.contact_id,
    contacts.account_id,
    count(*) over (partition by held.email) as holders
from held
inner join contacts on contacts.contact_id = held.contact_id
left join staff on staff.email = held.email
where not contacts.is_deleted and staff.email is null
