with delivered as (
    select * from {{ ref('stg_primary_care__mergers') }}
),

-- A merger that was undone the other way round: of the two the later stands.
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
    select * from ranked
    where recency = 1
),

-- A number that replaced another may itself have been replaced since; three steps are
-- more than PDS has ever needed, and a test says so should it not be enough.
followed as (
    select
        first_merger.superseded_nhs_number,
        coalesce(
            third_merger.nhs_number, second_merger.nhs_number, first_merger.nhs_number
        ) as current_nhs_number
    from mergers as first_merger
    left join mergers as second_merger
        on first_merger.nhs_number = second_merger.superseded_nhs_number
    left join mergers as third_merger
        on second_merger.nhs_number = third_merger.superseded_nhs_number
)

select * from followed
