-- Most go to one volunteer; some belong to a case, some to a task that logs the same message.
with numbered as (
    select
        range as i,
        contact_id(getvariable('first_generated') + roll(range, 'who', getvariable('volunteers'))) as contact,
        chance(range, 'incoming', 40) as incoming,
        chance(range, 'of a case', 15) as of_case
    from range(getvariable('emails'))
)
select
    getvariable('first_generated') + i as n,
    if(of_case, case_id(getvariable('first_generated') + roll(i, 'case', getvariable('cases'))), null) as "ParentId",
    if(not of_case and chance(i, 'logged', 20), task_id(getvariable('first_generated') + roll(i, 'task', getvariable('tasks'))), null) as "ActivityId",
    'Hello,' || chr(13) || chr(10) || 'thank you for the visit; see you soon.' as "TextBody",
    if(chance(i, 'html', 50), '<html><body><p>Hello,</p><p>thank you for the visit &amp; see you soon.</p></body></html>', null) as "HtmlBody",
    pick(getvariable('subjects'), i, 'subject') as "Subject",
    if(incoming, coalesce(contacts."Email", 'unknown@example.org'), 'office@example.org') as "FromAddress",
    if(incoming, 'office@example.org', coalesce(contacts."Email", 'unknown@example.org')
        || if(chance(i, 'two', 10), '; second.reader@example.org', '')) as "ToAddress",
    if(chance(i, 'copied', 10), 'office@example.org', null) as "CcAddress",
    incoming as "Incoming",
    if(incoming, '1', '3') as "Status",
    created_at(i, 'EmailMessage') as "MessageDate",
    case
        when of_case then "ParentId"
        when chance(i, 'related', 80) then contact
        when chance(i, 'account', 50) then account_id(getvariable('first_organization') + roll(i, 'account is', getvariable('organizations')))
    end as "RelatedToId",
    '<' || i || '.demo@example.org>' as "MessageIdentifier",
    chance(i, 'deleted', 1) as "IsDeleted"
from numbered
inner join "Contact" as contacts on contacts."Id" = contact
order by i
