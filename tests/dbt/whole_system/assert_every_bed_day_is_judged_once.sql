with stays as (
    select * from {{ ref('int_right_setting__stays') }}
),

judgements as (
    select * from {{ ref('int_right_setting__judgements') }}
),

rules as (
    select * from {{ ref('right_setting_rules') }}
),

judged as (
    select
        stay_id,
        rule_set,
        sum(bed_days) as bed_days
    from judgements
    group by stay_id, rule_set
)

select
    stays.stay_id,
    rules.rule_set,
    judged.bed_days
from stays
cross join rules
left join judged
    on stays.stay_id = judged.stay_id and rules.rule_set = judged.rule_set
where
    judged.bed_days is distinct from {{ dbt.datediff(
        'stays.from_date', 'stays.until_date', 'day'
    ) }}
