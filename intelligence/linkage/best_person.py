"""Choose the single best person of each unit of records, or leave it to a steward."""

import duckdb

from intelligence.linkage import settings
from intelligence.linkage.score import TWO_DEATHS

CANDIDATES_KEPT = 3


def choose_best(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table `decided` from `scored`: the best people of each unit.

    Each has a decision (linked, review, refused, not best) and its reason; lead_weight
    is by how much it outweighs the next, is_likely whether it would be linked if no
    other person were as likely.
    """
    connection.execute(
        f"""
        create or replace table decided as
        with best_version as (
            select * from scored
            qualify
                row_number() over (
                    partition by left_key, right_key
                    order by weight desc, obstacle nulls first, evidence
                ) = 1
        ),

        ranked as (
            select
                right_key as unit_key,
                left_key as person_key,
                weight,
                evidence,
                obstacle,
                row_number() over by_weight as place,
                weight - lead(weight) over by_weight as lead_weight
            from best_version
            window by_weight as (
                partition by right_key
                order by
                    coalesce(obstacle = '{TWO_DEATHS}', false),
                    weight desc,
                    left_key
            )
        )

        select
            *,
            obstacle is null and weight >= {settings.LINK_WEIGHT} as is_likely,
            case
                when place > 1 then 'not best'
                when obstacle = '{TWO_DEATHS}' then 'refused'
                when
                    obstacle is null
                    and weight >= {settings.LINK_WEIGHT}
                    and coalesce(lead_weight >= {settings.LEAD_WEIGHT}, true)
                    then 'linked'
                else 'review'
            end as decision,
            case
                when place > 1 then 'another person is more likely'
                when obstacle is not null then obstacle
                when weight < {settings.LINK_WEIGHT} then 'weight too low'
                when lead_weight < {settings.LEAD_WEIGHT}
                    then 'two people are about equally likely'
                else 'best person, by a sufficient margin'
            end as reason
        from ranked
        where place <= {CANDIDATES_KEPT}
        """
    )
