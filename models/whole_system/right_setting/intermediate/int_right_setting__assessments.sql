with assessments as (
    select * from {{ ref('stg_transfer_of_care__need_assessments') }}
),

stays as (
    select * from {{ ref('int_right_setting__stays') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

-- Care home stays have no shared number, so the resident's NHS number is used instead.
keyed as (
    select
        assessments.*,
        case assessments.bed_kind
            when 'hospital'
                then {{ event_id('hospital_spell', [
                    'assessments.provider_code', 'assessments.stay_id'
                ]) }}
            when 'community bed'
                then {{ event_id('community_bed_stay', [
                    'assessments.provider_code', 'assessments.stay_id'
                ]) }}
        end as bed_stay_id,
        case
            when assessments.bed_kind = 'care home'
                then 'nhs:' || coalesce(
                    merged_numbers.current_nhs_number, assessments.stay_id
                )
        end as person_key
    from assessments
    cross join id_salt
    left join merged_numbers
        on assessments.stay_id = merged_numbers.superseded_nhs_number
),

matched as (
    select
        stays.stay_id,
        stays.start_date,
        stays.until_date,
        keyed.night_care_need,
        keyed.care_hours_per_week,
        keyed.has_carer,
        keyed.has_rehabilitation_goals,
        keyed.assessed_date,
        keyed.rehabilitation_goals_met_date,
        keyed.home_care_available_date
    from keyed
    inner join stays on keyed.bed_stay_id = stays.stay_id
    union all
    select
        stays.stay_id,
        stays.start_date,
        stays.until_date,
        keyed.night_care_need,
        keyed.care_hours_per_week,
        keyed.has_carer,
        keyed.has_rehabilitation_goals,
        keyed.assessed_date,
        keyed.rehabilitation_goals_met_date,
        keyed.home_care_available_date
    from keyed
    inner join pseudonyms on keyed.person_key = pseudonyms.person_key
    inner join stays
        on
            pseudonyms.person_id = stays.person_id
            and stays.bed_kind = 'care home'
            and keyed.assessed_date < stays.until_date
),

ordered as (
    select
        *,
        lag(assessed_date) over stay_assessments as previous_date,
        lead(assessed_date) over stay_assessments as next_date
    from matched
    window stay_assessments as (
        partition by stay_id
        order by
            assessed_date, night_care_need nulls last, care_hours_per_week nulls last
    )
),

-- The first assessment also applies to the days before it; each applies until the next.
held as (
    select
        stay_id,
        night_care_need,
        care_hours_per_week,
        has_carer,
        has_rehabilitation_goals,
        rehabilitation_goals_met_date,
        home_care_available_date,
        assessed_date,
        case
            when previous_date is null then start_date
            else greatest(assessed_date, start_date)
        end as from_date,
        coalesce(next_date, until_date) as until_date
    from ordered
)

select * from held
where from_date < until_date
