-- The first twelve are the real ones; a larger org has as many more as it needs.
select
    getvariable('first_generated') + range as n,
    district_name(range) as "Name",
    'School District' as "Type",
    recordtype_id(getvariable('first_generated') + 1) as "RecordTypeId",
    district_code(range) as "School_Code_External_ID__c",
    pick(getvariable('cities'), range, 'district city') as "BillingCity",
    pick(getvariable('states'), range, 'district city') as "BillingState",
    (1000 + roll(range, 'district enrolment', 30000))::double as "Enrollment__c",
    district_name(range) || coalesce(' ' || district_code(range), '') as "Name_And_Code__c",
    true as "Is_Partner__c",
    'Organization' as "npe01__SYSTEM_AccountType__c"
from range(getvariable('districts_count'))
