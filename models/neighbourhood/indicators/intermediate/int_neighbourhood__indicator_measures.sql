with indicators as (
    select
        indicator_id,
        numerator,
        denominator,
        coalesce(source_fact, 'none') as source_fact,
        age_from,
        denominator = 'person_days' as is_per_head
    from {{ ref('indicators') }}
),

both_parts as (
    select
        indicator_id,
        numerator as measure,
        source_fact,
        age_from,
        is_per_head,
        true as is_numerator
    from indicators
    union all
    select
        indicator_id,
        denominator as measure,
        source_fact,
        age_from,
        is_per_head,
        false as is_numerator
    from indicators
    where not is_per_head
)

select
    indicator_id,
    measure,
    source_fact,
    cast(dense_rank() over (order by measure, source_fact) as integer)
        as measure_number,
    age_from,
    is_per_head,
    is_numerator
from both_parts
