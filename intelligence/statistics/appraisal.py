"""Did a scheme work, could it, and how sure can we be: the methods.

All functions are pure. Areas are rows, periods columns; `observed` and `expected` hold
counts of events and what the reference rates would give for the same people. ValueError
names an argument that makes no sense: amounts that are below zero or not numbers,
shares and levels outside 0 to 1, arrays that do not fit each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from scipy.stats import linregress, norm, t

from intelligence.statistics.checks import amounts, known, level_of, same_length, shares
from intelligence.statistics.rates import fit_gamma_prior, shrunken_ratio

Array = npt.NDArray[Any]

# Uplift (share) of cost that public projects of a kind have needed, and of duration:
# lower and upper bound. Mott MacDonald, Review of Large Public Procurement in the UK
# (2002), as in HM Treasury's Green Book supplement on optimism bias. There is no table
# for benefits, and the one for duration knows capital projects only: equipment and
# development is used for the time that a new service takes to run in full.
OUTSOURCED_SERVICE_COST = (0.0, 0.41)
DEVELOPMENT_DURATION = (0.10, 0.54)


@dataclass(frozen=True)
class Change:
    """A relative change (share; -0.2 is a fall by a fifth) and its uncertainty.

    lower, upper: interval of the level asked for. p_value: of no change, two-sided.
    log_change, log_error: the same on the log scale. Everything is nan when the data do
    not allow an estimate.
    """

    share: float
    lower: float
    upper: float
    p_value: float
    log_change: float = np.nan
    log_error: float = np.nan

    @property
    def is_known(self) -> bool:
        """Whether there is an estimate with an interval."""
        return bool(np.isfinite([self.share, self.lower, self.upper]).all())


UNKNOWN = Change(np.nan, np.nan, np.nan, np.nan)


def double_difference(
    treated_before: float,
    treated_after: float,
    comparator_before: float,
    comparator_after: float,
) -> float:
    """Change of the treated less the change of the comparator, in the unit given.

    Four numbers of one unit (Card and Krueger 1994).
    """
    known(
        treated_before=treated_before,
        treated_after=treated_after,
        comparator_before=comparator_before,
        comparator_after=comparator_after,
    )
    return (treated_after - treated_before) - (comparator_after - comparator_before)


def difference_in_differences(
    observed: Array, expected: Array, treated: Array, level: float = 0.95
) -> Change:
    """Difference-in-differences of log rates of pooled treated and comparator areas.

    observed, expected: (areas, 2), before and after. treated: (areas,) booleans.
    The error grows by the dispersion of the areas' own changes around those of their
    group, never below that of Poisson counts; Student's t with areas - 2 degrees of
    freedom (quasi-Poisson; Wedderburn 1974). Unknown with fewer than three areas, or
    where a pooled count is zero.
    """
    observed, expected = _counts(observed, expected, treated)
    level_of(level, "level")
    if observed.shape[1] != 2:
        raise ValueError("observed has two columns: before and after")
    if treated.all() or not treated.any() or len(treated) < 3:
        return UNKNOWN
    pooled = np.array([observed[treated].sum(axis=0), observed[~treated].sum(axis=0)])
    base = np.array([expected[treated].sum(axis=0), expected[~treated].sum(axis=0)])
    if (pooled <= 0).any() or (base <= 0).any():
        return UNKNOWN
    rate = np.log(pooled / base)
    change = double_difference(rate[0, 0], rate[0, 1], rate[1, 0], rate[1, 1])
    # What each area would have after, had its events split over time as its group's.
    whole = observed.sum(axis=1)
    odds = np.where(treated, *(np.exp(r[1] - r[0]) for r in rate))
    ratio = np.divide(
        expected[:, 1], expected[:, 0], out=np.zeros(len(odds)), where=whole > 0
    )
    after = odds * ratio / (1 + odds * ratio)
    spread = whole * after * (1 - after)
    counted = spread > 0
    freedom = int(counted.sum()) - 2
    if freedom < 1:
        return UNKNOWN
    residual = observed[counted, 1] - (whole * after)[counted]
    dispersion = max(1.0, float((residual**2 / spread[counted]).sum()) / freedom)
    error = float(np.sqrt(dispersion * (1 / pooled).sum()))
    return _change(change, error, level, freedom)


def _change(log_change: float, error: float, level: float, freedom: float) -> Change:
    reach = float(t.ppf((1 + level) / 2, freedom)) * error
    return Change(
        float(np.expm1(log_change)),
        float(np.expm1(log_change - reach)),
        float(np.expm1(log_change + reach)),
        float(2 * t.sf(abs(log_change) / error, freedom)),
        float(log_change),
        error,
    )


def pre_trend_p_value(observed: Array, expected: Array, treated: Array) -> float:
    """P-value that treated and comparator areas moved alike before the start.

    observed, expected: (areas, periods) before. Tests the slope of the log ratio of
    their pooled rates over the periods by least squares; nan with fewer than four
    periods or without events.
    """
    observed, expected = _counts(observed, expected, treated)
    rates = [
        (observed[group].sum(axis=0) + 0.5) / (expected[group].sum(axis=0) + 0.5)
        for group in (treated, ~treated)
    ]
    ratio = np.log(rates[0] / rates[1])
    if len(ratio) < 4 or observed[treated].sum() == 0 or observed[~treated].sum() == 0:
        return float("nan")
    return float(linregress(np.arange(len(ratio)), ratio).pvalue)


def synthetic_weights(target: Array, donors: Array) -> Array:
    """Weights of donors (>= 0, sum 1) whose mix comes nearest to the target.

    target: (periods,). donors: (donors, periods). Abadie, Diamond and Hainmueller
    (2010) without covariates, as non-negative least squares: the sum of the weights is
    one more period, so heavy that it holds, and a ridge far below the scale of the data
    decides where more than one mix comes as near. Returns (donors,).
    """
    target, donors = known(target=target, donors=donors)
    if donors.ndim != 2 or len(donors) == 0:
        raise ValueError("donors has a row for each donor, one or more")
    same_length(target=target, donors=donors.T)
    scale = float(np.abs(donors).max()) or 1.0
    count = len(donors)
    left = np.vstack([donors.T / scale, np.full((1, count), 1e3), 1e-3 * np.eye(count)])
    weights: Array = nnls(left, np.r_[target / scale, 1e3, np.zeros(count)])[0]
    weights /= weights.sum()
    return weights


def synthetic_gap(outcome: Array, treated: int, before: int) -> float:
    """Mean gap after the start between one area and its synthetic control.

    outcome: (areas, periods), the first `before` of them before the start; the gap has
    its unit. treated: row of the area (Abadie, Diamond and Hainmueller 2010).
    """
    (outcome,) = known(outcome=outcome)
    _one_of(outcome, treated, before)
    donors = np.delete(outcome, treated, axis=0)
    weights = synthetic_weights(outcome[treated, :before], donors[:, :before])
    return float((outcome[treated, before:] - weights @ donors[:, before:]).mean())


def synthetic_control(
    observed: Array, expected: Array, treated: int, before: int, level: float = 0.95
) -> Change:
    """Synthetic control of one area's relative rate, judged by placebos.

    observed, expected: (areas, periods). Each area's rate is taken relative to its own
    mean before the start, so that areas of other levels can be compared. Every
    comparator is treated in turn as if it were the one; gaps are scaled by what chance
    alone makes of an area's size (Abadie, Diamond and Hainmueller 2010). Unknown when
    there are too few comparators for the level: 0.95 needs 19 of them.
    """
    observed, expected = amounts(observed=observed, expected=expected)
    same_length(observed=observed, expected=expected)
    level_of(level, "level")
    _one_of(observed, treated, before)
    own = observed[:, :before].sum(axis=1) / expected[:, :before].sum(axis=1)
    usable = own > 0
    usable &= (expected > 0).all(axis=1)
    if not usable[treated] or usable.sum() < np.ceil(1 / (1 - level) - 1e-9):
        return UNKNOWN
    position = int(usable[:treated].sum())
    rate = (observed / expected)[usable] / own[usable, None]
    base = own[usable, None] * expected[usable]
    error = np.sqrt(1 / base[:, :before].sum(axis=1) + 1 / base[:, before:].sum(axis=1))
    gaps = np.array([synthetic_gap(rate, at, before) for at in range(len(rate))])
    scaled = np.abs(gaps) / error
    placebos = np.sort(np.delete(scaled, position))
    p_value = float((scaled >= scaled[position] - 1e-12).mean())
    reach = placebos[int(np.ceil(level * (len(placebos) + 1))) - 1] * error[position]
    level_without = float(rate[position, before:].mean() - gaps[position])
    share = gaps[position] / level_without
    return Change(
        float(share),
        float(share - reach / level_without),
        float(share + reach / level_without),
        p_value,
        float(np.log1p(max(share, -0.99))),
        float(reach / level_without / norm.ppf((1 + level) / 2)),
    )


def matched_change(
    members: Array,
    member_events: Array,
    controls: Array,
    control_events: Array,
    member_squares: Array,
    control_squares: Array,
    level: float = 0.95,
) -> Change:
    """Events of people enrolled against those of similar people, over strata.

    All (strata,): people, their events after the start and the sum over people of
    events squared. Controls are weighted to the strata of the members (exact matching,
    Iacus, King and Porro 2012); strata without controls are left out. Unknown when
    either side has no event.
    """
    columns = amounts(
        members=members,
        member_events=member_events,
        controls=controls,
        control_events=control_events,
        member_squares=member_squares,
        control_squares=control_squares,
    )
    level_of(level, "level")
    members, member_events, controls, control_events = columns[:4]
    member_squares, control_squares = columns[4:]
    both = (members > 0) & (controls > 0)
    n1, y1, n0, y0 = (
        column[both].astype(float)
        for column in (members, member_events, controls, control_events)
    )
    weight = n1 / np.maximum(n0, 1)
    happened, due = float(y1.sum()), float((weight * y0).sum())
    if happened <= 0 or due <= 0:
        return UNKNOWN
    within = (member_squares[both] - y1**2 / n1).sum()
    within += (control_squares[both] - y0**2 / n0).sum()
    people = float((n1 + n0 - 2).sum())
    events = float((y1 * (n1 - 1) / n1 + y0 * (n0 - 1) / n0).sum())
    dispersion = max(1.0, float(within) / events) if events > 0 else 1.0
    error = np.sqrt(
        dispersion * (1 / happened + float((weight**2 * y0).sum()) / due**2)
    )
    log_change = float(np.log(happened / due))
    return _change(log_change, float(error), level, max(people, 1.0))


def combined_effect(effects: npt.ArrayLike) -> Array:
    """Share that schemes for the same people prevent together: 1 - prod(1 - r).

    effects: (schemes, ...), shares from 0 to 1. Returns (...). Each scheme is taken to
    prevent its share of what the others leave (independent effects).
    """
    (effects,) = shares(effects=effects)
    together: Array = 1 - np.prod(1 - effects, axis=0)
    return together


def resultant_optimism_bias(
    upper: float,
    managed: Sequence[tuple[float, float]] = (),
    lower: float = 0.0,
) -> float:
    """Uplift (share) after managing risks: upper * (1 - sum of contribution * managed).

    upper, lower: bounds as shares. managed: per contributory area its contribution to
    the upper bound (share) and how far it is managed (0 to 1). Never below the lower
    bound (HM Treasury, Green Book supplement on optimism bias, section 4). Raises
    ValueError where the contributions come to more than 1 or the bounds are in the
    wrong order.
    """
    amounts(upper=upper, lower=lower)
    contributions, done_shares = shares(
        contribution=[one for one, _ in managed], managed=[done for _, done in managed]
    )
    if contributions.sum() > 1 + 1e-9:
        raise ValueError("the contributions of managed come to more than 1")
    if lower > upper:
        raise ValueError("lower is above upper")
    reduced = float(contributions @ done_shares)
    return max(upper * (1 - reduced), lower)


def achievable_share(observed: Array, expected: Array, own: Array) -> Array:
    """Share of the events of some areas above the best quarter of all areas' ratios.

    observed: (sets, areas), counts of one or of several sets. expected: (areas,). own:
    (areas,) booleans, whose events they are. It is what would be avoided if each of
    these came down to the lower quartile of the ratios, shrunken so that a small area's
    luck does not set the example (Clayton and Kaldor 1987). Returns (sets,); nan
    where nothing can be estimated.
    """
    observed, expected = amounts(observed=observed, expected=expected)
    same_length(observed=observed.T, expected=expected, own=own)
    sets, areas = observed.shape
    base = np.tile(expected, sets)
    group = np.repeat(np.arange(sets), areas)
    prior = fit_gamma_prior(observed.ravel(), base, group)
    ratio = shrunken_ratio(
        observed.ravel(), base, prior.shape[group], prior.mean[group]
    ).value.reshape(sets, areas)
    best = np.full(sets, np.nan)
    known = np.isfinite(ratio).any(axis=1)
    best[known] = np.nanquantile(ratio[known], 0.25, axis=1)
    events = (ratio * expected)[:, own]
    above = np.maximum(0.0, (ratio - best[:, None]) * expected)[:, own]
    share: Array = np.nansum(above, axis=1) / np.where(
        known, np.nansum(events, axis=1), np.nan
    )
    return share


@dataclass(frozen=True)
class Outlook:
    """What a claim is likely to achieve; each as 10th, 50th and 90th percentile.

    prevented: events over the horizon. net_benefit: pounds over the horizon, nan when
    an event has no price. claim_chance: chance that the claimed events are reached.
    """

    prevented: tuple[float, float, float]
    net_benefit: tuple[float, float, float]
    claim_chance: float


def outlook(
    events_a_year: float,
    claimed_effect: float,
    achievable_effect: float,
    ramp_months: float,
    cost_a_year: float,
    event_cost: float,
    claimed_prevented: float,
    horizon_months: int = 24,
    draws: int = 4000,
    seed: int = 0,
) -> Outlook:
    """Seeded Monte Carlo of a scheme's first months, before anything is known of it.

    The effect is triangular. Most likely it is what is claimed, or what the best
    neighbourhoods achieve if that is less; it may be nothing, or as far above, and the
    claim is never ruled out. Events are Poisson; cost and the time to full running are
    uplifted evenly between the bounds of HM Treasury's table.
    claimed_prevented: events claimed over the horizon; cost_a_year, event_cost: pounds,
    the latter NaN where an event has no price.
    """
    shares(claimed_effect=claimed_effect)
    known(achievable_effect=achievable_effect)
    amounts(
        events_a_year=events_a_year,
        ramp_months=ramp_months,
        cost_a_year=cost_a_year,
        claimed_prevented=claimed_prevented,
    )
    if horizon_months < 1 or draws < 1:
        raise ValueError("horizon_months and draws are 1 or more")
    rng = np.random.default_rng(seed)
    likely = min(max(achievable_effect, 0.0), claimed_effect)
    most = min(max(2 * likely, claimed_effect), 1.0)
    effect = rng.triangular(0, likely, most, draws)
    lower, upper = (resultant_optimism_bias(b) for b in DEVELOPMENT_DURATION)
    ramp = ramp_months * (1 + rng.uniform(lower, upper, draws))
    months = np.arange(horizon_months) + 0.5
    running = np.minimum(1, months / np.maximum(ramp, 1e-9)[:, None]).sum(axis=1)
    years = horizon_months / 12
    touched = rng.poisson(events_a_year * years, draws)
    prevented = touched * effect * running / horizon_months
    lower, upper = (resultant_optimism_bias(b) for b in OUTSOURCED_SERVICE_COST)
    cost = cost_a_year * years * (1 + rng.uniform(lower, upper, draws))
    net = prevented * event_cost - cost
    return Outlook(
        _deciles(prevented),
        _deciles(net),
        float((prevented >= claimed_prevented).mean()),
    )


def _counts(observed: Array, expected: Array, treated: Array) -> tuple[Array, Array]:
    """Counts (areas, periods) that fit each other and the areas that are treated."""
    observed, expected = amounts(observed=observed, expected=expected)
    if observed.ndim != 2 or observed.shape != expected.shape:
        raise ValueError("observed and expected have the shape (areas, periods)")
    same_length(observed=observed, treated=treated)
    if treated.dtype != bool:
        raise ValueError("treated holds booleans")
    return observed, expected


def _one_of(outcome: Array, treated: int, before: int) -> None:
    """A row of the outcome, and a start within its periods."""
    if not 0 <= treated < len(outcome):
        raise ValueError("treated is no row of the areas")
    if not 0 < before < outcome.shape[1]:
        raise ValueError("before leaves no period before, or none after, the start")


def _deciles(values: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)
