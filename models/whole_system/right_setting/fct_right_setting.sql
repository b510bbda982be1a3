with judgements as (
    select * from {{ ref('int_right_setting__judgements') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
)

select
    judgements.stay_id,
    judgements.person_id,
    judgements.lsoa_code,
    coalesce(lsoas.ward_code, 'outside') as ward_code,
    judgements.bed_kind,
    judgements.bed_purpose,
    judgements.age_band,
    judgements.best_setting,
    judgements.reason,
    judgements.night_care_need,
    cast(judgements.care_hours_per_week as integer) as care_hours_per_week,
    cast(judgements.bed_days as integer) as bed_days,
    judgements.has_carer,
    judgements.best_setting = 'own home' as is_home_possible,
    judgements.from_date,
    {{ add_days('judgements.until_date', -1) }} as to_date
from judgements
left join lsoas on judgements.lsoa_code = lsoas.lsoa_code
where judgements.rule_set = '{{ var("right_setting_rule_set") }}'
