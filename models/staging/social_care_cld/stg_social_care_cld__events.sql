with lines as (
    select * from {{ ref('base_social_care_cld__events') }}
),

records as (
    select * from lines
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
),

-- The period that a file says it is about: a quarter, or the twelve months that end
-- with it. Where its lines differ, the shortest.
windows as (
    select
        file_id,
        max(period_start_date) as from_date,
        min(period_end_date) as to_date
    from lines
    group by file_id
),

followed as (
    select
        file_id,
        to_date,
        lead(from_date) over sender as next_from_date,
        lead(to_date) over sender as next_to_date,
        greatest(
            {{ add_days('to_date', 1) }}, lead(from_date) over sender
        ) as covered_until_date
    from windows
    window sender as (
        partition by {{ file_sender() }}
        order by substr(file_id, position('__' in file_id))
    )
),

-- Each number with the events that had it, and since when each event has been listed.
numbered as (
    select distinct
        provider_code,
        local_patient_id,
        event_type,
        event_reference,
        start_date,
        min(substr(file_id, position('__' in file_id))) over (
            partition by {{ grain() }}
        ) as first_submission
    from records
),

-- An event that should be listed again and is not is withdrawn when the next file
-- covers its first day, and replaced when a later file gives its number to a new event
-- of the same person that it should have listed already, as when a start date is
-- corrected. Other open events that are missing have ended; int_social_care__events
-- says when.
standing as (
    select latest.*
    from latest
    inner join followed on latest.file_id = followed.file_id
    where
        not coalesce(
            latest.start_date
            between followed.next_from_date and followed.next_to_date,
            false
        )
        and not exists (
            select 1 from numbered
            where
                numbered.provider_code = latest.provider_code
                and numbered.local_patient_id = latest.local_patient_id
                and numbered.event_type = latest.event_type
                and numbered.event_reference = latest.event_reference
                and numbered.first_submission
                > substr(latest.file_id, position('__' in latest.file_id))
                and numbered.start_date < followed.covered_until_date
                and coalesce(latest.end_date > followed.to_date, true)
        )
)

select
    {{ source_record_id('social_care_cld') }} as source_record_id,
    *
from standing
