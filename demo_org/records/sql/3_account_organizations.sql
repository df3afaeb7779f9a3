-- A quarter has no type: nobody filled it in.
select
    getvariable('first_organization') + range as n,
    trim(pick(getvariable('company_firsts'), range, 'first') || ' ' || pick(getvariable('company_seconds'), range, 'second')
        || ' ' || pick(getvariable('company_ends'), range, 'end')) || if(range < 200, '', ' ' || range) as "Name",
    if(chance(range, 'typeless', 25), null, pick(getvariable('company_types'), range, 'type')) as "Type",
    recordtype_id(getvariable('first_generated') + 1) as "RecordTypeId",
    if(chance(range, 'parent', 8) and range > 10, account_id(getvariable('first_organization') + roll(range, 'parent is', 10)), null) as "ParentId",
    if(chance(range, 'described', 40), 'Works with schools since ' || (1990 + roll(range, 'since', 30)) || '.', null) as "Description",
    if(chance(range, 'address', 70), (1 + roll(range, 'house', 9999)) || ' ' || pick(getvariable('streets'), range, 'street'), null) as "BillingStreet",
    if(chance(range, 'address', 80), pick(getvariable('cities'), range, 'city'), null) as "BillingCity",
    if(chance(range, 'address', 80), pick(getvariable('states'), range, 'city'), null) as "BillingState",
    if(chance(range, 'address', 75), pick(getvariable('zip_codes'), range, 'city'), null) as "BillingPostalCode",
    if(chance(range, 'address', 50), 'USA', null) as "BillingCountry",
    if(chance(range, 'phone', 70), '(816) 555-' || lpad(roll(range, 'phone number', 10000)::varchar, 4, '0'), null) as "Phone",
    if(chance(range, 'website', 60), 'https://www.example.org/' || range, null) as "Website",
    if(chance(range, 'revenue', 50), roll(range, 'revenue is', 3000000000)::double, null) as "AnnualRevenue",
    if(chance(range, 'employees', 50), 1 + roll(range, 'employees are', 20000), null) as "NumberOfEmployees",
    if(chance(range, 'since', 60), date '1995-01-01' + roll(range, 'since is', 10000)::int, null) as "Partner_Since__c",
    if(chance(range, 'gifts', 30), roll(range, 'gifts are', 100000000) / 100.0, null) as "npo02__TotalOppAmount__c",
    if(chance(range, 'activity', 60), modified_at(range, 'activity')::date, null) as "LastActivityDate",
    chance(range, 'partner', 30) as "Is_Partner__c",
    'Organization' as "npe01__SYSTEM_AccountType__c"
from range(getvariable('organizations'))
