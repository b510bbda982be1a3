with access as (
    select * from {{ ref('int_neighbourhood__access') }}
),

cells as (
    select * from {{ ref('int_neighbourhood__need_cells') }}
),

contacts as (
    select
        contact_type,
        deprivation_fifth,
        sum(person_count) as person_count,
        sum(contact_count) as contact_count,
        sum(contact_count) * 365250.0e0 / sum(person_days) as contact_rate_per_1000,
        period_start_date
    from cells
    group by contact_type, deprivation_fifth, period_start_date
)

select
    access.contact_type,
    access.adjusted_for,
    access.deprivation_fifth,
    cast(contacts.person_count as integer) as person_count,
    cast(contacts.contact_count as integer) as contact_count,
    cast(contacts.contact_rate_per_1000 as double) as contact_rate_per_1000,
    access.rate_ratio,
    access.rate_ratio_lower,
    access.rate_ratio_upper,
    access.period_start_date
from access
inner join contacts
    on
        access.contact_type = contacts.contact_type
        and access.deprivation_fifth = contacts.deprivation_fifth
        and access.period_start_date = contacts.period_start_date
