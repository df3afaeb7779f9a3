-- How many are volunteers is the org's mixture; who took part follows from what became of the session.
with numbered as (
    select
        range as i,
        session__c_id(getvariable('first_generated') + roll(range, 'session', getvariable('sessions'))) as session,
        case
            when range % getvariable('teachers_every') = getvariable('teachers_every') - 1 then 'Teacher'
            when range % getvariable('volunteer_turns')[2] < getvariable('volunteer_turns')[1] then 'Volunteer'
            else 'Student'
        end as kind
    from range(getvariable('participants'))
),
who as (
    select
        *,
        contact_id(getvariable('first_generated') + case kind
            when 'Volunteer' then roll(i, 'who', getvariable('volunteers'))
            when 'Teacher' then getvariable('volunteers') + roll(i, 'who', getvariable('teachers'))
            else getvariable('volunteers') + getvariable('teachers') + roll(i, 'who', getvariable('students'))
        end) as contact
    from numbered
)
select
    getvariable('first_generated') + i as n,
    'SP-' || lpad((i + 1)::varchar, 8, '0') as "Name",
    session as "Session__c",
    contact as "Contact__c",
    kind as "Participant_Type__c",
    case
        when sessions."Session_Status__c" = 'Cancelled' then if(kind = 'Volunteer', 'Event Cancelled', 'Excused')
        when sessions."Session_Status__c" in ('Completed', 'Simulcast', 'Count') then case
            when chance(i, 'left scheduled', 1) then 'Scheduled'
            when chance(i, 'came', 88) then if(kind = 'Volunteer' and chance(i, 'completed', 5), 'Completed', 'Attended')
            else if(kind = 'Volunteer', 'No-Show', 'Absent') end
        else if(kind = 'Student', 'Registered', 'Scheduled')
    end as "Status__c",
    if("Status__c" in ('Attended', 'Completed') and kind <> 'Student', (1 + roll(i, 'hours', 16)) / 4.0, null) as "Delivery_Hours__c",
    contacts."Age_Group__c" as "Age_Group__c",
    contacts."Email" as "Email__c",
    contacts."Title" as "Title__c",
    chance(i, 'deleted', 1) as "IsDeleted"
from who
inner join "Session__c" as sessions on sessions."Id" = who.session
inner join "Contact" as contacts on contacts."Id" = who.contact
order by i
