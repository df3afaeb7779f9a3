select
    getvariable('first_generated') + unnest(range(6)) as n,
    unnest(['Household Account', 'Organization', 'Person', 'Connector Session', 'Non-Connector Session', 'Request']) as "Name",
    unnest(['HH_Account', 'Organization', 'Person', 'Connector_Session', 'Non_Connector_Session', 'Request']) as "DeveloperName",
    unnest(['Account', 'Account', 'Contact', 'Session__c', 'Session__c', 'Case']) as "SobjectType",
    true as "IsActive"
