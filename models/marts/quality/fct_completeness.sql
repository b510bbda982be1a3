{%- set facts = {
    'hospital_spell': ('fct_hospital_spell', 'admission_date'),
    'emergency_attendance': ('fct_emergency_attendance', 'arrival_date'),
    'community_contact': ('fct_community_contact', 'contact_date'),
    'community_bed_stay': ('fct_community_bed_stay', 'admission_date'),
    'mental_health_contact': ('fct_mental_health_contact', 'contact_date'),
    'mental_health_spell': ('fct_mental_health_spell', 'admission_date'),
    'social_care_event': ('int_social_care__events', 'start_date'),
    'listed_delay': ('int_delays__listed', 'start_date'),
} -%}

with accepted_records as (
    select * from {{ ref('int_quality__accepted_records') }}
),

in_facts as (
    {%- for fact, part in facts.items() %}
    select
        '{{ fact }}' as fact,
        cast(date_trunc('month', {{ part[1] }}) as date) as month_start_date,
        count(*) as fact_count
    from {{ ref(part[0]) }}
    group by cast(date_trunc('month', {{ part[1] }}) as date)
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    md5(
        accepted_records.fact
        || '|' || cast(accepted_records.month_start_date as varchar)
    ) as completeness_id,
    accepted_records.feed,
    accepted_records.fact,
    accepted_records.accepted_count,
    coalesce(in_facts.fact_count, 0) as fact_count,
    accepted_records.opted_out_count,
    accepted_records.without_patient_count,
    -- Against the median of the twelve months before: a month that falls far below its own
    -- history is more likely unsent than quiet.
    accepted_records.accepted_count / nullif(
        median(accepted_records.accepted_count) over (
            partition by accepted_records.fact
            order by accepted_records.month_start_date
            rows between 12 preceding and 1 preceding
        ), 0
    ) as share_of_usual_count,
    accepted_records.month_start_date
from accepted_records
left join in_facts
    on
        accepted_records.fact = in_facts.fact
        and accepted_records.month_start_date = in_facts.month_start_date
