{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false
) }}

with links as (
    select * from {{ ref('int_identity__links') }}
),

{% if is_incremental() -%}
latest as (
    select
        source_record_id,
        person_key
    from (
        select
            source_record_id,
            person_key,
            row_number() over (
                partition by source_record_id
                order by build_number desc
            ) as recency
        from {{ this }}
    ) as known
    where recency = 1
),

builds as (
    select max(build_number) + 1 as build_number from {{ this }}
),

{% else -%}
    latest as (
        select
            source_record_id,
            person_key
        from links
        where false
    ),

    builds as (
        select 1 as build_number
    ),

{% endif -%}
changed as (
    select
        links.source_record_id,
        links.person_key,
        links.method,
        cast(builds.build_number as integer) as build_number,
        {{ as_of_date() }} as linked_on_date
    from links
    cross join builds
    left join latest on links.source_record_id = latest.source_record_id
    where latest.person_key is distinct from links.person_key
)

select * from changed
