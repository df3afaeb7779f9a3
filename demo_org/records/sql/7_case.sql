with numbered as (
    select range as i, chance(range, 'closed', 70) as is_closed from range(getvariable('cases'))
)
select
    getvariable('first_generated') + i as n,
    lpad((1000 + i)::varchar, 8, '0') as "CaseNumber",
    if(chance(i, 'nobody', 10), null, contact_id(getvariable('first_generated') + roll(i, 'who', getvariable('volunteers')))) as "ContactId",
    recordtype_id(getvariable('first_generated') + 5) as "RecordTypeId",
    'Question' as "Type",
    if(is_closed, 'Closed', 'Working') as "Status",
    'Email' as "Origin",
    pick(getvariable('subjects'), i, 'subject') as "Subject",
    'Medium' as "Priority",
    'How do I sign up for the next session?' as "Description",
    is_closed as "IsClosed",
    if(is_closed, created_at(i, 'Case') + interval 3 day, null) as "ClosedDate"
from numbered
