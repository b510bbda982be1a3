-- Where would people in beds have been best placed, and why not at home?
select
    bed_kind,
    coalesce(best_setting, 'not judged') as best_setting,
    reason,
    count(distinct stay_id) as stays,
    sum(bed_days) as bed_days
from {{ ref('fct_right_setting') }}
group by bed_kind, coalesce(best_setting, 'not judged'), reason
order by bed_kind asc, bed_days desc, best_setting asc, reason asc
