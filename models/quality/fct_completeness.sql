with accepted_records as (
    select * from {{ ref('int_quality__accepted_records') }}
),

fact_records as (
    select * from {{ ref('int_quality__fact_records') }}
),

delivered_facts as (
    select * from {{ ref('int_person_time__delivered_facts') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

first_months as (
    select
        feed,
        fact,
        min(month_start_date) as month_start_date
    from accepted_records
    group by feed, fact
),

-- Every month from the first month of a fact, so that a silent month has a row too.
fact_months as (
    select
        first_months.feed,
        first_months.fact,
        months.month_start_date
    from first_months
    inner join months on first_months.month_start_date <= months.month_start_date
    union distinct
    select
        feed,
        fact,
        month_start_date
    from accepted_records
    union distinct
    -- A feed that is not delivered at all says so in every month.
    select
        delivered_facts.feed,
        delivered_facts.fact,
        months.month_start_date
    from delivered_facts
    cross join months
    where
        not delivered_facts.is_delivered
        and delivered_facts.fact <> 'death'
),

counted as (
    select
        fact_months.feed,
        fact_months.fact,
        fact_months.month_start_date,
        coalesce(accepted_records.accepted_count, 0) as accepted_count,
        coalesce(fact_records.fact_count, 0) as fact_count,
        coalesce(accepted_records.opted_out_count, 0) as opted_out_count,
        coalesce(accepted_records.without_patient_count, 0) as without_patient_count,
        coalesce(accepted_records.birth_count, 0) as birth_count,
        coalesce(
            accepted_records.accepted_count - accepted_records.without_patient_count, 0
        ) as with_patient_count,
        -- Feeds cover months outside the hub's only by chance.
        months.month_start_date is not null as is_covered
    from fact_months
    left join accepted_records
        on
            fact_months.fact = accepted_records.fact
            and fact_months.month_start_date = accepted_records.month_start_date
    left join fact_records
        on
            fact_months.fact = fact_records.fact
            and fact_months.month_start_date = fact_records.month_start_date
    left join months on fact_months.month_start_date = months.month_start_date
),

compared_with_usual as (
    select
        *,
        -- The median of those of the twelve months before that have records: a long
        -- silence must not become usual.
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
from compared_with_usual
