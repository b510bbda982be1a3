with schemes as (
    select
        *,
        cast(date_trunc('month', start_date) as date) as start_month
    from {{ ref('stg_better_care_fund__schemes') }}
),

scheme_persons as (
    select * from {{ ref('stg_better_care_fund__scheme_persons') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

-- People who opted out have no pseudonym, so they are not members here.
members as (
    select distinct
        scheme_persons.scheme_id,
        pseudonyms.person_id
    from scheme_persons
    left join merged_numbers
        on scheme_persons.nhs_number = merged_numbers.superseded_nhs_number
    inner join pseudonyms
        on
            'nhs:' || coalesce(
                merged_numbers.current_nhs_number, scheme_persons.nhs_number
            ) = pseudonyms.person_key
),

enrolling_schemes as (
    select * from schemes
    where scheme_id in (select members.scheme_id from members)
),

-- Everyone who lived in the scheme's wards at its start and was of its ages.
candidates as (
    select
        enrolling_schemes.scheme_id,
        enrolling_schemes.pathway,
        enrolling_schemes.start_month,
        enrolling_schemes.ramp_months,
        enrolling_schemes.age_from,
        enrolling_schemes.age_to,
        persons.person_id,
        persons.sex,
        {{ age_on('enrolling_schemes.start_month', 'persons.birth_month') }}
            as age_years,
        members.person_id is not null as is_member
    from enrolling_schemes
    inner join residences
        on
            enrolling_schemes.start_date >= residences.from_date
            and enrolling_schemes.start_date < residences.until_date
    inner join lsoas
        on
            residences.lsoa_code = lsoas.lsoa_code
            and (
                enrolling_schemes.ward_codes is null
                or enrolling_schemes.ward_codes like '%' || lsoas.ward_code || '%'
            )
    inner join persons
        on
            residences.person_id = persons.person_id
            and coalesce(persons.death_month, enrolling_schemes.start_month)
            >= enrolling_schemes.start_month
    left join members
        on
            enrolling_schemes.scheme_id = members.scheme_id
            and persons.person_id = members.person_id
),

aged as (
    select * from candidates
    where age_years between age_from and coalesce(age_to, age_years)
),

counted as (
    select
        aged.scheme_id,
        aged.person_id,
        aged.ramp_months,
        countable_events.amount,
        {{ dbt.datediff(
            'aged.start_month', 'countable_events.month_start_date', 'month'
        ) }} as month_number
    from aged
    inner join countable_events
        on
            aged.person_id = countable_events.person_id
            and aged.pathway = countable_events.measure
),

-- The year before the start, the year before that, and the year after the ramp-up.
histories as (
    select
        scheme_id,
        person_id,
        sum(case when month_number < -12 then amount end) as events_earlier,
        sum(case when month_number between -12 and -1 then amount end)
            as events_before,
        sum(case when month_number >= ramp_months then amount end) as events_after
    from counted
    where month_number between -24 and ramp_months + 11
    group by scheme_id, person_id
)

select
    aged.scheme_id,
    aged.person_id,
    aged.sex,
    aged.age_years,
    cast(coalesce(histories.events_earlier, 0) as integer) as events_earlier,
    cast(coalesce(histories.events_before, 0) as integer) as events_before,
    cast(coalesce(histories.events_after, 0) as integer) as events_after,
    aged.is_member
from aged
left join histories
    on
        aged.scheme_id = histories.scheme_id
        and aged.person_id = histories.person_id
