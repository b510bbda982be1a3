with ward_censuses as (
    select * from {{ ref('int_community_beds__ward_census') }}
),

stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

stock as (
    select
        *,
        provider_code as organisation_code
    from {{ ref('stg_community_beds__bed_stock') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

sites as (
    select
        organisation_code,
        site_code,
        bed_purpose
    from stock
    union
    select
        organisation_code,
        coalesce(site_code, 'not recorded') as site_code,
        coalesce(bed_purpose, 'not recorded') as bed_purpose
    from stays
),

site_censuses as (
    select
        organisation_code,
        site_code,
        bed_purpose,
        day_date,
        sum(occupied_beds_count) as occupied_beds_count,
        sum(waiting_count) as waiting_count,
        sum(waiting_in_hospital_count) as waiting_in_hospital_count,
        sum(waiting_in_own_home_count) as waiting_in_own_home_count,
        sum(waiting_in_care_home_count) as waiting_in_care_home_count,
        sum(waiting_in_emergency_department_count)
            as waiting_in_emergency_department_count
    from ward_censuses
    group by organisation_code, site_code, bed_purpose, day_date
),

-- Every site and purpose has a row for all wards on every day. Beds belong to the site,
-- so only these rows have them.
censuses as (
    select
        organisation_code,
        site_code,
        bed_purpose,
        ward_code,
        occupied_beds_count,
        waiting_count,
        waiting_in_hospital_count,
        waiting_in_own_home_count,
        waiting_in_care_home_count,
        waiting_in_emergency_department_count,
        cast(null as integer) as available_beds_count,
        day_date
    from ward_censuses
    union all
    select
        sites.organisation_code,
        sites.site_code,
        sites.bed_purpose,
        'all' as ward_code,
        site_censuses.occupied_beds_count,
        site_censuses.waiting_count,
        site_censuses.waiting_in_hospital_count,
        site_censuses.waiting_in_own_home_count,
        site_censuses.waiting_in_care_home_count,
        site_censuses.waiting_in_emergency_department_count,
        stock.beds_open as available_beds_count,
        days.day_date
    from sites
    cross join days
    left join site_censuses
        on
            sites.organisation_code = site_censuses.organisation_code
            and sites.site_code = site_censuses.site_code
            and sites.bed_purpose = site_censuses.bed_purpose
            and days.day_date = site_censuses.day_date
    left join stock
        on
            sites.organisation_code = stock.organisation_code
            and sites.site_code = stock.site_code
            and sites.bed_purpose = stock.bed_purpose
            and days.month_start_date = stock.month_start
)

select
    organisation_code,
    site_code,
    bed_purpose,
    ward_code,
    {%- for column in [
        'occupied_beds_count', 'waiting_count', 'waiting_in_hospital_count',
        'waiting_in_own_home_count', 'waiting_in_care_home_count',
        'waiting_in_emergency_department_count',
    ] %}
        cast(coalesce({{ column }}, 0) as integer) as {{ column }},
    {%- endfor %}
    cast(available_beds_count as integer) as available_beds_count,
    cast(coalesce(occupied_beds_count, 0) as double)
    / nullif(available_beds_count, 0) as occupancy_share,
    day_date
from censuses
