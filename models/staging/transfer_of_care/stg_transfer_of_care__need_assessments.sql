with records as (
    select * from {{ ref('base_transfer_of_care__need_assessments') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    bed_kind,
    stay_id,
    night_care_need,
    file_id,
    line_number,
    care_hours_per_week,
    has_carer = 'Y' as has_carer,
    has_rehabilitation_goals = 'Y' as has_rehabilitation_goals,
    assessed_date,
    rehabilitation_goals_met_date,
    home_care_available_date
from latest
