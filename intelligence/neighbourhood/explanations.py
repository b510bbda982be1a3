"""Variation, its explanation and its opportunity, for every indicator and year."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from intelligence.statistics import rates, variation
from intelligence.statistics.variation import Array

Block = dict[str, Any]

# Covariates of each set; logs where a doubling means the same everywhere.
SETS = {
    "deprivation": ("deprivation_score",),
    "need": ("condition_ratio", "frailty_ratio", "care_home_ratio"),
    "supply": ("log_capacity", "log_travel"),
}
EXPLAINED_TYPE = "ward"
SUMMED_TYPES = ("neighbourhood_team", "community_committee")
# The quarter of areas with the best ratios begins here.
BEST_SHARE = 0.25
REPLICATES = 200
_GROUP = ["geography_type", "indicator_id", "period_start_date"]
_VALUES = ("value", "value_lower", "value_upper")
_DIGITS = 6
_SCHEMA = pa.schema(
    [
        ("geography_type", pa.string()),
        ("neighbourhood_id", pa.string()),
        ("indicator_id", pa.string()),
        ("part", pa.string()),
        *((name, pa.float64()) for name in _VALUES),
        ("null_reason", pa.string()),
        ("period_start_date", pa.date32()),
    ]
)


def explain_variation(rows: pa.Table) -> pa.Table:
    """What explains the variation of each indicator and year, one row per part.

    `rows` has an area, indicator and year each: neighbourhood_id, its wider areas
    (neighbourhood_team_id, community_committee_id, city_id), geography_type, polarity,
    observed, expected, crude_expected (at the city's overall rate), dispersion,
    the covariates of `SETS` (null where unknown) and the keys. A part about all areas
    of a geography type has the city's id: systematic_component, quotient,
    age_sex_share, deprivation_share and so on. Parts of single areas are the parts of
    their excess events (deprivation, need, supply, unexplained, chance), opportunity
    and opportunity_probability. Wards are explained, the level at which supply is
    known; neighbourhood teams and community committees add up their wards.
    """
    frame = rows.to_pandas().sort_values([*_GROUP, "neighbourhood_id"])
    frame = frame.reset_index(drop=True)
    blocks = _opportunities(frame)
    for key, areas in frame.groupby(_GROUP, sort=True):
        # The same city and year always give the same intervals.
        seed = zlib.crc32(" ".join(map(str, key)).encode())
        for block in (*_differences(areas), *_explanation(areas, seed)):
            blocks.append({**dict(zip(_GROUP, key, strict=True)), **block})
    return _together(blocks).sort_by(
        [(name, "ascending") for name in (*_GROUP, "neighbourhood_id", "part")]
    )


def _block(
    ids: Sequence[str] | Array, part: str, *values: object, reason: str | None = None
) -> Block:
    """Rows of one part: its value and, where there are any, its limits."""
    return {
        "neighbourhood_id": ids,
        "part": part,
        **dict.fromkeys(_VALUES, np.nan),
        **dict(zip(_VALUES, values, strict=False)),
        "null_reason": reason,
    }


def _together(blocks: Sequence[Block]) -> pa.Table:
    """All blocks as one table; a single value is repeated in all rows of its block."""
    sizes = [len(block["neighbourhood_id"]) for block in blocks]
    columns = []
    for field in _SCHEMA:
        is_number = pa.types.is_floating(field.type)
        kind: type = float if is_number else object
        column = np.concatenate(
            [
                np.broadcast_to(np.asarray(block[field.name], dtype=kind), size)
                for block, size in zip(blocks, sizes, strict=True)
            ]
        )
        if is_number:
            column = np.round(column, _DIGITS)
            columns.append(pa.array(column, mask=~np.isfinite(column)))
        else:
            columns.append(pa.array(column, type=field.type))
    return pa.table(columns, schema=_SCHEMA)


def _differences(areas: pd.DataFrame) -> Iterator[Block]:
    """How much the areas of one group differ, and what age and sex do to that."""
    city = [areas["city_id"].iloc[0]]
    observed, expected, crude, dispersion = _numbers(
        areas, "observed", "expected", "crude_expected", "dispersion"
    )
    scv = variation.systematic_variation(observed, expected, dispersion)
    yield _block(
        city,
        "systematic_component",
        *(scv.value, scv.lower, scv.upper),
        reason=scv.reason,
    )
    shrunken = areas["shrunken_ratio"].to_numpy(dtype=float)
    yield _block(city, "quotient", variation.quotient(shrunken))
    use = (expected > 0) & (crude > 0)
    if observed[use].sum() > 0:
        raw = variation.deviance(observed[use], crude[use])
        left = variation.deviance(observed[use], expected[use])
        # Where crude rates do not vary, there is nothing to give a share of.
        if not np.isclose(raw, 0):
            yield _block(city, "age_sex_share", 1 - left / raw)


def _explanation(areas: pd.DataFrame, seed: int) -> Iterator[Block]:
    """Shares of the variation, and parts of each area's excess and of wider areas'."""
    city = [areas["city_id"].iloc[0]]
    if areas["geography_type"].iloc[0] != EXPLAINED_TYPE:
        reason = f"explained for {EXPLAINED_TYPE}s only"
        yield _block(city, "unexplained_share", reason=reason)
        return
    observed, expected, dispersion = _numbers(
        areas, "observed", "expected", "dispersion"
    )
    sets = {}
    for name, columns in SETS.items():
        values = areas[list(columns)].to_numpy(dtype=float)
        if np.isfinite(values).all():
            sets[name] = values
    ids, sums = [areas["neighbourhood_id"].to_numpy()], [np.eye(len(areas))]
    for wider in SUMMED_TYPES:
        of = areas[f"{wider}_id"].to_numpy()
        ids.append(np.unique(of))
        sums.append((ids[-1][:, None] == of).astype(float))
    found = variation.explain(
        observed, expected, sets, dispersion, np.vstack(sums), REPLICATES, seed
    )
    if found.reason:
        yield _block(city, "unexplained_share", reason=found.reason)
        return
    shares = (found.shares, found.shares_lower, found.shares_upper)
    events = (found.events, found.events_lower, found.events_upper)
    for n, part in enumerate(found.parts):
        yield _block(city, f"{part}_share", *(share[n] for share in shares))
        yield _block(np.concatenate(ids), part, *(event[:, n] for event in events))


def _opportunities(frame: pd.DataFrame) -> list[Block]:
    """Events avoided (or added, where higher is better) at the best quarter's ratio.

    Adds the column shrunken_ratio to `frame`. The target is a percentile of shrunken
    ratios, taken as known; what an area could gain has the interval of its own ratio.
    """
    observed, expected, dispersion = _numbers(
        frame, "observed", "expected", "dispersion"
    )
    count = observed / dispersion
    chance = np.where(expected > 0, expected, np.nan) / dispersion
    group = frame.groupby(_GROUP, sort=True).ngroup().to_numpy()
    prior = rates.fit_gamma_prior(count, chance, group)
    after = (count, chance, prior.shape[group], prior.mean[group])
    shrunken = rates.shrunken_ratio(*after)
    frame["shrunken_ratio"] = shrunken.value
    higher = (frame["polarity"] == "higher is better").to_numpy()
    quarters = frame.groupby(group)["shrunken_ratio"].quantile(
        [BEST_SHARE, 1 - BEST_SHARE]
    )
    targets = quarters.unstack().to_numpy()
    target = targets[group, higher.astype(int)]
    gains = [
        np.maximum(np.where(higher, target - ratio, ratio - target), 0) * expected
        for ratio in shrunken
    ]
    gain, low, high = gains[0], np.minimum(*gains[1:]), np.maximum(*gains[1:])
    above = rates.probability_above(target, *after)
    use = np.isfinite(shrunken.value) & (frame["polarity"] != "neither").to_numpy()
    own = {name: frame.loc[use, name].to_numpy() for name in _GROUP}
    ids = frame.loc[use, "neighbourhood_id"].to_numpy()
    likely = np.where(higher, 1 - above, above)[use]
    return [
        own | _block(ids, "opportunity", gain[use], low[use], high[use]),
        own | _block(ids, "opportunity_probability", likely),
    ]


def _numbers(frame: pd.DataFrame, *columns: str) -> list[Array]:
    """Columns as floats; a missing dispersion (no event in the city) becomes 1."""
    filled = frame[list(columns)].astype(float)
    if "dispersion" in columns:
        filled["dispersion"] = filled["dispersion"].fillna(1.0)
    return [filled[column].to_numpy() for column in columns]
