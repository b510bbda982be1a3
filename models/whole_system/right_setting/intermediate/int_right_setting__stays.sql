with spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where not coalesce(is_probable_duplicate, false)
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

-- Ordinary acute hospital stays, without maternity. Before ready dates were recorded, a
-- missing date says nothing about whether the person was ready.
stays as (
    select
        hospital_spell_id as stay_id,
        'hospital' as bed_kind,
        cast(null as {{ dbt.type_string() }}) as bed_purpose,
        person_id,
        lsoa_code,
        ready_date between admission_date and discharge_date
        or ready_date >= admission_date and is_open
        or ready_date is null and (is_open or coalesce(is_death_in_hospital, false))
            as is_readiness_known,
        admission_date as start_date,
        ready_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from spells
    where
        is_ordinary_admission
        and not coalesce(is_maternity_admission, false)
        and admission_date >= cast('{{ var("ready_dates_since") }}' as date)
    union all
    select
        community_bed_stay_id as stay_id,
        'community bed' as bed_kind,
        bed_purpose,
        person_id,
        lsoa_code,
        true as is_readiness_known,
        admission_date as start_date,
        admission_date as ready_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from community_bed_stays
    union all
    select
        care_home_stay_id as stay_id,
        'care home' as bed_kind,
        cast(null as {{ dbt.type_string() }}) as bed_purpose,
        person_id,
        lsoa_code,
        true as is_readiness_known,
        start_date,
        start_date as ready_date,
        coalesce(
            {{ add_days('end_date', 1) }}, {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from care_home_stays
),

aged as (
    select
        stays.*,
        greatest(
            stays.start_date, cast('{{ var("ready_dates_since") }}' as date)
        ) as from_date,
        {{ age_on('stays.start_date', 'persons.birth_month') }} as age_years
    from stays
    inner join persons on stays.person_id = persons.person_id
)

select
    stay_id,
    bed_kind,
    bed_purpose,
    person_id,
    lsoa_code,
    coalesce({{ age_band('age_years') }}, 'unknown') as age_band,
    coalesce(is_readiness_known, false) as is_readiness_known,
    start_date,
    ready_date,
    from_date,
    until_date
from aged
where
    until_date > from_date
    and coalesce(age_years, {{ var('adult_age_years') }})
    >= {{ var('adult_age_years') }}
