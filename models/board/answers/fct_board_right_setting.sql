with parts as (
    select * from {{ ref('int_board__parts') }}
    where
        measure_id in (
            'hospital_days_by_best_setting', 'community_bed_days_by_best_setting'
        )
)

select
    case measure_id
        when 'hospital_days_by_best_setting' then 'hospital'
        else 'community bed'
    end as bed_kind,
    part as best_setting,
    state,
    released_count,
    total_count,
    {{ share_between('released_count', 'total_count') }},
    period_start_date,
    period_end_date
from parts
