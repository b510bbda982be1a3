with delayed_transfers as (
    select * from {{ ref('fct_delayed_transfer') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- From the first to the last night on the list of any NHS trust. Delays that only the
-- council lists have neither.
listed as (
    select
        delayed_transfer_id,
        person_id,
        lsoa_code,
        least(acute_start_date, community_start_date, mental_health_start_date)
            as from_date,
        greatest(
            case
                when acute_start_date is not null
                    then coalesce(acute_end_date, {{ add_days(as_of_date(), 1) }})
            end,
            case
                when community_start_date is not null
                    then coalesce(community_end_date, {{ add_days(as_of_date(), 1) }})
            end,
            case
                when mental_health_start_date is not null
                    then coalesce(
                        mental_health_end_date, {{ add_days(as_of_date(), 1) }}
                    )
            end
        ) as until_date
    from delayed_transfers
),

month_parts as (
    select
        listed.delayed_transfer_id,
        listed.person_id,
        listed.lsoa_code,
        greatest(listed.from_date, months.month_start_date) as from_date,
        least(
            listed.until_date,
            months.until_date,
            {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from listed
    inner join months
        on
            listed.from_date < months.until_date
            and listed.until_date > months.month_start_date
)

select
    delayed_transfer_id,
    person_id,
    lsoa_code,
    cast({{ dbt.datediff(
        'from_date', 'until_date', 'day'
    ) }} as integer) as day_count,
    from_date as first_date
from month_parts
where until_date > from_date
