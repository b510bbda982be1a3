with landed as (
    {{ read_feed(
        source('better_care_fund', 'scheme'), ref('stg_feeds__files')
    ) }}
),

pathways as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'better_care_fund_pathway'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('scheme_id') }} as scheme_id,
        {{ raw_text('scheme_name') }} as scheme_name,
        {{ raw_text('ward_codes') }} as ward_codes,
        {{ raw_text('pathway') }} as pathway,
        {{ raw_text('funder') }} as funder,
        {{ raw_text('evidence') }} as evidence,
        {{ raw_integer('age_from') }} as age_from,
        {{ raw_integer('age_to') }} as age_to,
        {{ raw_integer('claimed_people') }} as claimed_people,
        {{ raw_number('claimed_effect_percent') }} as claimed_effect_percent,
        {{ raw_number('claimed_prevented_a_year') }} as claimed_prevented_a_year,
        {{ raw_integer('ramp_months') }} as ramp_months,
        {{ raw_number('cost_a_year') }} as cost_a_year_gbp,
        {{ raw_date('start_date') }} as start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
