-- In which months did a feed send far less than usual?
select
    fact,
    count(*) as months,
    sum(
        case when share_of_usual_count < {{ var('complete_share') }} then 1 else 0 end
    ) as months_far_below_usual,
    sum(accepted_count) as accepted_records,
    sum(fact_count) as records_in_the_fact
from {{ ref('fct_completeness') }}
group by fact
order by fact
