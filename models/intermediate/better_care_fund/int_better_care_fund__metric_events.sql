{#- Metric -> the CTE it is counted in, the day that counts, what one row of it adds to
    the amount and to the base of a share or mean, and which rows count. -#}
{%- set metrics = {
    'emergency_admissions_65_plus': [
        'aged_spells', 'admission_date', '1', '0',
        'is_emergency_admission and age_years >= 65',
    ],
    'non_elective_admissions': [
        'aged_spells', 'admission_date', '1', '0',
        "is_emergency_admission or admission_method_code in ('31', '32')",
    ],
    'discharged_on_ready_date': [
        'discharged_adults', 'discharge_date',
        'case when discharge_delay_days = 0 then 1 else 0 end', '1', 'true',
    ],
    'discharge_delay_days': [
        'discharged_adults', 'discharge_date', 'discharge_delay_days', '1', 'true',
    ],
    'long_term_admissions_65_plus': [
        'long_term_admissions', 'admission_date', '1', '0', 'age_years >= 65',
    ],
    'permanent_admissions_65_plus': [
        'long_term_admissions', 'admission_date', '1', '0', 'age_years >= 65',
    ],
    'at_home_91_days': [
        'home_again', 'hospital_discharge_date',
        'case when is_at_home then 1 else 0 end', '1', 'true',
    ],
    'delayed_transfer_days': [
        'delay_quarters', 'quarter_start_date', 'delayed_days', '0', 'true',
    ],
} -%}
{%- set tomorrow = add_days(as_of_date(), 1) -%}

with spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
),

home_again as (
    select * from {{ ref('int_better_care_fund__home_after_reablement') }}
),

delayed_transfers as (
    select * from {{ ref('fct_delayed_transfer') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

quarters as (
    select
        cast(date_trunc('quarter', month_start_date) as date) as quarter_start_date,
        least(max(next_month_start_date), {{ tomorrow }}) as next_quarter_start_date
    from months
    group by cast(date_trunc('quarter', month_start_date) as date)
),

aged_spells as (
    select
        spells.*,
        {{ age_on('spells.admission_date', 'persons.birth_month') }} as age_years
    from spells
    inner join persons on spells.person_id = persons.person_id
),

discharged_adults as (
    select * from aged_spells
    where
        discharge_delay_days is not null
        and not coalesce(is_death_in_hospital, false)
        and age_years >= 18
),

-- Days on the lists of NHS trusts; what the council alone knows of was never counted.
nhs_delays as (
    select
        delayed_transfers.lsoa_code,
        least(
            delayed_transfers.acute_start_date,
            delayed_transfers.community_start_date,
            delayed_transfers.mental_health_start_date
        ) as first_date,
        greatest(
            {%- for side in ['acute', 'community', 'mental_health'] %}
                case
                    when delayed_transfers.{{ side }}_start_date is not null
                        then coalesce(
                            delayed_transfers.{{ side }}_end_date,
                            {{ tomorrow }}
                        )
                end{{ "," if not loop.last }}
            {%- endfor %}
        ) as until_date
    from delayed_transfers
    inner join persons on delayed_transfers.person_id = persons.person_id
    where {{ age_on('delayed_transfers.start_date', 'persons.birth_month') }} >= 18
),

delay_quarters as (
    select
        nhs_delays.lsoa_code,
        quarters.quarter_start_date,
        {{ dbt.datediff(
            'greatest(nhs_delays.first_date, quarters.quarter_start_date)',
            'least(nhs_delays.until_date, quarters.next_quarter_start_date)',
            'day'
        ) }} as delayed_days
    from nhs_delays
    inner join quarters
        on
            nhs_delays.first_date < quarters.next_quarter_start_date
            and nhs_delays.until_date > quarters.quarter_start_date
),

counted as (
    {%- for metric, (rows, day, amount, base, condition) in metrics.items() %}
        select
            '{{ metric }}' as metric_code,
            lsoa_code,
            {{ day }} as event_date,
            {{ amount }} as amount,
            {{ base }} as base
        from {{ rows }}
        where {{ condition }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    metric_code,
    lsoa_code,
    cast(sum(amount) as bigint) as amount,
    cast(sum(amount * amount) as bigint) as squared_amount,
    cast(sum(base) as bigint) as base_count,
    cast(date_trunc('quarter', event_date) as date) as quarter_start_date
from counted
where event_date <= {{ as_of_date() }}
group by
    metric_code,
    lsoa_code,
    cast(date_trunc('quarter', event_date) as date)
