with hospital_spells as (
    select * from {{ ref('stg_acute_sus__spells') }}
    where patient_classification_code = '1'
),

community_bed_stays as (
    select * from {{ ref('stg_community_beds__bed_stays') }}
),

mental_health_spells as (
    select * from {{ ref('stg_mental_health_mhsds__spells') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

stays as (
    {%- for part in [
        'hospital_spells', 'community_bed_stays', 'mental_health_spells'
    ] %}
        select
            provider_code as organisation_code,
            admission_date,
            coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as left_date
        from {{ part }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    stays.organisation_code,
    cast(sum({{ dbt.datediff(
        'greatest(stays.admission_date, months.month_start_date)',
        'least(stays.left_date, months.next_month_start_date)',
        'day'
    ) }}) as integer) as occupied_bed_days,
    months.month_start_date
from stays
inner join months
    on
        stays.admission_date < months.next_month_start_date
        and stays.left_date > months.month_start_date
group by stays.organisation_code, months.month_start_date
