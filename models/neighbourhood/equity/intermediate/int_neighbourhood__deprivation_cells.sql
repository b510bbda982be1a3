with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact
    from {{ ref('indicators') }}
),

fifth_months as (
    select * from {{ ref('int_neighbourhood__deprivation_months') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year and is_covered
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

parts as (
    select
        *,
        numerator as measure,
        true as is_numerator
    from indicators
    union all
    select
        *,
        denominator as measure,
        false as is_numerator
    from indicators
),

joined as (
    select
        parts.indicator_id,
        fifth_months.deprivation_fifth,
        fifth_months.ethnic_group,
        fifth_months.age_band,
        sum(case when parts.is_numerator then fifth_months.amount else 0 end)
            as numerator,
        sum(case when parts.is_numerator then 0 else fifth_months.amount end)
            as denominator,
        fifth_months.period_start_date
    from fifth_months
    inner join parts on fifth_months.measure = parts.measure
    inner join period_months
        on
            parts.covering_fact = period_months.source_fact
            and fifth_months.month_start_date = period_months.month_start_date
            and fifth_months.period_start_date = period_months.period_start_date
    inner join bands
        on
            fifth_months.age_band = bands.age_band
            and parts.age_from <= bands.age_from
    group by
        parts.indicator_id,
        fifth_months.deprivation_fifth,
        fifth_months.ethnic_group,
        fifth_months.age_band,
        fifth_months.period_start_date
),

dispersions as (
    select
        indicator_id,
        period_start_date,
        dispersion
    from {{ ref('int_neighbourhood__indicator_totals') }}
    where geography_type = 'city'
)

select
    joined.indicator_id,
    joined.ethnic_group,
    joined.age_band,
    cast(joined.deprivation_fifth as integer) as deprivation_fifth,
    indicators.age_from,
    cast(joined.numerator as double) as numerator,
    cast(joined.denominator as double)
    / case when indicators.denominator = 'person_days' then 365.25e0 else 1 end
        as denominator,
    coalesce(dispersions.dispersion, 1) as dispersion,
    indicators.denominator = 'person_days' as is_per_head,
    indicators.per = 100 as is_share,
    joined.period_start_date
from joined
inner join indicators on joined.indicator_id = indicators.indicator_id
left join dispersions
    on
        joined.indicator_id = dispersions.indicator_id
        and joined.period_start_date = dispersions.period_start_date
