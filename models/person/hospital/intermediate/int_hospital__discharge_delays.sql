with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

bands as (
    select * from {{ ref('discharge_delay_bands') }}
),

-- A ready date outside the stay says nothing about the delay.
delays as (
    select
        hospital_spell_id,
        {{ dbt.datediff('ready_date', 'discharge_date', 'day') }}
            as discharge_delay_days
    from spells
    where
        is_ordinary_admission
        and ready_date between admission_date and discharge_date
        and not coalesce(is_end_assumed, false)
        and not coalesce(is_probable_duplicate, false)
)

select
    delays.hospital_spell_id,
    bands.discharge_delay_band,
    cast(delays.discharge_delay_days as integer) as discharge_delay_days
from delays
left join bands
    on
        delays.discharge_delay_days >= bands.first_days
        and delays.discharge_delay_days
        <= coalesce(bands.last_days, delays.discharge_delay_days)
