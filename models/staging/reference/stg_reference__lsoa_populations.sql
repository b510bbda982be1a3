with records as (
    select * from {{ ref('base_reference__lsoa_populations') }}
    where failed_rule is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by lsoa_2011_code
            order by {{ latest_first() }}
        ) as recency
    from records
),

by_age as (
    {%- for age in range(91) %}
        select
            lsoa_2011_code,
            lsoa_2011_name,
            file_id,
            line_number,
            {{ age }} as age,
            age_{{ age }} as population
        from ranked
        where recency = 1
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from by_age
