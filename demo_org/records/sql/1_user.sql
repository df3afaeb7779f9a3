-- Eight people work in the org; the last one has left.
select
    getvariable('first_generated') + range as n,
    'demo.user' || range || '@landfall-demo.example.org' as "Username",
    getvariable('last_names')[1 + range] as "LastName",
    getvariable('first_names')[1 + range] as "FirstName",
    getvariable('first_names')[1 + range] || ' ' || getvariable('last_names')[1 + range] as "Name",
    'Demo Partnership' as "CompanyName",
    'demo.user' || range || '@example.org' as "Email",
    'duser' || range as "Alias",
    range < 7 as "IsActive",
    'America/Chicago' as "TimeZoneSidKey",
    'en_US' as "LocaleSidKey",
    'UTF-8' as "EmailEncodingKey",
    'en_US' as "LanguageLocaleKey",
    'Standard' as "UserType",
    '00eLf000000000' || range || 'AAA' as "ProfileId",
    if(range > 0, user_id(getvariable('first_generated')), null) as "ManagerId"
from range(8)
