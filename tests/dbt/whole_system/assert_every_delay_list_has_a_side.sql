{{ config(severity='warn') }}

with listed as (
    select distinct organisation_code from {{ ref('int_delays__listed') }}
),

organisations as (
    select * from {{ ref('organisations') }}
)

select
    listed.organisation_code,
    organisations.type
from listed
left join organisations on listed.organisation_code = organisations.code
where
    coalesce(organisations.type, 'none') not in (
        'acute trust', 'community trust', 'mental health trust', 'local authority'
    )
