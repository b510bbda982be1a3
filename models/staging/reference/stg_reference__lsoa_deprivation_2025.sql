with records as (
    select * from {{ ref('base_reference__lsoa_deprivation_2025') }}
    where failed_rule is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ grain() }}
            order by {{ latest_first() }}
        ) as recency
    from records
)

select
    lsoa_code,
    file_id,
    line_number,
    imd_decile,
    imd_rank,
    imd_score
from ranked
where recency = 1
