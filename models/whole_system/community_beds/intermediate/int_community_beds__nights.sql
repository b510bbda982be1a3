with stays as (
    select * from {{ ref('fct_community_bed_stay') }}
)

-- 1 January 1900 was a Monday.
select
    community_bed_stay_id,
    bed_purpose,
    cast(length_of_stay_days as integer) as nights,
    -- Without a usable ready date, no night is known to be a delay.
    cast(coalesce(discharge_delay_days, 0) as integer) as delay_nights,
    cast({{ dbt.datediff(
        "cast('1900-01-01' as date)", 'admission_date', 'day'
    ) }} % 7 as integer) as weekday,
    cast({{ dbt.datediff(
        "cast('1900-01-01' as date)", 'discharge_date', 'month'
    ) }} as integer) as month
from stays
where
    not is_open
    and not coalesce(is_end_assumed, false)
    and discharge_date >= {{ bed_need_from_date() }}
