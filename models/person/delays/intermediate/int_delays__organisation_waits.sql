with matched as (
    select * from {{ ref('int_delays__matched') }}
),

next_settings as (
    select * from {{ ref('delay_next_settings') }}
),

-- If an organisation lists the same wait several times, its latest entry counts.
latest as (
    select
        *,
        row_number() over (
            partition by delayed_transfer_id, organisation_code
            order by start_date desc, listed_delay_id desc
        ) as recency
    from matched
),

organisation_waits as (
    select
        delayed_transfer_id,
        organisation_code,
        person_id,
        bed_organisation_code,
        bed_stay_id,
        max(case when recency = 1 then lsoa_code end) as lsoa_code,
        max(case when recency = 1 then reason_code end) as reason_code,
        max(case when recency = 1 then responsible_body end) as responsible_body,
        max(case when recency = 1 then next_setting end) as next_setting,
        bool_or(is_linked) as is_linked,
        bool_or(is_open) as is_open,
        coalesce(bool_or(is_end_assumed), false) as is_end_assumed,
        coalesce(organisation_code = bed_organisation_code, false) as is_own_bed,
        min(start_date) as start_date,
        max(until_date) as until_date
    from latest
    group by
        delayed_transfer_id,
        organisation_code,
        person_id,
        bed_organisation_code,
        bed_stay_id
)

select
    organisation_waits.*,
    coalesce(next_settings.pathway, 'other') as pathway,
    coalesce(next_settings.is_care_expected, false) as is_care_expected,
    -- The organisation that owns the bed comes first, because its list is the one
    -- behind the official return; then the others in order of their codes.
    row_number() over (
        partition by organisation_waits.delayed_transfer_id
        order by
            case when organisation_waits.is_own_bed then 0 else 1 end,
            organisation_waits.organisation_code
    ) as precedence
from organisation_waits
left join next_settings
    on organisation_waits.next_setting = next_settings.next_setting
