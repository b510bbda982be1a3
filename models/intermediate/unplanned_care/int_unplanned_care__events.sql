with attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

members as (
    select distinct lsoa_code from {{ ref('int_place__neighbourhood_lsoas') }}
),

icd10_chapters as (
    select * from {{ ref('icd10_chapters') }}
),

attended as (
    select
        person_id,
        lsoa_code,
        case
            when is_ambulance_conveyed then 'ambulance' else 'own way'
        end || ' to A&E' as route,
        'complaint ' || chief_complaint_code as condition,
        department_type_code,
        1 as amount,
        cast(date_trunc('month', arrival_date) as date) as month_start_date
    from attendances
    where is_unplanned and arrival_date <= {{ as_of_date() }}
),

described_spells as (
    select
        hospital_spells.*,
        icd10_chapters.name as condition,
        case
            when hospital_spells.is_ambulance_conveyed then 'ambulance to A&E'
            when hospital_spells.admission_method_code = '21' then 'own way to A&E'
            else 'directly to a ward'
        end as route
    from hospital_spells
    left join icd10_chapters
        on
            substr(hospital_spells.primary_icd10_code, 1, 3)
            between icd10_chapters.first_code and icd10_chapters.last_code
    where hospital_spells.admission_date <= {{ as_of_date() }}
),

admitted as (
    select
        *,
        1 as amount,
        cast(date_trunc('month', admission_date) as date) as month_start_date
    from described_spells
    where is_emergency_admission
),

-- Nights are counted in the month they fall in, of every spell of a continuous stay
-- that began as an emergency: a transfer does not end the emergency.
bed_days as (
    select
        described_spells.person_id,
        described_spells.lsoa_code,
        first_spells.route,
        first_spells.condition,
        {{ dbt.datediff(
            'greatest(described_spells.admission_date, months.month_start_date)',
            'least(described_spells.discharge_date, '
            ~ add_days(as_of_date(), 1) ~ ', months.next_month_start_date)',
            'day'
        ) }} as amount,
        months.month_start_date
    from described_spells
    inner join admitted as first_spells
        on described_spells.continuous_stay_id = first_spells.hospital_spell_id
    inner join months
        on
            described_spells.admission_date < months.next_month_start_date
            and coalesce(described_spells.discharge_date, {{ as_of_date() }})
            >= months.month_start_date
),

counted as (
    {%- for measure, (relation, condition) in {
        'unplanned_attendance': ('attended', 'true'),
        'unplanned_attendance_type_1': ('attended', "department_type_code = '01'"),
        'unplanned_attendance_type_2': ('attended', "department_type_code = '02'"),
        'unplanned_attendance_type_3':
            ('attended', "department_type_code in ('03', '04')"),
        'unplanned_attendance_same_day': ('attended', "department_type_code = '05'"),
        'emergency_admission': ('admitted', 'true'),
        'acsc_admission': ('admitted', 'is_acsc_admission'),
        'zero_day_emergency_admission': ('admitted', 'length_of_stay_days = 0'),
        'ambulance_emergency_admission': ('admitted', 'is_ambulance_conveyed'),
        'emergency_bed_days': ('bed_days', 'amount > 0'),
    }.items() %}
        select
            '{{ measure }}' as counted_as,
            person_id,
            lsoa_code,
            route,
            condition,
            amount,
            month_start_date
        from {{ relation }}
        where {{ condition }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

aged as (
    select
        counted.*,
        {{ age_band(age_on('counted.month_start_date', 'persons.birth_month')) }}
            as age_band
    from counted
    inner join persons on counted.person_id = persons.person_id
)

select
    aged.counted_as,
    aged.lsoa_code,
    coalesce(aged.age_band, 'unknown') as age_band,
    aged.route,
    coalesce(aged.condition, 'not recorded') as condition,
    cast(sum(aged.amount) as bigint) as event_count,
    aged.month_start_date
from aged
inner join members on aged.lsoa_code = members.lsoa_code
inner join months on aged.month_start_date = months.month_start_date
group by
    aged.counted_as,
    aged.lsoa_code,
    coalesce(aged.age_band, 'unknown'),
    aged.route,
    coalesce(aged.condition, 'not recorded'),
    aged.month_start_date
