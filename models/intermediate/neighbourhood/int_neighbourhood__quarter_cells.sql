with countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

indicator_measures as (
    select * from {{ ref('int_neighbourhood__indicator_measures') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_covered
),

-- A number in place of a name, for tens of millions of rows are grouped by it.
persons as (
    select
        *,
        cast(row_number() over (order by person_id) as integer) as person_number
    from {{ ref('int_population__persons') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

-- Events are read once for each fact whose silent months they are to leave out.
measure_months as (
    select distinct
        indicator_measures.measure,
        indicator_measures.measure_number,
        period_months.quarter_number,
        period_months.month_start_date
    from indicator_measures
    inner join period_months
        on indicator_measures.source_fact = period_months.source_fact
),

events as (
    select
        persons.person_number,
        lsoas.lsoa_code,
        measure_months.measure_number,
        persons.sex,
        {{ age_on(
            'countable_events.month_start_date', 'persons.birth_month'
        ) }} as age_years,
        measure_months.quarter_number,
        countable_events.amount,
        cast(round(countable_events.amount) as bigint) as whole_amount
    from countable_events
    inner join measure_months
        on
            countable_events.measure = measure_months.measure
            and countable_events.month_start_date = measure_months.month_start_date
    inner join persons
        on countable_events.person_id = persons.person_id
    inner join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
),

-- Five-year bands, as the macro age_band draws them.
banded as (
    select
        *,
        case
            when age_years < 5 then 0
            when age_years >= 90 then 90
            else cast(floor(age_years / 5.0) * 5 as integer)
        end as age_from
    from events
),

person_quarters as (
    select
        person_number,
        lsoa_code,
        measure_number,
        sex,
        age_from,
        quarter_number,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        cast(sum(whole_amount * whole_amount) as bigint) as event_squares
    from banded
    group by person_number, lsoa_code, measure_number, sex, age_from, quarter_number
),

-- With each quarter of a person stand its products with the three before it. Whole
-- numbers add up to the same in whatever order they come.
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
        partition by person_number, lsoa_code, measure_number, sex, age_from
        order by quarter_number
    )
)

select
    lsoa_code,
    measure_number,
    sex,
    age_from,
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
group by lsoa_code, measure_number, sex, age_from, quarter_number
