{{ config(materialized="table") }}  {# a view would hide from PostgreSQL how many rows it has #}

{#
    More people than this cannot share an address: it is a school's, or one that stands for none. It names a person
    only when the message is related to that person's account.
-#}
{% set shared_by_at_most = 10 %}

with

    messages as (select * from {{ ref("stg_salesforce__email_messages") }}),

    addresses as (select * from {{ ref("int_activities__addresses") }}),

    merged_contacts as (select * from {{ ref("int_contacts__merged") }}),

    merged_accounts as (select * from {{ ref("int_accounts__merged") }}),

    cases as (select * from {{ ref("stg_salesforce__cases") }}),

    named as (

        select messages.email_message_id, pieces.address, 1 as step
        from messages
        cross join {{ mail_addresses("messages.to_addresses") }} as pieces(address)

        union all

        select messages.email_message_id, pieces.address, 2 as step
        from messages
        cross join {{ mail_addresses("messages.from_address") }} as pieces(address)

    ),

    held as (

        select
            named.email_message_id,
            named.step,
            addresses.contact_id,
            addresses.account_id,
            addresses.holders
        from named
        inner join addresses on addresses.email = named.address

    ),

    matched as (

        select email_message_id, step, contact_id as salesforce_contact_id
        from held
        where holders <= {{ shared_by_at_most }}

        union all

        select email_message_id, 3 as step, related_to_id as salesforce_contact_id
        from messages
        where related_to_id like '003%'

        union all

        select messages.email_message_id, 4 as step, cases.contact_id as salesforce_contact_id
        from messages
        inner join
            cases
            on cases.case_id = case
                when messages.related_to_id like '500%'
                then messages.related_to_id
                else messages.case_id
            end
        where cases.contact_id is not null

        union all

        select held.email_message_id, 5 as step, held.contact_id as salesforce_contact_id
        from held
        inner join messages on messages.email_message_id = held.email_message_id
        left join
            merged_accounts as related_merged on related_merged.loser_id = messages.related_to_id
        left join merged_accounts as own_merged on own_merged.loser_id = held.account_id
        where
            messages.related_to_id like '001%'
            and coalesce(own_merged.winner_id, held.account_id)
            = coalesce(related_merged.winner_id, messages.related_to_id)

    ),

    {# Who wrote and who was written to are both concerned; the later steps only help where neither is known. #}
    ranked as (

        select
            matched.email_message_id,
            matched.step,
            matched.salesforce_contact_id,
            coalesce(merged_contacts.winner_id, matched.salesforce_contact_id) as contact_id,
            min(matched.step) over (partition by matched.email_message_id) as first_step
        from matched
        left join merged_contacts on merged_contacts.loser_id = matched.salesforce_contact_id

    ),

    chosen as (

        select
            ranked.*,
            row_number() over (partition by email_message_id, contact_id order by step) as place
        from ranked
        where step = first_step or step <= 2

    )

select
    email_message_id,
    contact_id,
    salesforce_contact_id,
    case
        step
        when 1
        then 'to_address'
        when 2
        then 'from_address'
        when 3
        then 'related_contact'
        when 4
        then 'case'
        else 'account'
    end as matched_by
from chosen
where place = 1
