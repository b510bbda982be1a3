{%- set a_monday = "cast('1900-01-01' as date)" -%}

with stays as (
    select * from {{ ref('fct_community_bed_stay') }}
)

select
    community_bed_stay_id,
    bed_purpose,
    cast(length_of_stay_days as integer) as nights,
    -- A stay without a usable ready date is not known to have waited.
    cast(coalesce(discharge_delay_days, 0) as integer) as delay_nights,
    cast({{ dbt.datediff(
        a_monday, 'admission_date', 'day'
    ) }} % 7 as integer) as weekday,
    cast({{ dbt.datediff(
        a_monday, 'discharge_date', 'month'
    ) }} as integer) as month
from stays
where not is_open and discharge_date >= {{ bed_need_from_date() }}
