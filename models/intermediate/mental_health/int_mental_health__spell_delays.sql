-- In the vault: it does not know whose spells these are, so it cannot leave out those
-- of people who opted out.
{{ config(database='vault') }}

with delayed_discharges as (
    select * from {{ ref('stg_mental_health_mhsds__delayed_discharges') }}
),

ready_periods as (
    select * from {{ ref('stg_mental_health_mhsds__ready_for_discharge_periods') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

-- Version 5 of the data set called it a delayed discharge, version 6 a period
-- clinically ready for discharge; a period that both report is one period.
periods as (
    select
        provider_code,
        spell_id,
        start_date,
        end_date
    from delayed_discharges
    union distinct
    select
        provider_code,
        spell_id,
        start_date,
        end_date
    from ready_periods
),

latest as (
    select
        provider_code,
        spell_id,
        start_date,
        max(end_date) as end_date
    from periods
    group by provider_code, spell_id, start_date
)

select
    {{ event_id('mental_health_spell', ['latest.provider_code', 'latest.spell_id']) }}
        as mental_health_spell_id,
    sum({{ dbt.datediff(
        'latest.start_date',
        'coalesce(latest.end_date, ' ~ as_of_date() ~ ')',
        'day'
    ) }}) as delayed_days,
    min(latest.start_date) as ready_date
from latest
cross join id_salt
group by id_salt.salt, latest.provider_code, latest.spell_id
