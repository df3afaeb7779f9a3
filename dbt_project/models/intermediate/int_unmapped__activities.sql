select
    'activity type' as vocabulary,
    activity_type as raw_value,
    count(distinct record_id) as row_count
from {{ ref("int_activities__with_type") }}
where
    {{ text_or_null("activity_type") }} is not null and history_type is null and deleted_at is null
group by activity_type
