with released as (
    select * from {{ ref('int_board__released') }}
),

measures as (
    select * from {{ ref('board_measures') }}
),

neighbourhoods as (
    select * from {{ ref('dim_neighbourhood') }}
),

schemes as (
    select * from {{ ref('stg_better_care_fund__schemes') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
),

-- A year of which a month was not delivered has no count, not a low one.
incomplete_years as (
    select
        source_fact,
        period_start_date as financial_year_start_date
    from period_months
    where is_financial_year
    group by source_fact, period_start_date
    having sum(case when is_covered then 0 else 1 end) > 0
),

named as (
    select
        released.*,
        measures.measure_name,
        measures.unit,
        case released.geography_type
            when 'scheme' then schemes.scheme_name
            when 'deprivation_fifth'
                then
                    'Deprivation fifth '
                    || replace(released.neighbourhood_id, 'deprivation_fifth:', '')
            else neighbourhoods.name
        end as area_name,
        incomplete_years.source_fact is not null and not released.is_kept as is_unknown
    from released
    inner join measures on released.measure_id = measures.measure_id
    left join neighbourhoods
        on released.neighbourhood_id = neighbourhoods.neighbourhood_id
    left join schemes
        on released.neighbourhood_id = 'scheme:' || schemes.scheme_id
    left join incomplete_years
        on
            measures.source_fact = incomplete_years.source_fact
            and released.financial_year_start_date
            = incomplete_years.financial_year_start_date
),

dated as (
    select
        *,
        case
            when part_type = 'month' then cast(part || '-01' as date)
            else financial_year_start_date
        end as period_start_date
    from named
)

select
    measure_id,
    neighbourhood_id,
    geography_type,
    part_type,
    part,
    measure_name,
    area_name,
    unit,
    definition_id,
    case when part_type = 'month' then 'month' else 'financial year' end as period_type,
    case when is_unknown then 'unknown' else state end as state,
    case when is_unknown then 'not delivered in every month of the year' end
        as unknown_reason,
    case when not is_unknown then released_count end as released_count,
    period_start_date,
    {{ add_days(
        dbt.dateadd('month', "case when part_type = 'month' then 1 else 12 end",
        'period_start_date'), -1
    ) }} as period_end_date
from dated
