with estimates as (
    select * from {{ ref('fct_neighbourhood_indicator') }}
    -- A practice may be in no network.
    where months_covered > 0 and geography_type <> 'primary_care_network'
),

sums as (
    select
        indicator_id,
        geography_type,
        period_start_date,
        sum(observed) as observed,
        sum(expected) as expected
    from estimates
    group by indicator_id, geography_type, period_start_date
)

-- Expected numbers are rounded to six digits in every LSOA.
select * from sums
where abs(observed - expected) > 0.001e0 + 0.000001e0 * observed
