with schemes as (
    select * from {{ ref('stg_better_care_fund__schemes') }}
),

appraisals as (
    select * from {{ ref('fct_bcf_scheme_appraisal') }}
),

answered as (
    select
        schemes.scheme_id,
        count(distinct appraisals.appraisal_test) as question_count,
        count(
            case
                when
                    appraisals.finding not in ('yes', 'no', 'cannot tell')
                    or (appraisals.finding = 'cannot tell')
                    <> (appraisals.data_needed is not null)
                    or appraisals.found_value is null
                    and appraisals.finding <> 'cannot tell'
                    or appraisals.found_value < appraisals.found_value_lower
                    or appraisals.found_value > appraisals.found_value_upper
                    then 1
            end
        ) as wrong_count
    from schemes
    left join appraisals on schemes.scheme_id = appraisals.scheme_id
    group by schemes.scheme_id
)

select * from answered
where question_count <> 10 or wrong_count > 0
