"""Variation, its explanation and its opportunity, for every indicator and year."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from intelligence import rates, variation
from intelligence.variation import Array

# Covariates of each set; logs where a doubling means the same everywhere.
SETS = {
    "deprivation": ("deprivation_score",),
    "need": ("condition_ratio", "frailty_ratio", "care_home_ratio"),
    "supply": ("log_capacity", "log_travel"),
}
EXPLAINED_TYPE = "ward"
SUMMED_TYPES = ("neighbourhood_team", "community_committee")
# The quarter of areas with the lowest ratios begins here.
BEST_SHARE = 0.25
REPLICATES = 200
_GROUP = ["indicator_id", "period_start_date"]
_DIGITS = 6
_SCHEMA = pa.schema(
    [
        ("geography_type", pa.string()),
        ("neighbourhood_id", pa.string()),
        ("indicator_id", pa.string()),
        ("part", pa.string()),
        ("value", pa.float64()),
        ("value_lower", pa.float64()),
        ("value_upper", pa.float64()),
        ("null_reason", pa.string()),
        ("period_start_date", pa.date32()),
    ]
)


def explain_variation(rows: pa.Table) -> pa.Table:
    """What is to say of each indicator and year, as one row for each part of it.

    `rows` has an area, indicator and year each: neighbourhood_id, its wider areas
    (neighbourhood_team_id, community_committee_id, city_id), geography_type, polarity,
    observed, expected, crude_expected (at the city's rate for everybody), dispersion,
    the covariates of `SETS` (null where unknown) and the keys. A part about all areas
    of a geography type stands at the city's id: systematic_component, quotient,
    age_sex_share, deprivation_share and so on. Parts of single areas are the parts of
    their excess events (deprivation, need, supply, unexplained, chance), opportunity
    and opportunity_probability. Explained are wards, the level at which supply is
    known; neighbourhood teams and community committees add up their wards.
    """
    frame = rows.to_pandas().sort_values([*_GROUP, "neighbourhood_id"])
    found: list[tuple[object, ...]] = []
    for (indicator, period), group in frame.groupby(_GROUP, sort=True):
        # The same city and year always give the same intervals.
        seed = zlib.crc32(f"{indicator} {period}".encode())
        for kind, areas in group.groupby("geography_type", sort=True):
            for area, *part in _parts(str(kind), areas, seed):
                found.append((kind, area, indicator, *part, period))
    columns = list(zip(*found, strict=True)) or [()] * len(_SCHEMA)
    arrays = []
    for field, column in zip(_SCHEMA, columns, strict=True):
        if pa.types.is_floating(field.type):
            values = np.round(np.array(column, dtype=float), _DIGITS)
            arrays.append(pa.array(values, mask=~np.isfinite(values)))
        else:
            arrays.append(pa.array(column, type=field.type))
    return pa.table(arrays, schema=_SCHEMA)


def _parts(kind: str, areas: pd.DataFrame, seed: int) -> Iterator[tuple[object, ...]]:
    """Area, part, value, lower, upper and reason of everything about one group."""
    city = areas["city_id"].iloc[0]
    observed, expected, crude, dispersion = (
        areas[name].to_numpy(dtype=float)
        for name in ("observed", "expected", "crude_expected", "dispersion")
    )
    spread = np.nan_to_num(dispersion, nan=1.0)
    scv = variation.systematic_variation(observed, expected, spread, seed=seed)
    yield city, "systematic_component", scv.value, scv.lower, scv.upper, scv.reason

    known = expected > 0
    total, chance = observed / spread, np.where(known, expected, np.nan) / spread
    prior = rates.fit_gamma_prior(total, chance, np.zeros(len(areas), dtype=np.int64))
    shape, mean = prior.shape[0], prior.mean[0]
    shrunken = rates.shrunken_ratio(total, chance, shape, mean)
    yield city, "quotient", variation.quotient(shrunken.value), None, None, None
    use = known & (crude > 0)
    if observed[use].sum() > 0:
        raw = variation.deviance(observed[use], crude[use])
        left = variation.deviance(observed[use], expected[use])
        yield city, "age_sex_share", 1 - left / raw, None, None, None

    polarity = areas["polarity"].iloc[0]
    yield from _opportunities(
        areas["neighbourhood_id"], polarity, total, chance, spread, (shape, mean)
    )
    if kind == EXPLAINED_TYPE:
        yield from _explanations(areas, city, observed, expected, spread, seed)
    else:
        reason = f"explained for each {EXPLAINED_TYPE}"
        yield city, "unexplained_share", None, None, None, reason


def _explanations(
    areas: pd.DataFrame,
    city: object,
    observed: Array,
    expected: Array,
    spread: Array,
    seed: int,
) -> Iterator[tuple[object, ...]]:
    """Shares of the variation, and parts of each area's excess and of wider areas'."""
    sets = {}
    for name, columns in SETS.items():
        values = areas[list(columns)].to_numpy(dtype=float)
        if np.isfinite(values).all():
            sets[name] = values
    names = [areas["neighbourhood_id"].to_numpy()]
    sums = [np.eye(len(areas))]
    for wider in SUMMED_TYPES:
        of = areas[f"{wider}_id"].to_numpy()
        ids = np.unique(of)
        names.append(ids)
        sums.append((ids[:, None] == of).astype(float))
    found = variation.explain(
        observed, expected, sets, spread, np.vstack(sums), REPLICATES, seed
    )
    if found.reason:
        yield city, "unexplained_share", None, None, None, found.reason
        return
    for n, part in enumerate(found.parts):
        yield (
            city,
            f"{part}_share",
            found.shares[n],
            found.shares_lower[n],
            found.shares_upper[n],
            None,
        )
        for row, area in enumerate(np.concatenate(names)):
            yield (
                area,
                part,
                found.events[row, n],
                found.events_lower[row, n],
                found.events_upper[row, n],
                None,
            )


def _opportunities(
    ids: pd.Series,
    polarity: str,
    total: Array,
    chance: Array,
    spread: Array,
    prior: tuple[float, float],
) -> Iterator[tuple[object, ...]]:
    """Events fewer (or more, where higher is better) at the best quarter's ratio."""
    shrunken = rates.shrunken_ratio(total, chance, *prior)
    known = np.isfinite(shrunken.value)
    if polarity == "neither" or known.sum() < variation.MINIMUM_AREAS:
        return
    lower_is_better = polarity == "lower is better"
    share = BEST_SHARE if lower_is_better else 1 - BEST_SHARE
    target = float(np.quantile(shrunken.value[known], share))
    above = rates.probability_above(target, total, chance, *prior)
    sign = 1 if lower_is_better else -1
    worth = spread * chance
    gains = [
        np.maximum(sign * (ratio - target), 0) * worth
        for ratio in (shrunken.value, shrunken.lower, shrunken.upper)
    ]
    low, high = (gains[1], gains[2]) if lower_is_better else (gains[2], gains[1])
    likely = above if lower_is_better else 1 - above
    for row in np.flatnonzero(known):
        area = ids.iloc[row]
        yield area, "opportunity", gains[0][row], low[row], high[row], None
        yield area, "opportunity_probability", likely[row], None, None, None
