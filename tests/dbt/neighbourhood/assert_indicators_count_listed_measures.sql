with indicators as (
    select * from {{ ref('indicators') }}
),

measures as (
    select * from {{ ref('measures') }}
),

named as (
    select
        indicator_id,
        numerator as measure
    from indicators
    union all
    select
        indicator_id,
        denominator as measure
    from indicators
    where denominator <> 'person_days'
)

select
    named.indicator_id,
    named.measure
from named
left join measures on named.measure = measures.measure
where measures.measure is null
