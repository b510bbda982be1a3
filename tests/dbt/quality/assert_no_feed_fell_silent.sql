{{ config(severity='warn') }}

with completeness as (
    select * from {{ ref('fct_completeness') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
)

select
    completeness.feed,
    completeness.fact,
    completeness.month_start_date,
    completeness.accepted_count,
    completeness.without_patient_count,
    completeness.usual_count
from completeness
inner join months on completeness.month_start_date = months.month_start_date
where
    months.is_complete
    and (
        (
            completeness.usual_count >= {{ var('silent_usual_count') }}
            and completeness.share_of_usual_count < {{ var('silent_share') }}
        )
        -- If patients are missing from the first month on, there is no usual count.
        or (
            completeness.accepted_count >= {{ var('silent_usual_count') }}
            and completeness.accepted_count - completeness.without_patient_count
            < {{ var('silent_share') }} * completeness.accepted_count
        )
    )
