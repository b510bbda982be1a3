{%- set stays = {
    'fct_hospital_spell': ['admission_date', 'discharge_date'],
    'fct_mental_health_spell': ['admission_date', 'discharge_date'],
    'fct_community_bed_stay': ['admission_date', 'discharge_date'],
    'fct_care_home_stay': ['start_date', add_days('end_date', 1)],
} -%}
{%- set places = {
    'hospital': ['fct_hospital_spell', 'fct_mental_health_spell'],
    'any bed': stays.keys(),
} -%}

with months as (
    select * from {{ ref('int_calendar__months') }}
),

lived as (
    select * from {{ ref('int_person_time__resident_spells') }}
),

person_months as (
    select * from {{ ref('fct_person_month') }}
),

counted as (
    select
        'hospital' as place,
        sum(hospital_days) as day_count
    from person_months
    union all
    select
        'any bed' as place,
        sum(resident_days - own_home_days) as day_count
    from person_months
),

months_together as (
    select
        min(month_start_date) as from_date,
        max(next_month_start_date) as until_date
    from months
),

in_beds as (
    {%- for place, models in places.items() %}
        {%- set is_last_place = loop.last %}
        {%- for model in models %}
            select
                '{{ place }}' as place,
                person_id,
                {{ stays[model][0] }} as from_date,
                coalesce({{ stays[model][1] }}, {{ add_days(as_of_date(), 1) }})
                    as until_date
            from {{ ref(model) }}
    {{ "union all" if not (loop.last and is_last_place) }}
        {%- endfor %}
    {%- endfor %}
),

following as (
    select
        *,
        max(until_date) over (
            partition by place, person_id
            order by from_date, until_date
            rows between unbounded preceding and 1 preceding
        ) as taken_until_date
    from in_beds
),

-- Whole stretches, not single nights as in int_person_time__setting_days: of each stay
-- what no stay before it has taken.
free as (
    select
        place,
        person_id,
        greatest(from_date, taken_until_date) as from_date,
        until_date
    from following
),

resident as (
    select
        free.place,
        greatest(free.from_date, lived.from_date, months_together.from_date)
            as from_date,
        least(free.until_date, lived.until_date, months_together.until_date)
            as until_date
    from free
    inner join lived on free.person_id = lived.person_id
    cross join months_together
),

nights as (
    select
        place,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as night_count
    from resident
    where from_date < until_date
    group by place
)

select
    counted.place,
    counted.day_count,
    nights.night_count
from counted
left join nights on counted.place = nights.place
where coalesce(counted.day_count, 0) <> coalesce(nights.night_count, 0)
