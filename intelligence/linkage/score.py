"""Score the pairs that Splink finds: weight, evidence in words, and obstacles."""

import math

import duckdb
from splink import Linker

from intelligence.linkage import settings

TWO_DEATHS = "two dates of death"


def score(
    connection: duckdb.DuckDBPyConnection,
    linker: Linker,
    known: int,
    left: tuple[str, str],
    right: tuple[str, str],
) -> None:
    """Make table `scored`: left_key, right_key, weight, evidence and obstacle per pair.

    known: how many people the frequencies of names come from. left, right: table and
    key column of each side, as given to the linker. Of the versions under which both
    are known, the most similar pair counts. The evidence names the level and weight of
    each comparison; an obstacle is a guard of the settings, or two dates of death.
    """
    pairs = linker.inference.predict(
        threshold_match_weight=settings.REVIEW_WEIGHT, warning_mode="never"
    )
    names, weights = [], []
    evidence = ["'prior ' || printf('%+.1f', prior)"]
    for comparison in settings.COMPARISONS:
        name = comparison.name
        cases = " ".join(
            f"when {position} then '{level.name}'"
            for position, level in enumerate(reversed(comparison.levels))
        )
        names.append(f"case gamma_{name} {cases} else 'unknown' end as {name}")
        rarity = (
            f" + coalesce(mw_tf_adj_{name}, 0)"
            if any(level.tf for level in comparison.levels)
            else ""
        )
        weights.append(f"coalesce(mw_{name}, 0){rarity} as weight_{name}")
        evidence.append(f"'; {name} ' || {name} || printf(' %+.1f', weight_{name})")
    guards = " ".join(
        f"when {guard.sql} then '{guard.name}'" for guard in settings.GUARDS
    )
    prior = math.log2(linker._settings_obj._probability_two_random_records_match)
    first_day = (
        "greatest(left_side.founded_date, right_side.founded_date)"
        if left == right
        else "right_side.founded_date"
    )
    # A blind record would find itself among those that its number settled.
    other = (
        "and not (right_side.is_blind and left_side.origin = right_side.origin)"
        if left[0] == "settled"
        else ""
    )
    connection.execute(
        f"""
        create or replace table scored as
        with named as (
            select
                left_side.{left[1]} as left_key,
                right_side.{right[1]} as right_key,
                round(pairs.match_weight, 2) as weight,
                left_side.death_date <> right_side.death_date as is_two_deaths,
                coalesce(
                    coalesce(left_side.birth_day, right_side.birth_day)
                    > {first_day} - interval {settings.ADULT_YEARS} year,
                    false
                ) as is_child,
                exists (select 1 from anchor) as has_register,
                coalesce(
                    (
                        greatest(
                            length(left_side.forename_core),
                            length(right_side.forename_core)
                        ) <= {settings.SHORT_NAME}
                        and list_sort(split(left_side.forename_core, ''))
                        <> list_sort(split(right_side.forename_core, ''))
                    )
                    or (left_known.is_known and right_known.is_known)
                    or {known} < {settings.NAMES_KNOWN_FROM},
                    false
                ) as are_names_of_two,
                {prior} as prior,
                {", ".join(names)},
                {", ".join(weights)}
            from {pairs.physical_name} as pairs
            inner join {left[0]} as left_side
                on pairs.version_id_l = left_side.version_id
            inner join {right[0]} as right_side
                on pairs.version_id_r = right_side.version_id
            left join known_forename as left_known
                on left_side.forename_core = left_known.forename_core
            left join known_forename as right_known
                on right_side.forename_core = right_known.forename_core
            where left_side.{left[1]} <> right_side.{right[1]} {other}
        ),

        judged as (
            select
                left_key,
                right_key,
                weight,
                {" || ".join(evidence)} as evidence,
                case
                    when is_two_deaths then '{TWO_DEATHS}'
                    when {settings.OWN_NUMBER} then null
                    when {settings.OWN_LOCAL_NUMBER} then null
                    {guards}
                end as obstacle
            from named
        )

        select * from judged
        qualify
            row_number() over (
                partition by left_key, right_key
                order by weight desc, obstacle nulls first, evidence
            ) = 1
        """
    )
