-- From two years ago to three months ahead, in school hours of Kansas City; what is past is mostly completed.
with numbered as (
    select
        range as i,
        date_trunc('day', getvariable('stamps_end')::timestamp) + to_days(roll(range, 'day', 790)::int - 700)
            + to_hours(14 + roll(range, 'hour', 8)) + to_minutes(roll(range, 'quarter', 4) * 15) as starts,
        roll(range, 'school', getvariable('schools')) as school,
        roll(range, 'status', 100) as lot,
        pick(getvariable('session_types'), range, 'type') as kind,
        (5 + roll(range, 'jobs', 30))::double as jobs
    from range(getvariable('sessions'))
),
filled as (
    select *, floor(jobs * roll(i, 'filled', 101) / 100) as filled, starts < getvariable('stamps_end')::timestamp as is_past from numbered
)
select
    getvariable('first_generated') + i as n,
    kind || ': ' || pick(getvariable('topics'), i, 'topic') || ' #' || (i + 1) as "Name",
    recordtype_id(getvariable('first_generated') + if(kind = 'Connector Session', 3, 4)) as "RecordTypeId",
    if(chance(i, 'typeless', 2), null, kind) as "Session_Type__c",
    if(kind = 'Connector Session' or chance(i, 'virtual', 15), 'Virtual', 'In-Person') as "Format__c",
    starts as "Start_Date_and_Time__c",
    starts + to_minutes(45 + 15 * roll(i, 'length', 12)) as "End_Date_and_Time__c",
    starts::date as "Start_Date__c",
    strftime(starts, '%Y-%m-%d %H:%M:%SZ') as "Date_and_Time_for_Cal__c",
    case
        when is_past then case when lot < 86 then 'Completed' when lot < 94 then 'Cancelled' when lot < 96 then 'No Show' when lot < 97 then 'Simulcast' when lot < 98 then 'Count' else 'Draft' end
        else case when lot < 40 then 'Confirmed' when lot < 70 then 'Published' when lot < 90 then 'Requested' else 'Draft' end
    end as "Session_Status__c",
    case when is_past and lot between 86 and 93 then ['Inclement Weather Cancellation', 'Presenter Cancelled', null, 'Other'][1 + roll(i, 'reason', 4)] end as "Cancellation_Reason__c",
    if(chance(i, 'located', 70), 'Room ' || roll(i, 'room', 300) || ', enter by the east door', null) as "Location_Information__c",
    if(chance(i, 'described', 50), 'Students meet people from the field.' || chr(10) || 'Bring questions, "good" ones; all welcome.', null) as "Description__c",
    if(chance(i, 'unscheduled', 20), roll(i, 'unscheduled are', 60)::double, null) as "Non_Scheduled_Students_Count__c",
    if(chance(i, 'district', 60), district_name(district_of(school)), null) as "District__c",
    if(chance(i, 'at school', 70), account_id(getvariable('first_school') + school), null) as "School__c",
    if(chance(i, 'parent account', 20), ['KCKPS', 'KCPS', 'Hickman Mills', 'Center', 'Somewhere Else'][1 + roll(i, 'parent account is', 5)], null) as "Parent_Account__c",
    if(chance(i, 'skills', 30), pick(getvariable('event_skills'), i, 'skill') || ', ' || pick(getvariable('event_skills'), i, 'skill two'), null) as "Legacy_Skill_Covered_for_the_Session__c",
    if(chance(i, 'requested', 20), pick(getvariable('event_skills'), i, 'skill three'), null) as "Requested_Skills__c",
    jobs as "Total_Requested_Volunteer_Jobs__c",
    filled as "Filled_Volunteer_Jobs__c",
    jobs - filled as "Available_Slots__c",
    pick(getvariable('hosts'), i, 'host') as "Session_Host__c",
    if(not is_past, '<a href="https://www.example.org/register/' || i || '" target="_blank">Sign up</a>', null) as "Registration_Link__c",
    if(chance(i, 'website', 60), 'Yes', 'No') as "Display_on_Website__c"
from filled
