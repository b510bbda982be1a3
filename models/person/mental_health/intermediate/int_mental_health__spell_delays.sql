-- In the vault: the model does not know the patient, so it cannot leave out the spells
-- of people who opted out.
{{ config(database='vault') }}

with delayed_discharges as (
    select * from {{ ref('stg_mental_health_mhsds__delayed_discharges') }}
),

ready_periods as (
    select * from {{ ref('stg_mental_health_mhsds__ready_for_discharge_periods') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'mental_health_mhsds'
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

-- Version 5 of the data set has delayed discharges, version 6 has periods of being
-- clinically ready for discharge. A period in both is one period.
periods as (
    select
        provider_code,
        spell_id,
        file_id,
        start_date,
        end_date
    from delayed_discharges
    union distinct
    select
        provider_code,
        spell_id,
        file_id,
        start_date,
        end_date
    from ready_periods
),

-- Days of an open period are counted up to the last day on which a file confirmed it,
-- or to the as-of date if it may still be open.
latest as (
    select
        periods.provider_code,
        periods.spell_id,
        periods.start_date,
        greatest(
            periods.start_date,
            coalesce(
                max(periods.end_date),
                max(coalesce(submissions.confirmed_until_date, {{ as_of_date() }}))
            )
        ) as until_date
    from periods
    left join submissions on periods.file_id = submissions.file_id
    group by periods.provider_code, periods.spell_id, periods.start_date
)

select
    {{ event_id('mental_health_spell', ['latest.provider_code', 'latest.spell_id']) }}
        as mental_health_spell_id,
    sum({{ dbt.datediff('latest.start_date', 'latest.until_date', 'day') }})
        as delayed_days,
    min(latest.start_date) as ready_date
from latest
cross join id_salt
group by id_salt.salt, latest.provider_code, latest.spell_id
