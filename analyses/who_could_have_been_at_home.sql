-- Which share of bed days could have been at home, by kind of bed and set of rules?
with shares as (
    select * from {{ ref('fct_right_setting_share') }}
    where bed_purpose = 'all' and ward_code = 'all' and age_band = 'all'
)

select
    bed_kind,
    rule_set,
    bed_days,
    round(100 * home_share, 1) as home_percent,
    round(100 * home_share_lower, 1) as lower_percent,
    round(100 * home_share_upper, 1) as upper_percent,
    round(100 * home_share_if_unknown_none, 1) as percent_if_unknown_none,
    round(100 * home_share_if_unknown_all, 1) as percent_if_unknown_all,
    round(home_care_hours_per_week, 1) as home_care_hours_per_week
from shares
order by bed_kind, rule_set
