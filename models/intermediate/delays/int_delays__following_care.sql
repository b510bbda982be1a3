{%- set window_end = add_days('waits.end_date', var('following_care_days')) -%}
with waits as (
    select * from {{ ref('int_delays__waits') }}
    where end_date is not null
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

social_care_services as (
    select * from {{ ref('fct_social_care_service') }}
    where
        client_type = 'Service user'
        and service_setting in ('own home', 'reablement')
),

community_contacts as (
    select * from {{ ref('fct_community_contact') }}
    where is_seen
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_emergency_admission
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

care as (
    select
        person_id,
        'community bed' as care,
        admission_date as from_date,
        admission_date as to_date
    from community_bed_stays
    union all
    select
        person_id,
        'care home' as care,
        start_date as from_date,
        end_date as to_date
    from care_home_stays
    union all
    select
        person_id,
        case
            when service_setting = 'reablement' then 'reablement'
            else 'home with care'
        end as care,
        start_date as from_date,
        end_date as to_date
    from social_care_services
    union all
    select
        person_id,
        'community team' as care,
        contact_date as from_date,
        contact_date as to_date
    from community_contacts
    union all
    select
        person_id,
        'emergency readmission' as care,
        admission_date as from_date,
        admission_date as to_date
    from hospital_spells
    union all
    select
        person_id,
        'death' as care,
        death_date as from_date,
        death_date as to_date
    from deaths
),

-- Care that began within the days after, or was going on when the wait ended.
following as (
    select
        waits.delayed_transfer_id,
        waits.pathway,
        care.care,
        min(greatest(
            {{ dbt.datediff('waits.end_date', 'care.from_date', 'day') }}, 0
        )) as days_to_care
    from waits
    inner join care
        on
            waits.person_id = care.person_id
            and care.from_date <= {{ window_end }}
            and coalesce(care.to_date, {{ as_of_date() }}) >= waits.end_date
    group by waits.delayed_transfer_id, waits.pathway, care.care
),

ranked as (
    select
        *,
        row_number() over (
            partition by delayed_transfer_id order by days_to_care, care
        ) as place
    from following
)

select
    delayed_transfer_id,
    max(case when place = 1 then care end) as first_care,
    max(case when place = 1 then days_to_care end) as days_to_first_care,
    max(case when care = pathway then 1 else 0 end) = 1 as has_waited_for_care
from ranked
group by delayed_transfer_id
