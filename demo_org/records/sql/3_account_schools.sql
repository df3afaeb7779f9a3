-- Five schools to a district; the name says the level, as the sheet of levels does.
select
    getvariable('first_school') + range as n,
    getvariable('school_firsts')[1 + range % 15] || ' '
        || ['Elementary School', 'Middle School', 'High School', 'Academy'][1 + (range // 15) % 4]
        || if(range < 60, '', ' ' || (range // 60 + 1)) as "Name",
    'School' as "Type",
    recordtype_id(getvariable('first_generated') + 1) as "RecordTypeId",
    account_id(getvariable('first_generated') + district_of(range)) as "ParentId",
    lower(replace(getvariable('school_firsts')[1 + range % 15], ' ', '-')) as "Connector_Account_Name__c",
    lpad((1000 + range)::varchar, 6, '0') as "School_Code_External_ID__c",
    (100 + roll(range, 'house', 9000)) || ' ' || pick(getvariable('streets'), range, 'street') as "BillingStreet",
    pick(getvariable('cities'), range, 'city') as "BillingCity",
    pick(getvariable('states'), range, 'city') as "BillingState",
    pick(getvariable('zip_codes'), range, 'city') as "BillingPostalCode",
    'United States' as "BillingCountry",
    39 + roll(range, 'latitude', 1000000) / 1000000.0 as "BillingLatitude",
    -94 - roll(range, 'longitude', 1000000) / 1000000.0 as "BillingLongitude",
    '816555' || lpad(roll(range, 'phone', 10000)::varchar, 4, '0') as "Phone",
    (150 + roll(range, 'enrolment', 1800))::double as "Enrollment__c",
    roll(range, 'lunch', 10001) / 100.0 as "Free_Reduced_Lunch__c",
    (1 + roll(range, 'ratio', 1000000000)) / 1000000007.0 as "Attendance_Ratio__c",
    make_time(7 + roll(range, 'bell', 2), roll(range, 'bell minutes', 12) * 5, 0) as "First_Bell__c",
    if(chance(range, 'roster', 70), modified_at(range, 'roster'), null) as "Last_Roster_Upload__c",
    if(chance(range, 'programs', 60), 'BFI;' || ['DIA', 'IGNITE', 'P2T'][1 + roll(range, 'program', 3)], null) as "Programs__c",
    chance(range, 'partner', 80) as "Is_Partner__c",
    'Organization' as "npe01__SYSTEM_AccountType__c"
from range(getvariable('schools'))
