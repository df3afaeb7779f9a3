{#- What a text has to be to be taken apart: "street[, suite], city, ST zip", with a house number or a box. -#}
{%- set readable = "[^,]*[0-9][^,]*(, [^,]+)?, [^,0-9]+, [A-Za-z]{2},? [0-9]{5}(-[0-9]{4})?" -%}
{%- set country = "(?i)(^|,? )(united states( of america)?|usa|u[.]s[.]a[.]|us|u[.]s[.])$" -%}
{%- set inside_a_building = [
    "apartment",
    "apt",
    "bldg",
    "building",
    "fl",
    "floor",
    "rm",
    "room",
    "ste",
    "suite",
    "unit",
] -%}

with

    contacts as (select * from {{ ref("stg_salesforce__contacts") }}),

    kinds as (select * from {{ ref("address_kinds") }}),

    mailing as (

        select
            contact_id,
            {{ filled_text("mailing_street") }} as street,
            {{ filled_text("mailing_city") }} as city,
            {{ filled_text("mailing_state") }} as state,
            {{ filled_text("mailing_postal_code") }} as postal_code,
            {{ filled_text("mailing_country") }} as country
        from contacts

    ),

    texts as (

        select
            contacts.contact_id,
            kinds.kind,
            case
                kinds.kind
                when 'home'
                then contacts.home_address
                when 'work'
                then contacts.work_address
                when 'other'
                then contacts.other_address
            end as text
        from contacts
        cross join kinds

    ),

    filled as (

        select contact_id, kind, {{ filled_text("text") }} as salesforce_text
        from texts
        where text is not null

    ),

    in_one_line as (

        select
            *,
            trim(
                regexp_replace(
                    regexp_replace(
                        salesforce_text, '(?i)\s*(,|<br\s*/?>|[\r\n])(\s|,|<br\s*/?>)*', ', ', 'g'
                    ),
                    '\s+',
                    ' ',
                    'g'
                ),
                ', '
            ) as line
        from filled
        where salesforce_text is not null

    ),

    without_country as (

        select *, regexp_replace(line, '{{ country }}', '') as address from in_one_line

    ),

    cut as (

        select
            *,
            {{ fully_matches("address", readable) }} as looks_readable,
            regexp_replace(address, '^.* ', '') as postal_code,
            -- "street[, suite], city, ST"
            regexp_replace(address, ',? [^ ]*$', '') as front
        from without_country
        -- signs without a word, or a country alone, are no address
        where regexp_replace(address, '[[:punct:][:space:]]', '', 'g') <> ''

    ),

    cut_further as (

        select
            *,
            regexp_replace(front, '^.*, ', '') as state,
            regexp_replace(front, ', [^,]*$', '') as street_and_city
        from cut

    ),

    parts as (

        select
            *,
            regexp_replace(street_and_city, '^.*, ', '') as city,
            regexp_replace(street_and_city, ', [^,]*$', '') as street,
            ltrim(substr(line, length(address) + 1), ', ') as country
        from cut_further

    ),

    read as (

        select
            *,
            looks_readable
            and lower(regexp_replace(city, '[^A-Za-z].*$', ''))
            not in ('{{ inside_a_building | join("', '") }}') as is_readable
        from parts

    ),

    addresses as (

        select
            contact_id,
            'mailing' as kind,
            street,
            city,
            state,
            postal_code,
            country,
            cast(null as text) as salesforce_text,
            true as is_readable
        from mailing
        -- a country alone is no address
        where street is not null or city is not null or state is not null or postal_code is not null

        union all

        select
            contact_id,
            kind,
            case when is_readable then street end as street,
            case when is_readable then city end as city,
            case when is_readable then state end as state,
            case when is_readable then postal_code end as postal_code,
            case when is_readable then nullif(country, '') end as country,
            salesforce_text,
            is_readable
        from read

    )

select
    addresses.contact_id,
    addresses.kind,
    kinds.precedence,
    kinds.address_type,
    addresses.street,
    addresses.city,
    addresses.state,
    addresses.postal_code,
    addresses.country,
    addresses.salesforce_text,
    addresses.is_readable,
    coalesce(
        lower(trim(contacts.primary_address_type)) = lower(kinds.preference), false
    ) as is_preferred,
    case when contacts.is_deleted then contacts.changed_at end as deleted_at
from addresses
inner join contacts on contacts.contact_id = addresses.contact_id
inner join kinds on kinds.kind = addresses.kind
