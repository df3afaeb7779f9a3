select
    getvariable('first_household') + range as n,
    pick(getvariable('last_names'), range, 'household') || ' Household' as "Name",
    'Household' as "Type",
    recordtype_id(getvariable('first_generated')) as "RecordTypeId",
    pick(getvariable('cities'), range, 'city') as "BillingCity",
    pick(getvariable('states'), range, 'city') as "BillingState",
    'Household Account' as "npe01__SYSTEM_AccountType__c"
from range(getvariable('households'))
