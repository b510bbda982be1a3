{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    on_schema_change='append_new_columns'
) }}

with links as (
    select
        links.source_record_id,
        links.person_key,
        links.method,
        persons.id_key
    from {{ ref('int_identity__links') }} as links
    inner join {{ ref('int_identity__persons') }} as persons
        on links.person_key = persons.person_key
),

{% if is_incremental() -%}
latest as (
    select
        source_record_id,
        person_key,
        id_key
    from (
        select
            source_record_id,
            person_key,
            id_key,
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
            person_key,
            id_key
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
        {{ as_of_date() }} as linked_on_date,
        links.id_key
    from links
    cross join builds
    left join latest on links.source_record_id = latest.source_record_id
    where
        latest.person_key is distinct from links.person_key
        or latest.id_key is distinct from links.id_key
)

select * from changed
