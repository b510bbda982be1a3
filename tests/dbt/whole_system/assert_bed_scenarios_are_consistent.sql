with scenarios as (
    select * from {{ ref('community_bed_scenarios') }}
),

rules as (
    select * from {{ ref('right_setting_rules') }}
),

bed_purposes as (
    select * from {{ ref('community_bed_purposes') }}
),

demand as (
    select * from {{ ref('fct_community_bed_demand') }}
),

misread as (
    select
        scenarios.scenario,
        scenarios.bed_purpose,
        'purpose, rule set or share' as what
    from scenarios
    left join rules on scenarios.rule_set = rules.rule_set
    left join bed_purposes on scenarios.bed_purpose = bed_purposes.bed_purpose
    where
        rules.rule_set is null
        or bed_purposes.bed_purpose is null
        or scenarios.home_first_share not between 0 and 1
        or scenarios.delay_days_kept_share not between 0 and 1
        or scenarios.chance_of_no_bed_share not between 0.001e0 and 0.5e0
        or scenarios.length_of_stay_factor <= 0
),

-- The parts of the change add up to the difference from today's beds in use.
todays as (
    select
        bed_purpose,
        mean_occupied_beds
    from demand
    where
        scenario = 'as now'
        and year = extract(year from {{ as_of_date() }})
),

broken as (
    select
        demand.scenario,
        demand.bed_purpose,
        'beds do not add up' as what
    from demand
    left join todays on demand.bed_purpose = todays.bed_purpose
    where
        todays.bed_purpose is null
        or abs(
            demand.mean_occupied_beds
            - todays.mean_occupied_beds
            - demand.change_by_ageing_beds
            - demand.change_by_need_beds
            - demand.change_by_setting_beds
        ) > 0.000001e0
        or demand.beds_needed not between
        demand.beds_needed_lower_80 and demand.beds_needed_upper_80
        or demand.beds_needed_lower_80 < demand.beds_needed_lower_95
        or demand.beds_needed_upper_80 > demand.beds_needed_upper_95
)

select * from misread
union all
select * from broken
