with stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

outcomes as (
    select * from {{ ref('int_community_beds__outcomes') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

delays as (
    select * from {{ ref('fct_delayed_transfer') }}
),

-- The hospital stay that ended on the day of admission to the bed or the day before.
came_from as (
    select
        stays.community_bed_stay_id,
        spells.hospital_spell_id,
        row_number() over (
            partition by stays.community_bed_stay_id
            order by
                spells.discharge_date desc,
                spells.admission_date desc,
                spells.hospital_spell_id asc
        ) as recency
    from stays
    inner join spells
        on
            stays.person_id = spells.person_id
            and spells.discharge_date
            between {{ add_days('stays.admission_date', -1) }} and stays.admission_date
            and spells.is_ordinary_admission
),

-- Of several waits during the stay, the one that began last kept the person in the bed.
waited_for as (
    select
        stays.community_bed_stay_id,
        coalesce(delays.community_reason_code, delays.council_reason_code)
            as waited_for_reason_code,
        delays.next_setting as waited_for_setting,
        row_number() over (
            partition by stays.community_bed_stay_id
            order by delays.start_date desc, delays.delayed_transfer_id asc
        ) as recency
    from stays
    inner join delays
        on
            stays.person_id = delays.person_id
            and stays.organisation_code = delays.organisation_code
            and stays.admission_date <= delays.start_date
            and coalesce(stays.discharge_date, {{ as_of_date() }}) >= delays.start_date
)

select
    stays.community_bed_stay_id,
    stays.person_id,
    came_from.hospital_spell_id,
    stays.organisation_code,
    stays.site_code,
    stays.lsoa_code,
    waited_for.waited_for_reason_code,
    stays.bed_purpose,
    stays.admission_source,
    waited_for.waited_for_setting,
    stays.discharge_destination,
    cast(case
        when stays.referred_date <= stays.admission_date
            then {{ dbt.datediff(
                'stays.referred_date', 'stays.admission_date', 'day'
            ) }}
    end as integer) as wait_days,
    cast({{ dbt.datediff(
        'stays.admission_date', 'stays.discharge_date', 'day'
    ) }} as integer) as length_of_stay_days,
    cast(case
        when
            not coalesce(stays.is_end_assumed, false)
            and stays.ready_date between stays.admission_date and stays.discharge_date
            then {{ dbt.datediff('stays.ready_date', 'stays.discharge_date', 'day') }}
    end as integer) as discharge_delay_days,
    stays.is_linked,
    stays.discharge_date is null as is_open,
    stays.is_end_assumed,
    outcomes.is_at_home_after_91_days,
    outcomes.is_readmitted_within_30_days,
    stays.referred_date,
    stays.admission_date,
    stays.ready_date,
    stays.discharge_date
from stays
left join came_from
    on
        stays.community_bed_stay_id = came_from.community_bed_stay_id
        and came_from.recency = 1
left join waited_for
    on
        stays.community_bed_stay_id = waited_for.community_bed_stay_id
        and waited_for.recency = 1
left join outcomes on stays.community_bed_stay_id = outcomes.community_bed_stay_id
