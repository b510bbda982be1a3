with population_changes as (
    select * from {{ ref('int_neighbourhood__population_changes') }}
    where area_basis = 'residence' and age_band <> 'unknown' and sex <> 'unknown'
),

counted_months as (
    select * from {{ ref('int_person_time__counted_months') }}
    where residence is not null and age_band <> 'unknown' and sex <> 'unknown'
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year and is_covered
),

months as (
    select * from {{ ref('int_calendar__months') }}
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

placed_periods as (
    select distinct
        lsoa_code,
        deprivation_fifth,
        period_start_date
    from placed_lsoas
),

fifth_events as (
    select
        counted_months.measure,
        placed_lsoas.deprivation_fifth,
        counted_months.ethnic_group,
        counted_months.age_band,
        sum(counted_months.amount) as amount,
        placed_lsoas.month_start_date,
        placed_lsoas.period_start_date
    from counted_months
    inner join placed_lsoas
        on
            counted_months.residence = placed_lsoas.lsoa_code
            and counted_months.month_start_date = placed_lsoas.month_start_date
    group by
        counted_months.measure,
        placed_lsoas.deprivation_fifth,
        counted_months.ethnic_group,
        counted_months.age_band,
        placed_lsoas.month_start_date,
        placed_lsoas.period_start_date
),

fifth_changes as (
    select
        placed_periods.deprivation_fifth,
        population_changes.ethnic_group,
        population_changes.age_band,
        sum(population_changes.whole_month_change) as whole_month_change,
        sum(population_changes.part_month_days) as part_month_days,
        population_changes.month_start_date,
        placed_periods.period_start_date
    from population_changes
    inner join placed_periods
        on population_changes.small_area_code = placed_periods.lsoa_code
    group by
        placed_periods.deprivation_fifth,
        population_changes.ethnic_group,
        population_changes.age_band,
        population_changes.month_start_date,
        placed_periods.period_start_date
),

covered_months as (
    select distinct
        period_months.month_start_date,
        period_months.period_start_date,
        {{ dbt.datediff('months.month_start_date', 'months.until_date', 'day') }}
            as month_days
    from period_months
    inner join months
        on period_months.month_start_date = months.month_start_date
),

-- People of whole months stay until they leave; the others count in their month alone.
fifth_people as (
    select
        'person_days' as measure,
        fifth_changes.deprivation_fifth,
        fifth_changes.ethnic_group,
        fifth_changes.age_band,
        sum(
            fifth_changes.whole_month_change * covered_months.month_days
            + case
                when fifth_changes.month_start_date = covered_months.month_start_date
                    then fifth_changes.part_month_days
                else 0
            end
        ) as amount,
        covered_months.month_start_date,
        covered_months.period_start_date
    from fifth_changes
    inner join covered_months
        on
            fifth_changes.period_start_date = covered_months.period_start_date
            and fifth_changes.month_start_date <= covered_months.month_start_date
    group by
        fifth_changes.deprivation_fifth,
        fifth_changes.ethnic_group,
        fifth_changes.age_band,
        covered_months.month_start_date,
        covered_months.period_start_date
),

counted as (
    select * from fifth_events
    union all
    select * from fifth_people
    where amount > 0
)

select
    measure,
    cast(deprivation_fifth as integer) as deprivation_fifth,
    ethnic_group,
    age_band,
    cast(amount as decimal(18, 4)) as amount,
    month_start_date,
    period_start_date
from counted
