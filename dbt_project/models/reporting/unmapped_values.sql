with

    organizations as (

        select
            'organization type' as vocabulary, salesforce_type as raw_value, count(*) as row_count
        from {{ ref("organizations") }}
        where salesforce_type is not null and type is null and deleted_at is null
        group by salesforce_type

    )

select vocabulary, raw_value, row_count
from organizations
{% for model in [
        ref("int_unmapped__contacts"),
        ref("int_unmapped__reach"),
        ref("int_unmapped__events"),
        ref("int_unmapped__affiliations"),
        ref("int_unmapped__activities"),
        ref("int_unmapped__misfits"),
    ] -%}
    union all
    select vocabulary, raw_value, row_count
    from {{ model }}
{% endfor %}
