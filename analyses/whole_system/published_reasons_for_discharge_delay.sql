-- For which reasons do the national figures say that patients stay in hospital?
select
    count(*) as published_figures,
    count(distinct reason) as reasons,
    coalesce(sum(delayed_patient_count), 0) as delayed_patients,
    min(report_date) as first_report_date,
    max(report_date) as last_report_date
from {{ ref('fct_discharge_delay_reason') }}
