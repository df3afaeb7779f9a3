-- First volunteers' employers, then teachers' schools, the rest students'; how many of each is the org's mixture.
with numbered as (
    select range as i, roll(range, 'side', getvariable('affiliation_sides')[3]) as side, chance(range, 'past', 25) as is_past, created_at(range, 'joined')::date as joined
    from range(getvariable('affiliations'))
)
select
    getvariable('first_generated') + i as n,
    'A-' || lpad((i + 1)::varchar, 7, '0') as "Name",
    contact_id(getvariable('first_generated') + case
        when side < getvariable('affiliation_sides')[1] then roll(i, 'who', getvariable('volunteers'))
        when side < getvariable('affiliation_sides')[2] then getvariable('volunteers') + roll(i, 'who', getvariable('teachers'))
        else getvariable('volunteers') + getvariable('teachers') + roll(i, 'who', getvariable('students'))
    end) as "npe5__Contact__c",
    account_id(case
        when side < getvariable('affiliation_sides')[1] then getvariable('first_organization') + roll(i, 'where', getvariable('organizations'))
        else getvariable('first_school') + roll(i, 'where', getvariable('schools'))
    end) as "npe5__Organization__c",
    case when side < getvariable('affiliation_sides')[1] then pick(getvariable('titles'), i, 'role') when side < getvariable('affiliation_sides')[2] then 'Teacher' end as "npe5__Role__c",
    chance(i, 'primary', 40) as "npe5__Primary__c",
    case when is_past then 'Former' when chance(i, 'pending', 3) then 'Pending' else 'Current' end as "npe5__Status__c",
    if(chance(i, 'dated', 60), joined, null) as "npe5__StartDate__c",
    if(is_past and chance(i, 'ended', 50), joined + 30 + roll(i, 'stayed', 300)::int, null) as "npe5__EndDate__c"
from numbered
