-- What is counted for the whole city only, by a part that is not an area.
with months as (
    select * from {{ ref('int_board__months') }}
),

delays as (
    select * from {{ ref('fct_delayed_transfer') }}
),

judged_runs as (
    select * from {{ ref('fct_right_setting') }}
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

feed_rows as (
    select * from {{ ref('fct_feed_row_account') }}
),

last_year as (
    select max(financial_year_start_date) as financial_year_start_date from months
),

-- The lists that a delay is on, and whether hospital and council agree about it.
listed as (
    select
        'listed_delay' as event,
        concat(
            case when acute_start_date is null then '' else 'acute ' end,
            case when community_start_date is null then '' else 'community ' end,
            case when mental_health_start_date is null then '' else 'mental ' end,
            case when council_start_date is null then '' else 'council ' end,
            case
                when acute_start_date is null or council_start_date is null then ''
                when acute_reason_code = council_reason_code then 'agreed'
                else 'differs'
            end
        ) as part,
        1 as amount,
        start_date as counted_date
    from delays
),

waiting_for as (
    select
        'delayed_days' as event,
        coalesce(constraint_name, 'not recorded') as part,
        delayed_days as amount,
        start_date as counted_date
    from delays
    where delayed_days > 0
),

-- The days of a run of one judgement count in the year in which it began.
judged as (
    select
        case bed_kind
            when 'hospital' then 'hospital_judged_days'
            else 'community_bed_judged_days'
        end as event,
        coalesce(best_setting, 'not known') as part,
        bed_days as amount,
        from_date as counted_date
    from judged_runs
    where bed_kind in ('hospital', 'community bed') and bed_days > 0
),

-- Nights of a stay count in the year in which it began.
nights as (
    select
        'community_bed_nights' as event,
        coalesce(bed_purpose, 'not recorded') as part,
        length_of_stay_days as amount,
        admission_date as counted_date
    from community_bed_stays
    where length_of_stay_days > 0
),

events as (
    select * from listed
    union all
    select * from waiting_for
    union all
    select * from judged
    union all
    select * from nights
),

counted as (
    select
        events.event,
        trim(events.part) as part,
        sum(events.amount) as amount,
        count(*) as contributor_count,
        months.financial_year_start_date
    from events
    inner join months
        on
            cast({{ dbt.date_trunc('month', 'events.counted_date') }} as date)
            = months.month_start_date
    group by events.event, trim(events.part), months.financial_year_start_date
),

-- Lines of files, since the first one: no counts of people, but controlled alike.
{%- set outcomes = ['current', 'superseded', 'duplicate', 'quarantined'] %}
lines as (
    {%- for outcome in outcomes %}
        select
            'feed_row' as event,
            feed || ' {{ outcome }}' as part,
            sum({{ outcome }}_count) as amount,
            sum({{ outcome }}_count) as contributor_count
        from feed_rows
        group by feed
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    event,
    part,
    cast(amount as bigint) as amount,
    cast(contributor_count as bigint) as contributor_count,
    financial_year_start_date
from counted
union all
select
    lines.event,
    lines.part,
    cast(lines.amount as bigint) as amount,
    cast(lines.contributor_count as bigint) as contributor_count,
    last_year.financial_year_start_date
from lines
cross join last_year
