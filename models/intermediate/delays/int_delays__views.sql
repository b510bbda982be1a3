with matched as (
    select * from {{ ref('int_delays__matched') }}
),

-- Where an organisation lists one wait several times over, its last word counts.
ranked as (
    select
        *,
        row_number() over (
            partition by delayed_transfer_id, organisation_code
            order by start_date desc, listed_delay_id desc
        ) as recency
    from matched
),

views as (
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
        max(case when is_linked then 1 else 0 end) = 1 as is_linked,
        coalesce(organisation_code = bed_organisation_code, false) as is_own_bed,
        min(start_date) as start_date,
        case when count(*) = count(end_date) then max(end_date) end as end_date,
        max(until_date) as until_date
    from ranked
    group by
        delayed_transfer_id,
        organisation_code,
        person_id,
        bed_organisation_code,
        bed_stay_id
)

select
    *,
    case
        when next_setting in ('residential home', 'nursing home') then 'care home'
        when
            next_setting in ('home', 'home with care', 'reablement', 'community bed')
            then next_setting
        else 'other'
    end as pathway,
    -- Whose word leads when one is needed: the organisation with the bed, which makes
    -- the official return, then the others in order of their codes.
    row_number() over (
        partition by delayed_transfer_id
        order by case when is_own_bed then 0 else 1 end, organisation_code
    ) as precedence
from views
