with delay_days as (
    select * from {{ ref('fct_delay_day') }}
),

agreement as (
    select * from {{ ref('fct_delay_agreement') }}
),

waits as (
    select * from {{ ref('fct_delayed_transfer') }}
),

returns as (
    select * from {{ ref('fct_delay_return') }}
),

dtoc_months as (
    select * from {{ ref('fct_dtoc_month') }}
    where source = 'delay lists' and organisation_code <> 'city'
),

comparable as (
    select
        delay_days.organisation_code,
        count(*) as delay_day_count
    from delay_days
    inner join waits on delay_days.delayed_transfer_id = waits.delayed_transfer_id
    where waits.is_linked
    group by delay_days.organisation_code
),

pairs as (
    select
        organisation_code,
        other_organisation_code as partner_code,
        sum(known_to_both_days + known_to_first_only_days) as day_count
    from agreement
    group by organisation_code, other_organisation_code
    union all
    select
        other_organisation_code as organisation_code,
        organisation_code as partner_code,
        sum(known_to_both_days + known_to_other_only_days) as day_count
    from agreement
    group by organisation_code, other_organisation_code
),

own_beds as (
    select
        organisation_code,
        count(*) as day_count
    from delay_days
    where is_own_bed
    group by organisation_code
),

reported as (
    select
        organisation_code,
        'fct_delay_return' as table_name,
        sum(hub_days) as day_count
    from returns
    group by organisation_code
    union all
    select
        organisation_code,
        'fct_dtoc_month' as table_name,
        sum(delayed_days) as day_count
    from dtoc_months
    group by organisation_code
)

select
    pairs.organisation_code,
    pairs.partner_code as compared_with,
    pairs.day_count as found,
    comparable.delay_day_count as expected
from pairs
left join comparable on pairs.organisation_code = comparable.organisation_code
where pairs.day_count <> coalesce(comparable.delay_day_count, 0)
union all
select
    own_beds.organisation_code,
    reported.table_name as compared_with,
    reported.day_count as found,
    own_beds.day_count as expected
from own_beds
left join reported on own_beds.organisation_code = reported.organisation_code
where own_beds.day_count <> coalesce(reported.day_count, 0)
