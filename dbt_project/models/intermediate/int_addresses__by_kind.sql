{#- "street[, suite], city, ST zip[, country]", with a house number or a box; its parts are \1, \3, \4, \5 and \8. -#}
{%- set street = "([^,|]*[0-9][^,|]*(, [^,|]+)?)" -%}
{%- set city_and_state = "([^,|0-9]+), ([a-z]{2})" -%}
{%- set postal_code = "([0-9]{5}(-[0-9]{4})?)" -%}
{%- set country = "(,? (united states( of america)?|u[.]?s[.]?a?[.]?))?" -%}
{%- set address = street ~ ", " ~ city_and_state ~ ",? " ~ postal_code ~ country -%}
{#- What stands where a city should be, and is none. -#}
{%- set inside_a_building = "(apartment|apt|bldg|building|fl|floor|rm|room|ste|suite|unit)" -%}

{#- Each step reads the one before once: PostgreSQL puts them into one expression, which grows with every reading. -#}
with

    contacts as (

        select *
        from {{ ref("stg_salesforce__contacts") }}
        where {{ in_scope("contact", "contact_id") }}

    ),

    kinds as (select * from {{ ref("address_kinds") }}),

    said as (

        select
            contacts.contact_id,
            kinds.kind,
            kinds.precedence,
            kinds.address_type,
            {{ filled_text("texts.street") }} as street,
            {{ filled_text("texts.city") }} as city,
            {{ filled_text("texts.state") }} as state,
            {{ filled_text("texts.postal_code") }} as postal_code,
            {{ filled_text("texts.country") }} as country,
            {{ filled_text("texts.whole") }} as salesforce_text,
            {{ is_preferred("contacts.primary_address_type", "kinds.preference") }} as is_preferred,
            case when contacts.is_deleted then contacts.changed_at end as deleted_at
        from contacts
        cross join
            lateral(
                values
                    (
                        'mailing',
                        contacts.mailing_street,
                        contacts.mailing_city,
                        contacts.mailing_state,
                        contacts.mailing_postal_code,
                        contacts.mailing_country,
                        null
                    ),
                    ('home', null, null, null, null, null, contacts.home_address),
                    ('work', null, null, null, null, null, contacts.work_address),
                    ('other', null, null, null, null, null, contacts.other_address)
            ) as texts(kind, street, city, state, postal_code, country, whole)
        inner join kinds on kinds.kind = texts.kind

    ),

    -- a country alone, or signs without a word, are no address
    filled as (

        select *
        from said
        where
            street is not null
            or city is not null
            or state is not null
            or postal_code is not null
            or lower(translate(salesforce_text, ' ,.;-/' || chr(10) || chr(13), ''))
            not in ('', 'us', 'usa', 'unitedstates', 'unitedstatesofamerica')

    ),

    in_one_line as (

        select
            *,
            -- less than two separators leave no street, city and state to tell apart
            case
                when
                    length(translate(salesforce_text, ',<' || chr(10) || chr(13), ''))
                    < length(salesforce_text) - 1
                then
                    trim(
                        regexp_replace(
                            regexp_replace(
                                translate(
                                    salesforce_text,
                                    chr(10) || chr(13) || chr(9) || chr(11) || chr(12) || chr(160),
                                    ',,    '
                                ),
                                '(?i) *(,|<br */?>)( |,|<br */?>)*',
                                ', ',
                                'g'
                            ),
                            ' +',
                            ' ',
                            'g'
                        ),
                        ', '
                    )
            end as line
        from filled

    ),

    -- five parts with bars between them; nothing when the line is no address, or its city is none
    taken_apart as (

        select
            *,
            regexp_replace(
                regexp_replace(line, '(?i)^{{ address }}$|^.*$', '\1|\3|\4|\5|\8'),
                '(?i)^[^|]*[|]({{ inside_a_building }}[ .].*|[|].*)$',
                ''
            ) as parts
        from in_one_line

    )

select
    contact_id,
    kind,
    precedence,
    address_type,
    coalesce(street, nullif(split_part(parts, '|', 1), '')) as street,
    coalesce(city, nullif(split_part(parts, '|', 2), '')) as city,
    coalesce(state, nullif(split_part(parts, '|', 3), '')) as state,
    coalesce(postal_code, nullif(split_part(parts, '|', 4), '')) as postal_code,
    coalesce(country, nullif(split_part(parts, '|', 5), '')) as country,
    salesforce_text,
    salesforce_text is null or coalesce(parts <> '', false) as is_readable,
    is_preferred,
    deleted_at
from taken_apart
