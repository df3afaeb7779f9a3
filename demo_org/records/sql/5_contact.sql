-- Volunteers first, then teachers, then students; most people in the org are students.
with numbered as (
    select
        range as i,
        case
            when range < getvariable('volunteers') then 'Volunteer'
            when range < getvariable('volunteers') + getvariable('teachers') then 'Teacher'
            else 'Student'
        end as kind,
        roll(range, 'school', getvariable('schools')) as school,
        roll(range, 'grade', 13) as grade,
        roll(range, 'place', 8) as place
    from range(getvariable('contacts'))
),
named as (
    select
        *,
        kind = 'Volunteer' as volunteers,
        kind = 'Student' as studies,
        pick(getvariable('first_names'), i, 'first') as first_name,
        pick(getvariable('last_names'), i, 'last') as last_name,
        if(chance(i, 'middle', 15), pick(getvariable('middle_names'), i, 'middle is'), null) as middle_name
    from numbered
),
reached as (
    select
        *,
        -- accents and spaces would make addresses that the rules for e-mail rightly refuse
        regexp_replace(lower(strip_accents(first_name || '.' || last_name)), '[^a-z.]', '', 'g') || '.' || i as mailbox
    from named
)
select
    getvariable('first_generated') + i as n,
    if(chance(i, 'household', getvariable('household_percent')), account_id(getvariable('first_household') + roll(i, 'household is', getvariable('households'))), null) as "AccountId",
    if(volunteers and chance(i, 'shouting', 1.5), upper(last_name), last_name) as "LastName",
    if(volunteers and chance(i, 'shouting', 1.5), upper(first_name), first_name) as "FirstName",
    middle_name as "MiddleName",
    if(not studies and chance(i, 'salutation', 30), ['Mr.', 'Ms.', 'Dr.'][1 + roll(i, 'salutation is', 3)], null) as "Salutation",
    recordtype_id(getvariable('first_generated') + 2) as "RecordTypeId",
    if(chance(i, 'address', 60), (1 + roll(i, 'house', 9999)) || ' ' || pick(getvariable('streets'), i, 'street'), null) as "MailingStreet",
    if(chance(i, 'address', 70), getvariable('cities')[1 + place], null) as "MailingCity",
    if(chance(i, 'address', 70), getvariable('states')[1 + place], null) as "MailingState",
    if(chance(i, 'address', 65), getvariable('zip_codes')[1 + place], null) as "MailingPostalCode",
    if(chance(i, 'country', 50), 'US', null) as "MailingCountry",
    if(not studies and chance(i, 'phone', 70), '816-555-' || lpad(roll(i, 'phone is', 10000)::varchar, 4, '0'), null) as "Phone",
    if(chance(i, 'mobile', 40), '(913) 555-' || lpad(roll(i, 'mobile is', 10000)::varchar, 4, '0'), null) as "MobilePhone",
    if(volunteers and chance(i, 'home phone', 30), '8165550' || lpad(roll(i, 'home phone is', 1000)::varchar, 3, '0'), null) as "HomePhone",
    if(chance(i, 'email', if(studies, 20, 90)), mailbox || '@example.org', null) as "Email",
    if(not studies and chance(i, 'title', 80), pick(getvariable('titles'), i, 'title is'), null) as "Title",
    if(not studies and chance(i, 'department', 50), pick(getvariable('departments'), i, 'department is'), null) as "Department",
    if(studies or chance(i, 'birthdate', 30),
        make_date(year(getvariable('stamps_end')::timestamp) - if(studies, 5 + grade, 24 + roll(i, 'age', 50)), 1, 1) + roll(i, 'birthday', 365)::int,
        null) as "Birthdate",
    if(volunteers and chance(i, 'described', 15), 'Prefers mornings.' || chr(10) || 'Asked on a call.', null) as "Description",
    volunteers and chance(i, 'no calls', 5) as "DoNotCall",
    volunteers and chance(i, 'opted out', 8) as "HasOptedOutOfEmail",
    if(volunteers and chance(i, 'bounced', 3), modified_at(i, 'bounced'), null) as "EmailBouncedDate",
    volunteers and chance(i, 'bounced', 3) as "IsEmailBounced",
    if(volunteers and chance(i, 'type blank', 4), null, kind) as "Contact_Type__c",
    if(volunteers and chance(i, 'alternate email', 15), mailbox || '.alt@example.org', null) as "npe01__AlternateEmail__c",
    if(volunteers and chance(i, 'home email', 50), mailbox || '@home.example.org', null) as "npe01__HomeEmail__c",
    if(volunteers and chance(i, 'work email', 60), mailbox || '@work.example.org', null) as "npe01__WorkEmail__c",
    if(volunteers and chance(i, 'preferred email', 60), ['Personal', 'Work', 'Alternate'][1 + roll(i, 'preferred email is', 3)], null) as "npe01__Preferred_Email__c",
    if(volunteers and chance(i, 'work phone', 40), '816.555.' || lpad(roll(i, 'work phone is', 10000)::varchar, 4, '0') || ' x' || roll(i, 'extension', 999), null) as "npe01__WorkPhone__c",
    if(volunteers and chance(i, 'preferred phone', 50), ['Home', 'Work', 'Mobile'][1 + roll(i, 'preferred phone is', 3)], null) as "npe01__PreferredPhone__c",
    if(volunteers and chance(i, 'work address', 30), (1 + roll(i, 'work house', 999)) || ' Paper Mill Rd, Suite 5, Kansas City, MO 64106', null) as "npe01__Work_Address__c",
    if(volunteers, ['Home', 'Work', null][1 + roll(i, 'primary address', 3)], null) as "npe01__Primary_Address_Type__c",
    case
        when volunteers and chance(i, 'employed', 70) then account_id(getvariable('first_organization') + roll(i, 'employer', getvariable('organizations')))
        when not volunteers and chance(i, 'enrolled', getvariable('enrolled_percent')) then account_id(getvariable('first_school') + school)
    end as "npsp__Primary_Affiliation__c",
    chance(i, 'do not contact', 2) as "npsp__Do_Not_Contact__c",
    if(chance(i, 'gender', 80), pick(getvariable('genders'), i, 'gender is'), null) as "Gender__c",
    if(chance(i, 'background', 75), pick(getvariable('backgrounds'), i, 'background is'), null) as "Racial_Ethnic_Background__c",
    if(volunteers and chance(i, 'education', 60), pick(getvariable('educations'), i, 'education is'), null) as "Highest_Level_of_Educational__c",
    if(volunteers and chance(i, 'age group', 60), pick(getvariable('age_groups'), i, 'age group is'), if(studies, 'Under 18', null)) as "Age_Group__c",
    if(volunteers and chance(i, 'notes', 20), 'Met at the career fair; has a "green" badge, likes robots.', null) as "Volunteer_Recruitment_Notes__c",
    if(volunteers and chance(i, 'skills', 60), pick(getvariable('skills'), i, 'skill') || if(chance(i, 'second skill', 50), ';' || pick(getvariable('skills'), i, 'second skill is'), ''), null) as "Volunteer_Skills__c",
    if(volunteers and chance(i, 'skill text', 30), lower(pick(getvariable('skills'), i, 'skill')) || ', ' || pick(getvariable('skills'), i, 'third skill'), null) as "Volunteer_Skills_Text__c",
    if(volunteers and chance(i, 'interests', 50), pick(getvariable('interests'), i, 'interest'), null) as "Volunteer_Interests__c",
    if(volunteers, if(chance(i, 'never', 20), null, roll(i, 'times', 40)::double), null) as "Number_of_Attended_Volunteer_Sessions__c",
    if(volunteers and not chance(i, 'never', 20), roll(i, 'times', 40) * 1.5, null) as "Total_Hours__c",
    if(volunteers and chance(i, 'mailed', 60), modified_at(i, 'mailed')::date, null) as "Last_Mailchimp_Email_Date__c",
    if(volunteers and not chance(i, 'never', 20), modified_at(i, 'volunteered')::date, null) as "Last_Volunteer_Date__c",
    if(volunteers and not chance(i, 'never', 20), created_at(i, 'volunteered')::date, null) as "First_Volunteer_Date__c",
    if(not studies and chance(i, 'wrote', 50), modified_at(i, 'wrote')::date, null) as "Last_Email_Message__c",
    if(volunteers and chance(i, 'active', 70), modified_at(i, 'active')::date, null) as "Last_Activity_Date__c",
    if(volunteers and chance(i, 'active', 60), created_at(i, 'active')::date, null) as "Last_Non_Internal_Email_Activity__c",
    if(studies, lpad((100000 + i)::varchar, 8, '0'), null) as "Local_Student_ID__c",
    -- the classes of school s are the numbers c with c % schools = s: see 4_class.sql
    if(studies and school < getvariable('classes') and chance(i, 'in a class', 80), class__c_id(getvariable('first_generated') + school), null) as "Class__c",
    if(studies and chance(i, 'legacy grade', 30), grade || 'th', null) as "Legacy_Grade__c",
    if(studies, grade::double, null) as "Current_Grade__c",
    if(studies and chance(i, 'state number', 80), (1000000000 + i * 7)::double, null) as "State_Student_Number__c",
    if(studies and grade > 8, roll(i, 'grades', 4001) / 1000.0, null) as "Grade_Point_Average__c",
    if(volunteers and chance(i, 'connector', 5), 'ACTIVE', if(volunteers, 'NONE', null)) as "Connector_Active_Subscription__c",
    if(volunteers and chance(i, 'connector', 5), lpad(i::varchar, 7, '0'), null) as "Connector_User_ID__c",
    if(volunteers and chance(i, 'connector', 5), 'https://www.example.org/profiles/' || i, null) as "Connector_Profile_Link__c",
    concat_ws(' ', "FirstName", "MiddleName", "LastName") as "Name",
    "MailingStreet" as "npe01__Home_Address__c"
from reached
