with records as (
    select judged.*
    from {{ ref('base_opt_outs__type_1_opt_outs') }} as judged
    inner join {{ ref('stg_feeds__submissions') }} as lists
        on judged.file_id = lists.file_id
    where
        judged.failed_rule is null
        and lists.feed = 'opt_outs'
        and lists.next_period_start_date is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ star_except(['is_nhs_number_valid']) }}
from latest
