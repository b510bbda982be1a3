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

months as (
    select * from {{ ref('int_calendar__months') }}
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
),

fact_months as (
    -- Every month from a fact's first on, so that a month of silence has a row too.
    select
        first_months.feed,
        first_months.fact,
        months.month_start_date
    from (
        select
            feed,
            fact,
            min(month_start_date) as month_start_date
        from accepted_records
        group by feed, fact
    ) as first_months
    inner join months on first_months.month_start_date <= months.month_start_date
    union
    select
        feed,
        fact,
        month_start_date
    from accepted_records
),

counted as (
    select
        fact_months.feed,
        fact_months.fact,
        fact_months.month_start_date,
        coalesce(accepted_records.accepted_count, 0) as accepted_count,
        coalesce(in_facts.fact_count, 0) as fact_count,
        coalesce(accepted_records.opted_out_count, 0) as opted_out_count,
        coalesce(accepted_records.without_patient_count, 0) as without_patient_count,
        coalesce(accepted_records.birth_count, 0) as birth_count,
        coalesce(
            accepted_records.accepted_count - accepted_records.without_patient_count, 0
        ) as with_patient_count,
        -- The feeds tell of months outside the hub's by chance only.
        months.month_start_date is not null as is_covered
    from fact_months
    left join accepted_records
        on
            fact_months.fact = accepted_records.fact
            and fact_months.month_start_date = accepted_records.month_start_date
    left join in_facts
        on
            fact_months.fact = in_facts.fact
            and fact_months.month_start_date = in_facts.month_start_date
    left join months on fact_months.month_start_date = months.month_start_date
),

held_against_usual as (
    select
        *,
        -- The median of the months with records among the twelve before: silence is not
        -- to become usual by lasting.
        case
            when is_covered
                then {{ median('nullif(with_patient_count, 0)') }}
                    over (
                        partition by fact, is_covered
                        order by month_start_date
                        rows between 12 preceding and 1 preceding
                    )
        end as usual_count
    from counted
)

select
    md5(fact || '|' || cast(month_start_date as {{ dbt.type_string() }}))
        as completeness_id,
    feed,
    fact,
    accepted_count,
    fact_count,
    opted_out_count,
    without_patient_count,
    birth_count,
    with_patient_count > 0 or usual_count is not null as is_delivered,
    cast(usual_count as double) as usual_count,
    with_patient_count / usual_count as share_of_usual_count,
    month_start_date
from held_against_usual
