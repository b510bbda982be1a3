with stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

neighbourhood_months as (
    select * from {{ ref('fct_neighbourhood_month') }}
),

cities as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'city'
),

lived as (
    select
        neighbourhood_months.sex,
        neighbourhood_months.age_band,
        sum(neighbourhood_months.person_days) / 365.25e0 as person_years
    from neighbourhood_months
    inner join cities
        on neighbourhood_months.neighbourhood_id = cities.neighbourhood_id
    where
        neighbourhood_months.month_start_date >= {{ bed_need_from_date() }}
        and neighbourhood_months.sex in ('female', 'male')
        and neighbourhood_months.age_band <> 'unknown'
    group by neighbourhood_months.sex, neighbourhood_months.age_band
),

admitted as (
    select
        stays.bed_purpose,
        persons.sex,
        {{ age_band(age_on('stays.admission_date', 'persons.birth_month')) }}
            as age_band,
        count(*) as admissions
    from stays
    inner join persons on stays.person_id = persons.person_id
    where stays.admission_date >= {{ bed_need_from_date() }}
    group by
        stays.bed_purpose,
        persons.sex,
        {{ age_band(age_on('stays.admission_date', 'persons.birth_month')) }}
),

purposes as (
    select
        bed_purpose,
        sum(admissions) as admissions,
        sum(
            case
                when sex in ('female', 'male') and age_band is not null
                    then admissions
                else 0
            end
        ) as known_admissions
    from admitted
    group by bed_purpose
)

-- Admissions of people of unknown age or sex are distributed like the others.
select
    purposes.bed_purpose,
    lived.sex || ' ' || lived.age_band as cell,
    coalesce(admitted.admissions, 0)
    * cast(purposes.admissions as double)
    / nullif(purposes.known_admissions, 0) as admissions,
    cast(lived.person_years as double) as person_years
from purposes
cross join lived
left join admitted
    on
        purposes.bed_purpose = admitted.bed_purpose
        and lived.sex = admitted.sex
        and lived.age_band = admitted.age_band
where purposes.known_admissions > 0
