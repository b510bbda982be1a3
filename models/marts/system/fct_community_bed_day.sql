{%- set sources = ['hospital', 'own home', 'care home', 'emergency department'] -%}
{%- set measures = ['occupied_beds_count', 'waiting_count'] + [
    'waiting_in_hospital_count', 'waiting_in_own_home_count',
    'waiting_in_care_home_count', 'waiting_in_emergency_department_count'
] -%}

with stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

stock as (
    select * from {{ ref('stg_community_beds__bed_stock') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

-- Who was admitted without a referral, or before it, waited for nothing.
placed as (
    select
        stays.organisation_code,
        coalesce(stays.site_code, 'not recorded') as site_code,
        coalesce(stays.bed_purpose, 'not recorded') as bed_purpose,
        coalesce(lsoas.ward_code, 'outside') as ward_code,
        coalesce(stays.admission_source, 'not recorded') as admission_source,
        least(stays.referred_date, stays.admission_date) as known_date,
        stays.admission_date,
        coalesce(stays.discharge_date, cast('9999-12-31' as date)) as discharge_date
    from stays
    left join lsoas on stays.lsoa_code = lsoas.lsoa_code
),

-- A day belongs to the place at the midnight that ended it: whoever leaves on the day
-- is not counted, whoever comes on it is, and only then waits no more.
present as (
    select
        days.day_date,
        placed.organisation_code,
        placed.site_code,
        placed.bed_purpose,
        placed.ward_code,
        case when placed.admission_date <= days.day_date then 1 else 0 end as occupied,
        case
            when placed.admission_date > days.day_date then placed.admission_source
        end as waits_in
    from placed
    inner join days
        on
            placed.known_date <= days.day_date
            and placed.discharge_date > days.day_date
),

of_wards as (
    select
        day_date,
        organisation_code,
        site_code,
        bed_purpose,
        ward_code,
        {%- for source in sources %}
            count(case when waits_in = '{{ source }}' then 1 end)
                as {{ measures[loop.index + 1] }},
        {%- endfor %}
        sum(occupied) as occupied_beds_count,
        count(waits_in) as waiting_count
    from present
    group by day_date, organisation_code, site_code, bed_purpose, ward_code
),

-- Every site and purpose has a row of all each day; beds belong to it, not to wards.
sites as (
    select
        provider_code as organisation_code,
        site_code,
        bed_purpose
    from stock
    union
    select
        organisation_code,
        site_code,
        bed_purpose
    from placed
),

censuses as (
    select
        day_date,
        organisation_code,
        site_code,
        bed_purpose,
        ward_code,
        {{ measures | join(', ') }},
        cast(null as integer) as available_beds_count
    from of_wards
    union all
    select
        days.day_date,
        sites.organisation_code,
        sites.site_code,
        sites.bed_purpose,
        'all' as ward_code,
        {%- for measure in measures %}
            coalesce(sum(of_wards.{{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        max(stock.beds_open) as available_beds_count
    from days
    cross join sites
    left join of_wards
        on
            days.day_date = of_wards.day_date
            and sites.organisation_code = of_wards.organisation_code
            and sites.site_code = of_wards.site_code
            and sites.bed_purpose = of_wards.bed_purpose
    left join stock
        on
            sites.organisation_code = stock.provider_code
            and sites.site_code = stock.site_code
            and sites.bed_purpose = stock.bed_purpose
            and days.month_start_date = stock.month_start
    group by
        days.day_date,
        sites.organisation_code,
        sites.site_code,
        sites.bed_purpose
)

select
    organisation_code,
    site_code,
    bed_purpose,
    ward_code,
    {%- for measure in measures %}
        cast({{ measure }} as integer) as {{ measure }},
    {%- endfor %}
    cast(available_beds_count as integer) as available_beds_count,
    cast(occupied_beds_count as double) / nullif(available_beds_count, 0)
        as occupancy_share,
    day_date
from censuses
