with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact,
        row_number() over (order by indicator_id) as indicator_number
    from {{ ref('indicators') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
),

-- Events are read once for each fact whose silent months they are to leave out.
needed as (
    select
        numerator as measure,
        covering_fact
    from indicators
    union distinct
    select
        denominator as measure,
        covering_fact
    from indicators
    where denominator <> 'person_days'
),

-- Numbers in place of names, for tens of millions of rows are grouped by them.
numbered_measures as (
    select
        *,
        row_number() over (order by measure, covering_fact) as measure_number
    from needed
),

numbered_lsoas as (
    select
        lsoa_code,
        row_number() over (order by lsoa_code) as lsoa_number
    from lsoas
),

numbered_persons as (
    select
        *,
        row_number() over (order by person_id) as person_number
    from persons
),

covered_months as (
    select distinct
        source_fact,
        month_start_date,
        extract(year from month_start_date) * 4
        + extract(quarter from month_start_date) as quarter_number
    from period_months
    where is_covered
),

events as (
    select
        numbered_persons.person_number,
        numbered_lsoas.lsoa_number,
        numbered_measures.measure_number,
        numbered_persons.sex,
        {{ age_on(
            'countable_events.month_start_date', 'numbered_persons.birth_month'
        ) }} as age_years,
        covered_months.quarter_number,
        countable_events.amount,
        cast(round(countable_events.amount) as bigint) as whole_amount
    from countable_events
    inner join numbered_measures
        on countable_events.measure = numbered_measures.measure
    inner join covered_months
        on
            numbered_measures.covering_fact = covered_months.source_fact
            and countable_events.month_start_date = covered_months.month_start_date
    inner join numbered_persons
        on countable_events.person_id = numbered_persons.person_id
    inner join numbered_lsoas on countable_events.lsoa_code = numbered_lsoas.lsoa_code
),

-- Five-year bands by number, as the macro age_band draws them.
banded as (
    select
        *,
        case
            when age_years < 5 then 0
            when age_years >= 90 then 18
            else cast(floor(age_years / 5.0) as integer)
        end as band_number
    from events
),

-- Quarters are the bricks of all periods.
person_quarters as (
    select
        person_number,
        lsoa_number,
        measure_number,
        sex,
        band_number,
        quarter_number,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        cast(sum(whole_amount * whole_amount) as bigint) as event_squares
    from banded
    group by
        person_number, lsoa_number, measure_number, sex, band_number, quarter_number
),

-- The square of a person's year is the squares of its quarters and twice the products
-- of every two of them, so that nobody need be counted once for each period: with each
-- quarter stand its products with the three before it. Whole numbers add up to the same
-- in whatever order they come.
with_earlier as (
    select
        {%- for back in [1, 2, 3] %}
            quarter_number - lag(quarter_number, {{ back }}) over person_cells
                as quarters_since_{{ back }},
            whole_amount * lag(whole_amount, {{ back }}) over person_cells
                as product_{{ back }},
        {%- endfor %}
        *
    from person_quarters
    window person_cells as (
        partition by person_number, lsoa_number, measure_number, sex, band_number
        order by quarter_number
    )
),

quarter_cells as (
    select
        lsoa_number,
        measure_number,
        sex,
        band_number,
        quarter_number,
        {%- for distance in [1, 2, 3] %}
            cast(sum(
                0
            {%- for back in range(1, distance + 1) %}
                    + case
                        when
                            quarters_since_{{ back }} = {{ distance }}
                            then product_{{ back }}
                        else 0
                    end
                {%- endfor %}
            ) as bigint) as products_{{ distance }},
        {%- endfor %}
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(event_squares) as bigint) as event_squares,
        cast(sum(whole_amount * whole_amount) as bigint) as person_squares
    from with_earlier
    group by lsoa_number, measure_number, sex, band_number, quarter_number
),

-- A measure is one indicator's numerator and may be another's denominator.
roles as (
    select
        indicators.indicator_number,
        indicators.age_from,
        indicators.covering_fact,
        numbered_measures.measure_number,
        true as is_numerator,
        indicators.denominator = 'person_days' as is_per_head
    from indicators
    inner join numbered_measures
        on
            indicators.numerator = numbered_measures.measure
            and indicators.covering_fact = numbered_measures.covering_fact
    union all
    select
        indicators.indicator_number,
        indicators.age_from,
        indicators.covering_fact,
        numbered_measures.measure_number,
        false as is_numerator,
        false as is_per_head
    from indicators
    inner join numbered_measures
        on
            indicators.denominator = numbered_measures.measure
            and indicators.covering_fact = numbered_measures.covering_fact
),

period_roles as (
    select distinct
        roles.*,
        period_months.period_start_date,
        extract(year from period_months.month_start_date) * 4
        + extract(quarter from period_months.month_start_date) as quarter_number,
        floor({{ dbt.datediff(
            'period_months.period_start_date', 'period_months.month_start_date', 'month'
        ) }} / 3.0) as position
    from roles
    inner join period_months on roles.covering_fact = period_months.source_fact
),

period_cells as (
    select
        period_roles.indicator_number,
        quarter_cells.lsoa_number,
        quarter_cells.sex,
        quarter_cells.band_number,
        period_roles.period_start_date,
        sum(case when period_roles.is_numerator then quarter_cells.amount else 0 end)
            as numerator,
        sum(
            case
                when not period_roles.is_numerator then 0
                when not period_roles.is_per_head then quarter_cells.event_squares
                else
                    quarter_cells.person_squares
                    {%- for distance in [1, 2, 3] %}
                        + case
                            when period_roles.position >= {{ distance }}
                                then 2 * quarter_cells.products_{{ distance }}
                            else 0
                        end
                    {%- endfor %}
            end
        ) as numerator_squares,
        sum(case when period_roles.is_numerator then 0 else quarter_cells.amount end)
            as denominator_units
    from quarter_cells
    inner join period_roles
        on
            quarter_cells.measure_number = period_roles.measure_number
            and quarter_cells.quarter_number = period_roles.quarter_number
    where
        period_roles.age_from = 0
        or quarter_cells.band_number * 5 >= period_roles.age_from
    group by
        period_roles.indicator_number,
        quarter_cells.lsoa_number,
        quarter_cells.sex,
        quarter_cells.band_number,
        period_roles.period_start_date
)

select
    indicators.indicator_id,
    numbered_lsoas.lsoa_code,
    coalesce({{ age_band('period_cells.band_number * 5') }}, 'unknown') as age_band,
    period_cells.sex,
    cast(period_cells.numerator as decimal(18, 4)) as numerator,
    cast(period_cells.numerator_squares as bigint) as numerator_squares,
    cast(period_cells.denominator_units as bigint) as denominator_units,
    period_cells.period_start_date
from period_cells
inner join indicators on period_cells.indicator_number = indicators.indicator_number
inner join numbered_lsoas on period_cells.lsoa_number = numbered_lsoas.lsoa_number
