with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact
    from {{ ref('indicators') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

members as (
    select distinct lsoa_code from {{ ref('int_place__neighbourhood_lsoas') }}
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

covered_months as (
    select distinct
        source_fact,
        month_start_date,
        cast(date_trunc('quarter', month_start_date) as date) as quarter_start_date
    from period_months
    where is_covered
),

-- Quarters are the bricks of all periods.
person_quarters as (
    select
        countable_events.person_id,
        countable_events.lsoa_code,
        needed.measure,
        needed.covering_fact,
        coalesce({{ age_band(
            age_on('countable_events.month_start_date', 'persons.birth_month')
        ) }}, 'unknown') as age_band,
        persons.sex,
        covered_months.quarter_start_date,
        sum(countable_events.amount) as amount,
        sum(countable_events.amount * countable_events.amount) as event_squares
    from countable_events
    inner join needed on countable_events.measure = needed.measure
    inner join covered_months
        on
            needed.covering_fact = covered_months.source_fact
            and countable_events.month_start_date = covered_months.month_start_date
    inner join persons on countable_events.person_id = persons.person_id
    inner join members on countable_events.lsoa_code = members.lsoa_code
    group by
        countable_events.person_id,
        countable_events.lsoa_code,
        needed.measure,
        needed.covering_fact,
        coalesce({{ age_band(
            age_on('countable_events.month_start_date', 'persons.birth_month')
        ) }}, 'unknown'),
        persons.sex,
        covered_months.quarter_start_date
),

-- The square of a person's year is the squares of its quarters and twice the products
-- of every two of them, so that nobody need be counted once for each period: with each
-- quarter stand its products with the three before it. Whole numbers add up to the same
-- in whatever order they come.
numbered as (
    select
        *,
        cast(round(amount) as bigint) as whole_amount,
        {{ dbt.datediff(
            "cast('" ~ var('first_month') ~ "' as date)", 'quarter_start_date', 'month'
        ) }} / 3 as quarter_number
    from person_quarters
),

with_earlier as (
    select
        *,
        {%- for back in [1, 2, 3] %}
        quarter_number - lag(quarter_number, {{ back }}) over person_cells
            as quarters_since_{{ back }},
        whole_amount * lag(whole_amount, {{ back }}) over person_cells
            as product_{{ back }}{{ "," if not loop.last }}
        {%- endfor %}
    from numbered
    window person_cells as (
        partition by person_id, lsoa_code, measure, covering_fact, age_band, sex
        order by quarter_number
    )
),

quarter_cells as (
    select
        lsoa_code,
        measure,
        covering_fact,
        age_band,
        sex,
        quarter_start_date,
        sum(amount) as amount,
        sum(event_squares) as event_squares,
        sum(whole_amount * whole_amount) as person_squares,
        {%- for distance in [1, 2, 3] %}
        sum(
            {%- for back in range(1, distance + 1) %}
            case
                when quarters_since_{{ back }} = {{ distance }} then product_{{ back }}
                else 0
            end
            {{- " +" if not loop.last }}
            {%- endfor %}
        ) as products_{{ distance }}{{ "," if not loop.last }}
        {%- endfor %}
    from with_earlier
    group by lsoa_code, measure, covering_fact, age_band, sex, quarter_start_date
),

period_quarters as (
    select distinct
        source_fact,
        period_start_date,
        month_start_date as quarter_start_date,
        {{ dbt.datediff('period_start_date', 'month_start_date', 'month') }} / 3
            as position
    from period_months
    where extract(month from month_start_date) in (1, 4, 7, 10)
),

period_cells as (
    select
        quarter_cells.lsoa_code,
        quarter_cells.measure,
        quarter_cells.covering_fact,
        quarter_cells.age_band,
        quarter_cells.sex,
        period_quarters.period_start_date,
        sum(quarter_cells.amount) as amount,
        sum(quarter_cells.event_squares) as event_squares,
        sum(
            quarter_cells.person_squares
            {%- for distance in [1, 2, 3] %}
            + case
                when period_quarters.position >= {{ distance }}
                    then 2 * quarter_cells.products_{{ distance }}
                else 0
            end
            {%- endfor %}
        ) as person_squares
    from quarter_cells
    inner join period_quarters
        on
            quarter_cells.covering_fact = period_quarters.source_fact
            and quarter_cells.quarter_start_date = period_quarters.quarter_start_date
    group by
        quarter_cells.lsoa_code,
        quarter_cells.measure,
        quarter_cells.covering_fact,
        quarter_cells.age_band,
        quarter_cells.sex,
        period_quarters.period_start_date
),

parts as (
    select
        indicators.indicator_id,
        indicators.age_from,
        period_cells.lsoa_code,
        period_cells.age_band,
        period_cells.sex,
        period_cells.amount as numerator,
        case
            when indicators.denominator = 'person_days'
                then period_cells.person_squares
            else period_cells.event_squares
        end as numerator_squares,
        0 as denominator_units,
        period_cells.period_start_date
    from period_cells
    inner join indicators
        on
            period_cells.measure = indicators.numerator
            and period_cells.covering_fact = indicators.covering_fact
    union all
    select
        indicators.indicator_id,
        indicators.age_from,
        period_cells.lsoa_code,
        period_cells.age_band,
        period_cells.sex,
        0 as numerator,
        0 as numerator_squares,
        period_cells.amount as denominator_units,
        period_cells.period_start_date
    from period_cells
    inner join indicators
        on
            period_cells.measure = indicators.denominator
            and period_cells.covering_fact = indicators.covering_fact
)

select
    indicator_id,
    lsoa_code,
    age_band,
    sex,
    cast(sum(numerator) as decimal(18, 4)) as numerator,
    cast(round(sum(numerator_squares)) as bigint) as numerator_squares,
    cast(sum(denominator_units) as bigint) as denominator_units,
    period_start_date
from parts
where
    age_from = 0
    or (age_band <> 'unknown' and cast(substr(age_band, 1, 2) as integer) >= age_from)
group by indicator_id, lsoa_code, age_band, sex, period_start_date
