with appraisals as (
    select * from {{ ref('int_better_care_fund__appraisals') }}
),

schemes as (
    select * from {{ ref('stg_better_care_fund__schemes') }}
)

select
    appraisals.scheme_id,
    appraisals.appraisal_test,
    appraisals.scheme_name,
    appraisals.question,
    appraisals.finding,
    appraisals.sentence,
    appraisals.data_needed,
    appraisals.method,
    appraisals.unit,
    cast(appraisals.claimed_value as double) as claimed_value,
    cast(appraisals.value as double) as found_value,
    cast(appraisals.value_lower as double) as found_value_lower,
    cast(appraisals.value_upper as double) as found_value_upper,
    cast(appraisals.interval_level as double) as interval_level,
    cast(appraisals.p_value as double) as p_value,
    schemes.start_date as scheme_start_date
from appraisals
inner join schemes on appraisals.scheme_id = schemes.scheme_id
