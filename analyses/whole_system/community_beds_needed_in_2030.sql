-- How many community beds will the city need in 2030?
select
    bed_purpose,
    scenario,
    beds_needed,
    beds_needed_lower_80,
    beds_needed_upper_80,
    beds_needed_lower_95,
    beds_needed_upper_95,
    chance_of_no_bed_share,
    beds_open_now
from {{ ref('fct_community_bed_demand') }}
where year = 2030
order by scenario, bed_purpose
