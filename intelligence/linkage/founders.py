"""People whom no register holds: units of records that match one another."""

from collections.abc import Iterable, Mapping
from datetime import date

import pyarrow as pa


def join_founders(
    units: Iterable[tuple[str, date, date | None]],
    pairs: Iterable[tuple[str, str, float, str]],
    apart: Iterable[tuple[str, str]] = (),
) -> dict[str, tuple[str, float, str]]:
    """Let each unit join the earliest person that it matches.

    units: key, day of its first record, date of death. pairs: two keys, weight (log2)
    and evidence. apart: two keys that are not one person, whatever they match. In order
    of their first day, each unit joins the person it matches best, or becomes the
    founder of a new one. It matches a person when it matches the founder, or more than
    half of the units that are theirs already, so no chain of similar records puts
    strangers together; and later units never change earlier ones, so a new month
    renumbers no one. A unit joins no person with a different date of death, and none
    who has a unit it must stay apart from. Among units of one day the one that matches
    the others best comes first, since it has the fewest errors. Returns unit ->
    (founder, weight, evidence) of those that join.
    """
    days = {key: (day, death) for key, day, death in units}
    matches: dict[str, dict[str, tuple[float, str]]] = {key: {} for key in days}
    for left, right, weight, evidence in pairs:
        matches[left][right] = matches[right][left] = (weight, evidence)
    strangers: dict[str, set[str]] = {key: set() for key in days}
    for left, right in apart:
        strangers[left].add(right)
        strangers[right].add(left)

    def rank(key: str) -> tuple[date, float, str]:
        day = days[key][0]
        others = (w for other, (w, _) in matches[key].items() if days[other][0] == day)
        return (day, -round(sum(others), 2), key)

    founder_of: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    deaths: dict[str, date | None] = {}
    joins: dict[str, tuple[str, float, str]] = {}
    order = {key: place for place, key in enumerate(sorted(days, key=rank))}
    for key in order:
        death = days[key][1]
        possible = []
        for founder in {founder_of[o] for o in matches[key] if o in founder_of}:
            theirs = members[founder]
            matched = [matches[key][other] for other in theirs if other in matches[key]]
            if (
                (founder in matches[key] or 2 * len(matched) > len(theirs))
                and not strangers[key].intersection(theirs)
                and (not death or deaths[founder] in (None, death))
            ):
                weight, evidence = max(matched)
                possible.append((-weight, order[founder], founder, evidence))
        if possible:
            weight, _, founder, evidence = min(possible)
            joins[key] = (founder, -weight, evidence)
            deaths[founder] = deaths[founder] or death
        else:
            founder = key
            members[key], deaths[key] = [], death
        founder_of[key] = founder
        members[founder].append(key)
    return joins


def joined_table(joins: Mapping[str, tuple[str, float, str]]) -> pa.Table:
    """The outcome of `join_founders` as a table, one row per unit that joins."""
    return pa.table(
        {
            "unit_key": pa.array(list(joins), pa.string()),
            "founder_key": pa.array([join[0] for join in joins.values()], pa.string()),
            "weight": pa.array([join[1] for join in joins.values()], pa.float64()),
            "evidence": pa.array([join[2] for join in joins.values()], pa.string()),
        }
    )
