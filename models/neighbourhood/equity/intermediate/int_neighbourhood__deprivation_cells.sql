with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact
    from {{ ref('indicators') }}
),

population_cells as (
    select * from {{ ref('int_neighbourhood__population_cells') }}
    where area_basis = 'residence'
),

event_cells as (
    select * from {{ ref('int_neighbourhood__event_cells') }}
    where area_basis = 'residence'
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year and is_covered
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

-- The deprivation of an LSOA in a year is that of the release valid when it begins.
placed_lsoas as (
    select distinct
        deprivation.lsoa_code,
        deprivation.deprivation_fifth,
        period_months.month_start_date,
        period_months.period_start_date
    from deprivation
    inner join period_months
        on
            deprivation.from_date <= period_months.period_start_date
            and deprivation.until_date > period_months.period_start_date
),

month_measures as (
    select
        small_area_code,
        measure,
        ethnic_group,
        age_band,
        sex,
        amount,
        month_start_date
    from event_cells
    union all
    select
        small_area_code,
        'person_days' as measure,
        ethnic_group,
        age_band,
        sex,
        person_days as amount,
        month_start_date
    from population_cells
),

-- Summed by fifth before each indicator leaves out the silent months of its feed.
fifth_months as (
    select
        month_measures.measure,
        placed_lsoas.deprivation_fifth,
        month_measures.ethnic_group,
        month_measures.age_band,
        placed_lsoas.month_start_date,
        placed_lsoas.period_start_date,
        sum(month_measures.amount) as amount
    from month_measures
    inner join placed_lsoas
        on
            month_measures.small_area_code = placed_lsoas.lsoa_code
            and month_measures.month_start_date = placed_lsoas.month_start_date
    where month_measures.age_band <> 'unknown' and month_measures.sex <> 'unknown'
    group by
        month_measures.measure,
        placed_lsoas.deprivation_fifth,
        month_measures.ethnic_group,
        month_measures.age_band,
        placed_lsoas.month_start_date,
        placed_lsoas.period_start_date
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
