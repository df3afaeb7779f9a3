with numbered as (
    select range as i, pick(getvariable('task_types'), range, 'type') as kind, chance(range, 'done', 80) as done, created_at(range, 'task') as happened
    from range(getvariable('tasks'))
)
select
    getvariable('first_generated') + i as n,
    if(chance(i, 'about nobody', 5), null, contact_id(getvariable('first_generated') + roll(i, 'who', getvariable('volunteers') + getvariable('teachers')))) as "WhoId",
    case
        when chance(i, 'about a session', 30) then session__c_id(getvariable('first_generated') + roll(i, 'session', getvariable('sessions')))
        when chance(i, 'about an account', 30) then account_id(getvariable('first_organization') + roll(i, 'account', getvariable('organizations')))
    end as "WhatId",
    if(kind = 'Email', 'Email: ', '') || pick(getvariable('subjects'), i, 'subject') as "Subject",
    if(chance(i, 'dateless', 4), null, happened::date) as "ActivityDate",
    if(done, 'Completed', ['Not Started', 'In Progress', 'Deferred'][1 + roll(i, 'status', 3)]) as "Status",
    'Normal' as "Priority",
    if(chance(i, 'described', 60), '<p>Called about <b>next week</b>; they said "yes".</p>', null) as "Description",
    if(chance(i, 'typeless', 3), null, kind) as "Type",
    done as "IsClosed",
    chance(i, 'archived', 2) as "IsArchived",
    case kind when 'Email' then 'Email' when 'Call' then 'Call' else 'Task' end as "TaskSubtype",
    if(kind = 'Call', roll(i, 'seconds', 1800), null) as "CallDurationInSeconds",
    if(done, happened + interval 1 day, null) as "CompletedDateTime",
    chance(i, 'deleted', 1) as "IsDeleted"
from numbered
