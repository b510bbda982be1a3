with records as (
    select * from {{ ref('base_better_care_fund__schemes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    scheme_id,
    scheme_name,
    ward_codes,
    pathway,
    funder,
    evidence,
    file_id,
    line_number,
    age_from,
    age_to,
    claimed_people,
    claimed_effect_percent,
    claimed_prevented_a_year,
    ramp_months,
    cost_a_year_gbp,
    start_date
from latest
