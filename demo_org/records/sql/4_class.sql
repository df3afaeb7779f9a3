select
    getvariable('first_generated') + range as n,
    'Class of ' || (year(getvariable('stamps_end')::timestamp) + range % 5) || ' / ' || (range // 5 + 1) as "Name",
    account_id(getvariable('first_school') + range % getvariable('schools')) as "School__c",
    (year(getvariable('stamps_end')::timestamp) + range % 5)::double as "Class_Year_Number__c"
from range(getvariable('classes'))
