{{ config(severity='warn') }}

with diagnoses as (
    select * from {{ ref('stg_acute_sus__diagnoses') }}
),

episodes as (
    select * from {{ ref('stg_acute_sus__episodes') }}
),

senders as (
    select
        diagnoses.provider_code as sender_code,
        count(*) as diagnosis_count,
        count(episodes.episode_key) as placed_count
    from diagnoses
    left join episodes
        on
            diagnoses.provider_code = episodes.sender_code
            and diagnoses.episode_key = episodes.episode_key
    group by diagnoses.provider_code
)

select * from senders
where placed_count < (1 - {{ var('unplaced_share') }}) * diagnosis_count
