-- Did the Better Care Fund schemes achieve what they claim?
select
    scheme_name,
    question,
    finding,
    round(claimed_value, 2) as claimed_value,
    round(found_value, 2) as found_value,
    round(found_value_lower, 2) as found_value_lower,
    round(found_value_upper, 2) as found_value_upper,
    unit
from {{ ref('fct_bcf_scheme_appraisal') }}
order by scheme_name, appraisal_test
