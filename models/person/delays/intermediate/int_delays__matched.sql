with listed as (
    select * from {{ ref('int_delays__listed') }}
),

bed_stays as (
    select * from {{ ref('int_delays__bed_stays') }}
),

-- The stay in which the entry begins. If the person was discharged and readmitted on
-- that day, the stay that ended. If there is none, the first stay that the entry runs
-- into.
candidates as (
    select
        listed.listed_delay_id,
        bed_stays.bed_stay_id,
        bed_stays.admission_date,
        listed.start_date >= bed_stays.admission_date as begins_in_stay,
        row_number() over (
            partition by listed.listed_delay_id
            order by
                case
                    when listed.start_date >= bed_stays.admission_date then 0
                    else 1
                end,
                bed_stays.admission_date,
                bed_stays.bed_stay_id
        ) as preference
    from listed
    inner join bed_stays
        on
            listed.person_id = bed_stays.person_id
            and listed.bed_organisation_code = bed_stays.organisation_code
            and listed.until_date >= bed_stays.admission_date
            and listed.start_date <= bed_stays.until_date
),

ordered as (
    select
        listed.*,
        candidates.bed_stay_id,
        candidates.admission_date,
        coalesce(candidates.begins_in_stay, false) as begins_in_stay,
        max(listed.until_date) over (
            partition by listed.person_id, listed.bed_organisation_code
            order by listed.start_date, listed.listed_delay_id
            rows between unbounded preceding and 1 preceding
        ) as previous_until_date,
        lag(listed.start_date) over entries as previous_start_date,
        lag(candidates.bed_stay_id) over entries as previous_stay_id
    from listed
    left join candidates
        on
            listed.listed_delay_id = candidates.listed_delay_id
            and candidates.preference = 1
    window entries as (
        partition by listed.person_id, listed.bed_organisation_code
        order by listed.start_date, listed.listed_delay_id
    )
),

-- Entries that overlap, or are no further apart than the tolerance, describe the same
-- wait in the same bed, unless a new stay began between their start dates.
numbered as (
    select
        *,
        sum(
            case
                when
                    begins_in_stay
                    and previous_start_date <= admission_date
                    and previous_stay_id is distinct from bed_stay_id
                    then 1
                when
                    {{ dbt.datediff('previous_until_date', 'start_date', 'day') }}
                    <= {{ var('delay_tolerance_days') }}
                    then 0
                else 1
            end
        ) over (
            partition by person_id, bed_organisation_code
            order by start_date, listed_delay_id
        ) as delay_number
    from ordered
)

select
    listed_delay_id,
    min(listed_delay_id) over wait as delayed_transfer_id,
    first_value(bed_stay_id) over (
        partition by person_id, bed_organisation_code, delay_number
        order by
            case when begins_in_stay then 0 when bed_stay_id is null then 2 else 1 end,
            start_date,
            listed_delay_id
    ) as bed_stay_id,
    person_id,
    organisation_code,
    bed_organisation_code,
    lsoa_code,
    reason_code,
    responsible_body,
    next_setting,
    is_linked,
    is_open,
    is_end_assumed,
    start_date,
    until_date
from numbered
window wait as (partition by person_id, bed_organisation_code, delay_number)
