with hospital_spells as (
    select * from {{ ref('stg_acute_sus__spells') }}
),

patient_classifications as (
    select * from {{ ref('patient_classifications') }}
),

community_bed_stays as (
    select * from {{ ref('stg_community_beds__bed_stays') }}
),

mental_health_spells as (
    select * from {{ ref('stg_mental_health_mhsds__spells') }}
),

-- An open stay counts up to the last day on which a file confirmed it.
submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

stays as (
    select
        hospital_spells.provider_code as organisation_code,
        hospital_spells.admission_date as from_date,
        coalesce(
            hospital_spells.discharge_date,
            submissions.confirmed_until_date,
            {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from hospital_spells
    left join submissions
        on
            submissions.feed = 'acute_sus'
            and hospital_spells.file_id = submissions.file_id
    inner join patient_classifications
        on hospital_spells.patient_classification_code = patient_classifications.code
    where patient_classifications.is_ordinary
    union all
    select
        community_bed_stays.provider_code as organisation_code,
        community_bed_stays.admission_date as from_date,
        coalesce(
            community_bed_stays.discharge_date,
            submissions.confirmed_until_date,
            {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from community_bed_stays
    left join submissions
        on
            submissions.feed = 'community_beds'
            and community_bed_stays.file_id = submissions.file_id
    union all
    select
        mental_health_spells.provider_code as organisation_code,
        mental_health_spells.admission_date as from_date,
        coalesce(
            mental_health_spells.discharge_date,
            submissions.confirmed_until_date,
            {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from mental_health_spells
    left join submissions
        on
            submissions.feed = 'mental_health_mhsds'
            and mental_health_spells.file_id = submissions.file_id
)

select
    stays.organisation_code,
    cast(sum({{ dbt.datediff(
        'greatest(stays.from_date, months.month_start_date)',
        'least(stays.until_date, months.until_date)',
        'day'
    ) }}) as integer) as occupied_bed_days,
    months.month_start_date
from stays
inner join months
    on
        stays.from_date < months.until_date
        and stays.until_date > months.month_start_date
group by stays.organisation_code, months.month_start_date
