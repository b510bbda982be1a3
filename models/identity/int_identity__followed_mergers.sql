with delivered as (
    select * from {{ ref('stg_primary_care__mergers') }}
),

-- A merger may be reversed later; the later of the two counts.
ranked as (
    select
        *,
        row_number() over (
            partition by
                least(superseded_nhs_number, nhs_number),
                greatest(superseded_nhs_number, nhs_number)
            order by merged_date desc nulls last, {{ latest_first() }}
        ) as recency
    from delivered
),

mergers as (
    select
        superseded_nhs_number,
        nhs_number as current_nhs_number
    from ranked
    where recency = 1 and superseded_nhs_number <> nhs_number
),

-- A number that replaced another may itself have been replaced since. Each step follows
-- twice as many mergers as the one before.
{% for mergers_followed in [2, 4, 8, 16, 32] %}
    {%- set before = 'mergers' if loop.first else 'after_' ~ loop.previtem %}
    after_{{ mergers_followed }} as (
        select
            near.superseded_nhs_number,
            coalesce(far.current_nhs_number, near.current_nhs_number)
                as current_nhs_number
        from {{ before }} as near
        left join {{ before }} as far
            on near.current_nhs_number = far.superseded_nhs_number
    ),
{% endfor %}
-- Whose end has been replaced as well goes round in a circle.
judged as (
    select
        after_32.superseded_nhs_number,
        case
            when mergers.superseded_nhs_number is null
                then after_32.current_nhs_number
        end as current_nhs_number,
        mergers.superseded_nhs_number is not null as is_circular
    from after_32
    left join mergers on after_32.current_nhs_number = mergers.superseded_nhs_number
)

select * from judged
