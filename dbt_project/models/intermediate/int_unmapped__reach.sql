select vocabulary, raw_value, cast(sum(row_count) as bigint) as row_count
from {{ ref("int_contacts__unused_texts") }}
group by vocabulary, raw_value

union all

select
    'event skill, cut off, too long or no word' as vocabulary,
    item as raw_value,
    count(*) as row_count
from {{ ref("int_skills__of_sessions") }}
where not is_skill and deleted_at is null
group by item
