{{ config(severity='warn') }}

with registrations as (
    select * from {{ ref('fct_person_registration') }}
    where is_open and practice_code is not null
),

unlisted as (
    select
        practice_code,
        count(*) as person_count
    from registrations
    where general_practice_id is null
    group by practice_code
)

-- A few people near the city's edge are with a practice elsewhere. Many mean that the
-- seed lacks a practice.
select * from unlisted
where
    (select sum(others.person_count) from unlisted as others)
    > {{ var('unknown_code_share') }} * (select count(*) from registrations)
