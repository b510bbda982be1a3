with records as (
    select
        'hospital_spell' as fact,
        admission_date as record_date
    from {{ ref('fct_hospital_spell') }}
    union all
    select
        'emergency_attendance' as fact,
        arrival_date as record_date
    from {{ ref('fct_emergency_attendance') }}
    union all
    select
        'community_contact' as fact,
        contact_date as record_date
    from {{ ref('fct_community_contact') }}
    union all
    select
        'community_bed_stay' as fact,
        admission_date as record_date
    from {{ ref('fct_community_bed_stay') }}
    union all
    select
        'mental_health_contact' as fact,
        contact_date as record_date
    from {{ ref('fct_mental_health_contact') }}
    union all
    select
        'mental_health_spell' as fact,
        admission_date as record_date
    from {{ ref('fct_mental_health_spell') }}
    union all
    select
        'social_care_event' as fact,
        start_date as record_date
    from {{ ref('int_social_care__events') }}
    union all
    select
        'listed_delay' as fact,
        start_date as record_date
    from {{ ref('int_delays__listed') }}
)

select
    fact,
    cast(date_trunc('month', record_date) as date) as month_start_date,
    count(*) as fact_count
from records
group by fact, cast(date_trunc('month', record_date) as date)
