select
    getvariable('first_generated') + range as n,
    'PP-' || lpad((range + 1)::varchar, 5, '0') as "Name",
    pathway__c_id(getvariable('first_generated') + range % getvariable('pathways')) as "Pathway__c",
    contact_id(getvariable('first_generated') + roll(range, 'who', getvariable('contacts'))) as "Contact__c"
from range(getvariable('pathway_participants'))
