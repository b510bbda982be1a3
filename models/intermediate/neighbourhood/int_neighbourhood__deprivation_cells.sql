with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact
    from {{ ref('indicators') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

person_months as (
    select * from {{ ref('fct_person_month') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year and is_covered
),

-- The deprivation of an LSOA in a year is that of the vintage valid when it begins.
placed_lsoas as (
    select distinct
        deprivation.lsoa_code,
        deprivation.deprivation_fifth,
        period_months.period_start_date
    from deprivation
    inner join period_months
        on
            deprivation.valid_from_date <= period_months.period_start_date
            and coalesce(deprivation.valid_to_date, period_months.period_start_date)
            >= period_months.period_start_date
),

needed as (
    select numerator as measure from indicators
    union distinct
    select denominator as measure from indicators
),

month_measures as (
    select
        countable_events.lsoa_code,
        countable_events.measure,
        persons.ethnic_group,
        {{ age_band(
            age_on('countable_events.month_start_date', 'persons.birth_month')
        ) }} as age_band,
        persons.sex,
        countable_events.month_start_date,
        sum(countable_events.amount) as amount
    from countable_events
    inner join needed on countable_events.measure = needed.measure
    inner join persons on countable_events.person_id = persons.person_id
    group by
        countable_events.lsoa_code,
        countable_events.measure,
        persons.ethnic_group,
        {{ age_band(
            age_on('countable_events.month_start_date', 'persons.birth_month')
        ) }},
        persons.sex,
        countable_events.month_start_date
    union all
    select
        person_months.lsoa_code,
        'person_days' as measure,
        persons.ethnic_group,
        person_months.age_band,
        persons.sex,
        person_months.month_start_date,
        sum(person_months.resident_days) as amount
    from person_months
    inner join persons on person_months.person_id = persons.person_id
    group by
        person_months.lsoa_code,
        persons.ethnic_group,
        person_months.age_band,
        persons.sex,
        person_months.month_start_date
),

period_measures as (
    select
        period_months.source_fact,
        month_measures.measure,
        placed_lsoas.deprivation_fifth,
        month_measures.ethnic_group,
        month_measures.age_band,
        period_months.period_start_date,
        sum(month_measures.amount) as amount
    from month_measures
    inner join period_months
        on month_measures.month_start_date = period_months.month_start_date
    inner join placed_lsoas
        on
            month_measures.lsoa_code = placed_lsoas.lsoa_code
            and period_months.period_start_date = placed_lsoas.period_start_date
    where month_measures.age_band is not null and month_measures.sex <> 'unknown'
    group by
        period_months.source_fact,
        month_measures.measure,
        placed_lsoas.deprivation_fifth,
        month_measures.ethnic_group,
        month_measures.age_band,
        period_months.period_start_date
),

joined as (
    select
        indicators.indicator_id,
        period_measures.deprivation_fifth,
        period_measures.ethnic_group,
        period_measures.age_band,
        sum(
            case
                when period_measures.measure = indicators.numerator
                    then period_measures.amount
                else 0
            end
        ) as numerator,
        sum(
            case
                when period_measures.measure = indicators.denominator
                    then period_measures.amount
                else 0
            end
        ) as denominator,
        period_measures.period_start_date
    from period_measures
    inner join indicators
        on
            period_measures.source_fact = indicators.covering_fact
            and period_measures.measure in (
                indicators.numerator, indicators.denominator
            )
    where cast(substr(period_measures.age_band, 1, 2) as integer) >= indicators.age_from
    group by
        indicators.indicator_id,
        period_measures.deprivation_fifth,
        period_measures.ethnic_group,
        period_measures.age_band,
        period_measures.period_start_date
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
    / case when indicators.denominator = 'person_days' then 365.25 else 1 end
        as denominator,
    coalesce(dispersions.dispersion, 1) as dispersion,
    indicators.denominator = 'person_days' as is_per_head,
    joined.period_start_date
from joined
inner join indicators on joined.indicator_id = indicators.indicator_id
left join dispersions
    on
        joined.indicator_id = dispersions.indicator_id
        and joined.period_start_date = dispersions.period_start_date
