-- Counted again in SQL: what is released is within 2 of at least 8 events, a zero is
-- one, and what is small is suppressed.
with atoms as (
    select * from {{ ref('int_board__atoms') }}
),

sums as (
    select * from {{ ref('int_board__sums') }}
),

released as (
    select * from {{ ref('int_board__released') }}
),

counts as (
    select
        sums.measure_id,
        sums.neighbourhood_id,
        sums.part_type,
        sums.part,
        sums.financial_year_start_date,
        sum(atoms.amount) as true_count,
        sum(atoms.contributor_count) as contributor_count
    from sums
    inner join atoms
        on
            sums.event = atoms.event
            and sums.division = atoms.division
            and sums.atom_part = atoms.atom_part
            and sums.age_group = atoms.age_group
            and sums.financial_year_start_date = atoms.financial_year_start_date
    group by
        sums.measure_id,
        sums.neighbourhood_id,
        sums.part_type,
        sums.part,
        sums.financial_year_start_date
)

select
    counts.*,
    released.state,
    released.released_count
from counts
left join released
    on
        counts.measure_id = released.measure_id
        and counts.neighbourhood_id = released.neighbourhood_id
        and counts.part_type = released.part_type
        and counts.part = released.part
        and counts.financial_year_start_date = released.financial_year_start_date
where
    -- What an earlier release told is said again, also when the data changed since.
    not coalesce(released.is_kept, false)
    and not coalesce(
        case released.state
            when 'released'
                then
                    counts.contributor_count >= 8
                    and counts.true_count >= 8
                    and released.released_count % 5 = 0
                    and abs(counts.true_count - released.released_count) <= 2
            when 'zero' then counts.true_count = 0 and released.released_count = 0
            when 'suppressed' then released.released_count is null
        end,
        false
    )
