with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    merged as (select * from {{ ref("int_contacts__merged") }}),

    spelled_names as (select * from {{ ref("int_contacts__spelled_names") }}),

    types as (select * from {{ ref("contact_types") }}),

    genders as (select * from {{ ref("genders") }}),

    age_groups as (select * from {{ ref("age_groups") }}),

    education_levels as (select * from {{ ref("education_levels") }}),

    known_backgrounds as (

        select
            raw_value,
            count(*) - count(race_ethnicity) as unmapped,
            -- that a person would rather not say is no background of its own
            count(distinct nullif(race_ethnicity, 'prefer_not_to_say')) as different,
            min(nullif(race_ethnicity, 'prefer_not_to_say')) as first_word,
            min(race_ethnicity) as any_word
        from {{ ref("int_contacts__backgrounds") }}
        group by raw_value

    ),

    race_ethnicities as (

        select
            raw_value,
            case
                when different > 1
                then 'two_or_more'
                when unmapped = 0
                then coalesce(first_word, any_word)
            end as race_ethnicity
        from known_backgrounds

    )

select
    contacts.contact_id,
    case
        when {{ text_or_null("contacts.contact_type") }} is null
        then 'volunteer'
        else types.contact_type
    end as contact_type,
    contacts.contact_type as salesforce_contact_type,
    {{ text_or_null("contacts.contact_type") }} is null as type_is_missing,
    {{ single_spaced("contacts.salutation") }} as salutation,
    coalesce(first_names.spelled_name, {{ single_spaced("contacts.first_name") }}) as first_name,
    coalesce(middle_names.spelled_name, {{ single_spaced("contacts.middle_name") }}) as middle_name,
    coalesce(last_names.spelled_name, {{ single_spaced("contacts.last_name") }}) as last_name,
    {{ single_spaced("contacts.suffix") }} as suffix,
    genders.gender,
    contacts.gender as salesforce_gender,
    race_ethnicities.race_ethnicity,
    contacts.racial_ethnic_background as salesforce_race_ethnicity,
    age_groups.age_group,
    contacts.age_group as salesforce_age_group,
    education_levels.education_level,
    contacts.education_level as salesforce_education_level,
    contacts.birthdate,
    contacts.description,
    contacts.is_do_not_call as do_not_call,
    contacts.is_do_not_contact as do_not_contact,
    contacts.has_opted_out_of_email as email_opt_out,
    contacts.email_bounced_at,
    contacts.last_email_message_date as last_email_date,
    contacts.account_id as salesforce_account_id,
    merged.winner_id as merged_into_id,
    case when contacts.is_deleted then contacts.changed_at end as deleted_at
from contacts
left join merged on merged.loser_id = contacts.contact_id
left join spelled_names as first_names on first_names.name = contacts.first_name
left join spelled_names as middle_names on middle_names.name = contacts.middle_name
left join spelled_names as last_names on last_names.name = contacts.last_name
left join
    types on {{ folded("types.salesforce_contact_type") }} = {{ folded("contacts.contact_type") }}
left join genders on {{ folded("genders.salesforce_gender") }} = {{ folded("contacts.gender") }}
left join
    age_groups
    on {{ folded("age_groups.salesforce_age_group") }} = {{ folded("contacts.age_group") }}
left join
    education_levels
    on {{ folded("education_levels.salesforce_education_level") }}
    = {{ folded("contacts.education_level") }}
left join race_ethnicities on race_ethnicities.raw_value = contacts.racial_ethnic_background
