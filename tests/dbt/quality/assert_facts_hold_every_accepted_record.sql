select
    fact,
    month_start_date,
    accepted_count,
    fact_count,
    opted_out_count,
    without_patient_count,
    birth_count
from {{ ref('fct_completeness') }}
where
    accepted_count
    <> fact_count + opted_out_count + without_patient_count + birth_count
