with

    mentions as (

        select distinct
            of_contacts.contact_id,
            of_contacts.skill_key,
            of_contacts.source_field,
            of_contacts.place,
            coalesce(roles.ended_at, of_contacts.deleted_at) as deleted_at
        from {{ ref("int_skills__of_contacts") }} as of_contacts
        inner join
            {{ ref("int_contacts__roles") }} as roles
            on roles.contact_id = of_contacts.contact_id
            and roles.role = 'volunteer'
        where of_contacts.is_skill

    )

    {{ skills_of("mentions", "contact_id") }}
