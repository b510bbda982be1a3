"""How much areas differ beyond chance, and what their differences are associated with.

Observed and expected are amounts in a period: events, days or pounds. Expected is what
the area's people would have had at the city's rates for their age and sex (indirect
standardisation), so age and sex are allowed for before anything here begins.

`dispersion` is the variance of the observed amount over its mean if chance alone were
at work: 1 for events that come one at a time to different people (Poisson), more where
the same people have several or where an event brings many days or pounds. Sum of
squared amounts of each person over the sum of amounts estimates it (Glynn et al. 1993,
J Epidemiol Community Health 47:311).

What is found is ecological: it says what differences between areas are associated
with, not what causes them, and nothing about the people who live there. ValueError
names an argument that makes no sense: amounts that are below zero or not numbers,
arrays of different lengths, totals that should be equal and are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
import numpy.typing as npt
from scipy import stats

from intelligence.statistics.checks import above_zero, amounts, known, same_length

Array = npt.NDArray[np.float64]

# Below these a statistic would reflect chance and single areas; reasons name them.
MINIMUM_EXPECTED = 1.0
MINIMUM_AREAS = 3
MINIMUM_AREAS_TO_EXPLAIN = 20
MINIMUM_MEAN_EXPECTED_TO_EXPLAIN = 5.0
LEVELS = (0.025, 0.975)
_STEPS = 25


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; `reason` says why it is null or was floored."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Explanation:
    """What the differences between areas are associated with.

    whole: deviance of the observed from the expected amounts.
    parts: names of the sets, then "unexplained" and "chance".
    shares, shares_lower, shares_upper: (parts,) shares of `whole`; they sum to 1. The
        share of a set whose covariates do no better than noise may be a little below 0.
    events, events_lower, events_upper: (rows, parts) split of observed less expected
        of each area, or of each sum of areas asked for; a row sums to that difference.
        Chance has no interval (NaN): it is what the other parts leave.
    reason: why there is nothing; all arrays are empty then.
    """

    whole: float
    parts: tuple[str, ...]
    shares: Array
    shares_lower: Array
    shares_upper: Array
    events: Array
    events_lower: Array
    events_upper: Array
    reason: str | None = None


def systematic_component(
    observed: Array, expected: Array, dispersion: Array | float = 1.0
) -> float:
    """Systematic component of variation (SCV), not floored.

    Mean over areas of the squared relative difference less what chance adds to it
    (McPherson et al. 1982, N Engl J Med 307:1310; Diehr et al. 1990, Health Serv Res
    24:741). observed, expected: (areas,), expected above 0. A squared relative
    difference without unit, often printed times 100. May be negative.
    """
    observed, expected = amounts(observed=observed, expected=expected)
    same_length(observed=observed, expected=expected)
    if len(expected) == 0 or (expected == 0).any():
        raise ValueError("expected must be above zero, of one area or more")
    terms = _systematic_terms(observed, expected, _spread(dispersion, expected))
    return float(terms.mean())


def systematic_variation(
    observed: Array,
    expected: Array,
    dispersion: Array | float = 1.0,
    replicates: int = 500,
    seed: int = 0,
) -> Estimate:
    """SCV with a bootstrap interval over areas, value and ends floored at 0.

    observed, expected: (areas,). Areas with an expectation below `MINIMUM_EXPECTED` are
    left out, since one event there would outweigh all others. Null with a reason when
    fewer than `MINIMUM_AREAS` are left or nothing was observed; a value floored at 0
    carries the reason that areas differ no more than by chance. The interval of three
    to ten areas is that of so few and holds its 95 % only roughly.
    """
    observed, expected = amounts(observed=observed, expected=expected)
    same_length(observed=observed, expected=expected)
    use = expected >= MINIMUM_EXPECTED
    if use.sum() < MINIMUM_AREAS:
        return Estimate(None, reason=_few_areas(MINIMUM_AREAS))
    if observed[use].sum() <= 0:
        return Estimate(None, reason="no events")
    spread = _spread(dispersion, expected)[use]
    terms = _systematic_terms(observed[use], expected[use], spread)
    rng = np.random.default_rng(seed)
    drawn = terms[rng.integers(0, len(terms), (replicates, len(terms)))].mean(axis=1)
    lower, upper = np.quantile(drawn, LEVELS)
    value = float(terms.mean())
    return Estimate(
        max(value, 0.0),
        max(float(lower), 0.0),
        max(float(upper), 0.0),
        "no more than chance" if value <= 0 else None,
    )


def quotient(shrunken: Array, upper: float = 0.8, lower: float = 0.2) -> float | None:
    """Ratio of two percentiles of shrunken ratios, by default the 80th to the 20th.

    shrunken: (areas,), NaN where unknown; upper, lower: percentiles as shares. Of raw
    ratios such a quotient grows as areas get smaller, so give it shrunken ones only.
    Null for no areas and for a lower percentile of 0.
    """
    if not 0 <= lower <= upper <= 1:
        raise ValueError("lower and upper are shares, lower not above upper")
    ratios = shrunken[~np.isnan(shrunken)]
    if len(ratios) == 0:
        return None
    amounts(shrunken=ratios)
    low, high = np.quantile(ratios, (lower, upper))
    return float(high / low) if low > 0 else None


def shapley(values: Array) -> Array:
    """Shapley values of k players (Shapley 1953) from the worth of their coalitions.

    values: (2**k, ...); row r is the worth of the players whose bits are set in r.
    Returns (k, ...): each player's mean gain over all orders of joining. They sum to
    values[-1] - values[0]. With explained deviance as worth this is general dominance
    (Budescu 1993, Psychol Bull 114:542); Lipovetsky and Conklin 2001 for regression.
    Raises ValueError for a number of rows that is no power of two.
    """
    (values,) = known(values=values)
    count = len(values).bit_length() - 1
    if len(values) != 1 << max(count, 0):
        raise ValueError("values has a row for each coalition: a power of two")
    parts = np.zeros((count, *values.shape[1:]))
    for player in range(count):
        for row in range(len(values)):
            if row >> player & 1:
                continue
            size = row.bit_count()
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            parts[player] += weight * (values[row | 1 << player] - values[row])
    return parts


def deviance(observed: Array, fitted: Array) -> Array:
    """Poisson deviance over the last axis; an observed 0 adds twice its fitted value.

    observed, fitted: (..., areas), fitted above 0 (McCullagh and Nelder 1989, 2.3).
    """
    (observed,), (fitted,) = amounts(observed=observed), above_zero(fitted=fitted)
    known(fitted=fitted)
    ratio = np.where(observed > 0, observed, 1.0) / fitted
    terms = np.where(observed > 0, observed * np.log(ratio), 0.0) - (observed - fitted)
    total: Array = 2 * terms.sum(axis=-1)
    return total


def chance_deviance(mean: Array, dispersion: Array | float) -> Array:
    """Deviance of areas about their common level that chance alone brings on average.

    mean: (..., areas) of the amounts, 0 or more; summed over the last axis. One degree
    of freedom goes to the level.
    """
    (mean,), (dispersion,) = amounts(mean=mean), above_zero(dispersion=dispersion)
    grid, value = _unit_deviance()
    scaled = np.log(np.clip(mean / dispersion, np.exp(grid[0]), np.exp(grid[-1])))
    brought = dispersion * np.interp(scaled, grid, value)
    size = mean.shape[-1]
    total: Array = brought.sum(axis=-1) * (size - 1) / size
    return total


def fit_poisson(observed: Array, expected: Array, covariates: Array) -> Array:
    """Fitted amounts of log-linear Poisson models with log(expected) as offset.

    observed: (replicates, areas), all models at once. expected: (areas,), above 0.
    covariates: (areas, columns) without the constant; no columns fit the constant
    alone. Returns (replicates, areas); they sum to what was observed. A replicate
    without events is fitted as 0. Iteratively reweighted least squares (McCullagh and
    Nelder 1989).
    """
    (observed,), (expected,) = amounts(observed=observed), above_zero(expected=expected)
    expected, covariates = known(expected=expected, covariates=covariates)
    same_length(expected=expected, covariates=covariates, observed=observed.T)
    return _fit_poisson(observed, expected, covariates)


def _fit_poisson(observed: Array, expected: Array, covariates: Array) -> Array:
    total = observed.sum(axis=1, keepdims=True)
    level = np.maximum(total, 1e-9) / expected.sum()
    fitted = level * expected
    columns = covariates.shape[1]
    if columns == 0:
        return np.where(total > 0, fitted, 0.0)
    design = np.column_stack([np.ones(len(expected)), covariates])
    width = columns + 1
    products = (design[:, :, None] * design[:, None, :]).reshape(len(expected), -1)
    if len(observed) > 1:
        # Replicates lie around their mean: from its fit few steps are left.
        middle = _fit_poisson(observed.mean(axis=0)[None], expected, covariates)[0]
        about = np.log(np.maximum(middle, 1e-9) / expected)
        linear = np.tile(np.linalg.lstsq(design, about)[0], (len(observed), 1))
    else:
        linear = np.zeros((1, width))
        linear[:, 0] = np.log(level[:, 0])
    # Keeps equations solvable when a column repeats another one.
    ridge = 1e-9 * np.eye(width)
    for _ in range(_STEPS):
        fitted = expected * np.exp(np.clip(linear @ design.T, -30, 30))
        curvature = (fitted @ products).reshape(-1, width, width)
        scale = np.trace(curvature, axis1=1, axis2=2)[:, None, None]
        gradient = ((observed - fitted) @ design)[:, :, None]
        step = np.linalg.solve(curvature + scale * ridge, gradient)[:, :, 0]
        # A long step could overshoot where almost nothing was observed.
        linear += np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-6:
            break
    fitted = expected * np.exp(np.clip(linear @ design.T, -30, 30))
    return np.where(total > 0, fitted, 0.0)


def explain(
    observed: Array,
    expected: Array,
    sets: Mapping[str, Array],
    dispersion: Array | float = 1.0,
    sums: Array | None = None,
    replicates: int = 200,
    seed: int = 0,
) -> Explanation:
    """Split the differences between areas over sets of covariates, chance and the rest.

    observed, expected: (areas,), summing to the same total. sets: name -> covariates
    (areas, columns). sums: (rows, areas) of 0 and 1, sets of areas to split the
    differences of; by default each area.

    Log-linear Poisson models of the observed on every combination of the sets are
    fitted; a set's share is its Shapley value of explained deviance, less what as many
    columns of noise would explain at the dispersion that the full model leaves. Of the
    deviance left, as much as chance brings on average is "chance" and the rest
    "unexplained". An area's events are split by the Shapley values of its fitted
    amounts, and what no set accounts for is divided between "unexplained" and "chance"
    as the variances of the two are. Sets that differ together share what they explain
    together, so a share is no effect of that set alone.

    Intervals: percentiles of a parametric bootstrap from the full model, with gamma
    distributed unexplained differences and chance on top; that of the "unexplained"
    share from the chi-squared distribution of the deviance left.

    Nothing but a reason for fewer than `MINIMUM_AREAS_TO_EXPLAIN` areas with an
    expectation, for fewer than twice as many areas as covariates, a mean expectation
    below `MINIMUM_MEAN_EXPECTED_TO_EXPLAIN`, or no event. Covariates that are the same
    everywhere explain nothing. Raises ValueError where the totals of observed and
    expected differ by more than a thousandth.
    """
    observed, expected = amounts(observed=observed, expected=expected)
    same_length(
        observed=observed,
        expected=expected,
        **{f"sets[{name!r}]": columns for name, columns in sets.items()},
        **({} if sums is None else {"sums": sums.T}),
    )
    for name, columns in sets.items():
        known(**{f"sets[{name!r}]": columns})
    parts = (*sets, "unexplained", "chance")
    if (expected > 0).sum() < MINIMUM_AREAS_TO_EXPLAIN:
        return _nothing(parts, _few_areas(MINIMUM_AREAS_TO_EXPLAIN))
    if observed.sum() <= 0:
        return _nothing(parts, "no events")
    spread = _spread(dispersion, expected)
    if (expected / spread).mean() < MINIMUM_MEAN_EXPECTED_TO_EXPLAIN:
        return _nothing(
            parts,
            f"fewer than {MINIMUM_MEAN_EXPECTED_TO_EXPLAIN:g} expected events per area",
        )
    if not np.isclose(observed.sum(), expected.sum(), rtol=1e-3, atol=1e-9):
        raise ValueError(
            f"expected sums to {expected.sum():.6g}, observed to {observed.sum():.6g}"
        )
    width = sum(columns.shape[1] for columns in sets.values())
    if (expected > 0).sum() < 2 * (1 + width):
        return _nothing(parts, _few_areas(2 * (1 + width)))
    use = expected > 0
    added = (np.eye(len(expected)) if sums is None else sums)[:, use]
    observed_used, expected_used, spread = observed[use], expected[use], spread[use]
    scaled = {
        name: _scaled(columns[use], expected_used) for name, columns in sets.items()
    }
    whole, shares, fits = _shares(observed_used[None], expected_used, scaled, spread)
    fitted = fits[-1, 0]
    free = len(expected_used) - 1 - sum(c.shape[1] for c in scaled.values())
    left = _unexplained_variance(observed_used, fitted, spread, free)
    rng = np.random.default_rng(seed)
    again = _draw_amounts(rng, fitted, spread, left, replicates)
    _, again_shares, again_fits = _shares(again, expected_used, scaled, spread)
    shares_lower, shares_upper = np.quantile(again_shares, LEVELS, axis=0)
    # The bootstrap has no unexplained differences to draw where none were estimated.
    rest = shares[0, -2:].sum() * free / stats.chi2.ppf(LEVELS[::-1], free)
    shares_lower[-2], shares_upper[-2] = np.maximum(rest - shares[0, -1], 0)

    of_sets = shapley(fits)[:, 0] @ added.T
    drawn_of_sets = shapley(again_fits) @ added.T
    weight = left * fitted / (left * fitted + spread)
    residual = observed_used - fitted
    unexplained = added @ (weight * residual)
    # Posterior variance of the areas' own differences, and that of the fit.
    width = stats.norm.ppf(LEVELS[1]) * np.sqrt(
        added @ (weight * spread * fitted) + (again_fits[-1] @ added.T).var(axis=0)
    )
    low_sets, high_sets = np.quantile(drawn_of_sets, LEVELS, axis=1)
    unknown = np.full(len(added), np.nan)
    events = np.vstack([of_sets, unexplained, added @ residual - unexplained]).T
    lower = np.vstack([low_sets, unexplained - width, unknown]).T
    upper = np.vstack([high_sets, unexplained + width, unknown]).T
    return Explanation(
        float(whole[0]),
        parts,
        shares[0],
        shares_lower,
        shares_upper,
        events,
        lower,
        upper,
    )


def _spread(dispersion: Array | float, expected: Array) -> Array:
    """The dispersion of each area."""
    (spread,) = above_zero(dispersion=dispersion)
    known(dispersion=spread)
    return np.broadcast_to(spread, expected.shape)


def _few_areas(minimum: int) -> str:
    return f"fewer than {minimum} areas"


def _nothing(parts: tuple[str, ...], reason: str) -> Explanation:
    empty = np.zeros(0)
    return Explanation(
        float("nan"), parts, empty, empty, empty, empty, empty, empty, reason
    )


def _systematic_terms(
    observed: Array, expected: Array, dispersion: Array | float
) -> Array:
    terms: Array = ((observed - expected) / expected) ** 2 - dispersion / expected
    return terms


def _scaled(columns: Array, weight: Array) -> Array:
    """Columns with mean 0 and variance 1 over expected events; constant ones go."""
    mean = np.average(columns, axis=0, weights=weight)
    spread = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weight))
    varies = spread > 1e-12 * np.maximum(np.abs(mean), 1)
    scaled: Array = (columns[:, varies] - mean[varies]) / spread[varies]
    return scaled


def _shares(
    observed: Array, expected: Array, sets: Mapping[str, Array], dispersion: Array
) -> tuple[Array, Array, Array]:
    """Deviance (replicates,), shares (replicates, parts), fits (2**sets, ...)."""
    columns = list(sets.values())
    none = np.zeros((len(expected), 0))
    fits, widths = [], []
    for row in range(1 << len(columns)):
        chosen = [c for n, c in enumerate(columns) if row >> n & 1]
        covariates = np.column_stack([none, *chosen])
        widths.append(covariates.shape[1])
        fits.append(_fit_poisson(observed, expected, covariates))
    fitted = np.stack(fits)
    left = np.stack([deviance(observed, np.maximum(f, 1e-12)) for f in fits])
    whole = np.maximum(left[0], 1e-12)
    size = len(expected) - 1
    noise = left[-1] / max(size - widths[-1], 1)
    worth = left[0] - left - noise * np.array(widths)[:, None]
    of_sets = shapley(worth)
    rest = whole - of_sets.sum(axis=0)
    chance = np.clip(chance_deviance(fitted[-1], dispersion), 0, np.maximum(rest, 0))
    parts = np.vstack([of_sets, rest - chance, chance])
    shares: Array = (parts / whole).T
    return whole, shares, fitted


@cache
def _unit_deviance() -> tuple[Array, Array]:
    """Mean deviance of a Poisson count about its mean, over the log of that mean.

    It is 1 for large means, a little more around 1 and less below.
    """
    grid = np.linspace(np.log(0.01), np.log(1000), 120)
    counts = np.arange(0, 1300)
    means = np.exp(grid)[:, None]
    probability = stats.poisson.pmf(counts, means)
    term = np.where(counts > 0, counts * np.log(np.maximum(counts, 1) / means), 0.0)
    value: Array = (probability * 2 * (term - (counts - means))).sum(axis=1)
    return grid, value


def _unexplained_variance(
    observed: Array, fitted: Array, dispersion: Array, free: int
) -> float:
    """Variance of areas' own relative differences, by moments, floored at 0."""
    pearson = ((observed - fitted) ** 2 / (dispersion * fitted)).sum()
    return max(0.0, float((pearson - free) / (fitted / dispersion).sum()))


def _draw_amounts(
    rng: np.random.Generator, fitted: Array, dispersion: Array, left: float, count: int
) -> Array:
    """Amounts (count, areas) of cities like the fitted one."""
    shape = (count, len(fitted))
    own = rng.gamma(1 / left, left, shape) if left > 1e-9 else np.ones(shape)
    drawn: Array = rng.poisson(fitted * own / dispersion) * dispersion
    return drawn
