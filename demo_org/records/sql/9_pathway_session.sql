select
    getvariable('first_generated') + range as n,
    'PS-' || lpad((range + 1)::varchar, 5, '0') as "Name",
    pathway__c_id(getvariable('first_generated') + range % getvariable('pathways')) as "Pathway__c",
    session__c_id(getvariable('first_generated') + roll(range, 'session', getvariable('sessions'))) as "Session__c"
from range(getvariable('pathway_sessions'))
