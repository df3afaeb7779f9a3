select session_id
from {{ ref("stg_salesforce__sessions") }}
where
    not coalesce(
        lower(trim(session_status)) in ({{ text_list(var("excluded_session_statuses")) }}), false
    )
    and not coalesce(
        lower(trim(session_type)) in ({{ text_list(var("excluded_session_types")) }}), false
    )
