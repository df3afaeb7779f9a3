select session_id
from {{ ref("stg_salesforce__sessions") }}
where
    {{ text_or_null("name") }} is not null
    and not coalesce(
        {{ folded("session_status") }} in ({{ text_list(var("excluded_session_statuses")) }}), false
    )
    and not coalesce(
        {{ folded("session_type") }} in ({{ text_list(var("excluded_session_types")) }}), false
    )
