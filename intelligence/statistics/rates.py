"""Rates of areas and how sure they are: limits, standardisation, funnels, shrinkage.

All functions take and give arrays of floats, one element per area (or per area in one
group). Not a number (NaN) means that a value is unknown or suppressed: it comes out as
NaN and never as zero, and takes no part in what is estimated over areas. ValueError
names an argument that makes no sense: counts, populations or expected counts below
zero or infinite, a dispersion or a prior that is not above zero, a confidence outside
0 to 1, groups that are not numbered from 0 or not one per area.

Counts need not be whole. Where a number does not vary as a Poisson count does, because
an event brings days or pounds, because one person has many, or because it is a share,
pass counts and expected counts divided by the dispersion (variance over mean): such
effective counts vary as Poisson counts do (quasi-Poisson; Wedderburn 1974, Biometrika
61:439-47).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, gammainccinv, gammaincinv, gammaln, ndtri
from scipy.stats import poisson

from intelligence.statistics.checks import above_zero, level_of, not_negative, shares

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Below so many events Byar's approximation gives way to exact limits, and a directly
# standardised rate is not published (Public Health England, Technical guide: confidence
# intervals, 2018).
FEWEST_EVENTS = 10
# Shapes of the gamma prior that are searched. One over the shape is the squared
# coefficient of variation of true ratios: where areas seem to differ by chance alone,
# 400 still lets them differ by 5 %, the least that such data can rule out.
_SHAPES = (0.02, 400.0)
# Share of the most extreme areas on each side that is pulled in, or left out, before
# over-dispersion is measured, so that the outliers themselves do not widen the limits.
_WINSORISED = 0.1
Form = Literal["square root", "SHMI"]


class Interval(NamedTuple):
    """Lower and upper limits, one element per area."""

    lower: Array
    upper: Array


class Estimate(NamedTuple):
    """A value with its limits, one element per area."""

    value: Array
    lower: Array
    upper: Array


class Dispersion(NamedTuple):
    """phi: mean squared z score; tau_squared: variance between areas beyond chance."""

    phi: Array
    tau_squared: Array


class GammaPrior(NamedTuple):
    """Shape and mean of the gamma law that areas' true ratios are taken from."""

    shape: Array
    mean: Array


def _z(confidence: float) -> float:
    """Two-sided normal quantile of a level of confidence."""
    return float(ndtri((1 + level_of(confidence)) / 2))


def _groups_of(group: Codes, areas: Array) -> int:
    """How many groups there are; they are numbered from 0, one number per area."""
    if len(group) != len(areas):
        raise ValueError(f"group has {len(group)} areas, observed {len(areas)}")
    if group.min(initial=0) < 0:
        raise ValueError("group is numbered from 0")
    return int(group.max(initial=-1)) + 1


def byar_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Byar's approximate limits of a Poisson count (Breslow and Day 1987, p. 69).

    count: (areas,), in the unit of the limits. Lower limits that come out below zero,
    and that of a count of zero, are NaN: the approximation says nothing there.
    """
    (count,) = not_negative(count=count)
    z = _z(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
    lower = np.where(lower < 0, np.nan, lower)
    more = count + 1
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return Interval(lower, upper)


def exact_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Exact limits of a Poisson count (Garwood 1936, Biometrika 28:437-42).

    count: (areas,), in the unit of the limits. Those of zero are 0 and
    -ln((1 - confidence) / 2).
    """
    (count,) = not_negative(count=count)
    tail = (1 - level_of(confidence)) / 2
    some = np.where(count > 0, count, 1.0)
    lower = np.where(count == 0, 0.0, gammaincinv(some, tail))
    return Interval(
        np.where(np.isnan(count), np.nan, lower), gammainccinv(count + 1, tail)
    )


def poisson_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Limits of counts (areas,): exact below ten, Byar's from ten on.

    The rule of Public Health England, Technical guide: confidence intervals (2018).
    """
    (count,) = not_negative(count=count)
    exact, byar = exact_limits(count, confidence), byar_limits(count, confidence)
    few = count < FEWEST_EVENTS
    return Interval(
        np.where(few, exact.lower, byar.lower), np.where(few, exact.upper, byar.upper)
    )


def wilson_limits(
    count: npt.ArrayLike, total: npt.ArrayLike, confidence: float = 0.95
) -> Interval:
    """Limits of a share, 0 to 1 (Wilson 1927, J Am Stat Assoc 22:209-12).

    count, total: (areas,) of those counted and of all. NaN where the total is zero.
    Raises ValueError for more counted than there are.
    """
    count, total = not_negative(count=count, total=total)
    if np.any(count > total):
        raise ValueError("count is above total")
    z = _z(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = count + z * z / 2
        half = z * np.sqrt(count * (total - count) / total + z * z / 4)
        lower, upper = (
            (middle - half) / (total + z * z),
            (middle + half) / (total + z * z),
        )
    # Arithmetic may miss 0 and 1 by a last digit.
    return Interval(
        np.where(total > 0, np.clip(lower, 0, 1), np.nan),
        np.where(total > 0, np.clip(upper, 0, 1), np.nan),
    )


def standardised_ratio(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    confidence: float = 0.95,
    dispersion: npt.ArrayLike = 1.0,
) -> Estimate:
    """Indirectly standardised ratio, observed over expected (Breslow and Day 1987).

    observed, expected: (areas,) of events; dispersion: variance over mean. Limits are
    those of the observed count, exact below ten (effective) events and Byar's from
    there on. NaN where nothing is expected: a ratio to nothing is none. Compare it with
    the standard only, never with another area's.
    """
    observed, expected = not_negative(observed=observed, expected=expected)
    (dispersion,) = above_zero(dispersion=dispersion)
    limits = poisson_limits(observed / dispersion, confidence)
    base = np.where(expected > 0, expected, np.nan)
    return Estimate(
        observed / base,
        limits.lower * dispersion / base,
        limits.upper * dispersion / base,
    )


def gamma_limits(
    rate: npt.ArrayLike,
    variance: npt.ArrayLike,
    largest_weight: npt.ArrayLike,
    confidence: float = 0.95,
) -> Interval:
    """Limits of a weighted sum of Poisson counts (Fay and Feuer 1997, Stat Med 16:791).

    rate: (areas,), the sum of weight times count; variance: its variance, the sum of
    squared weight times count; largest_weight: the greatest weight of one event, for a
    directly standardised rate the greatest share of the standard over people. The lower
    limit is a gamma quantile with the mean and variance of the rate, the upper one with
    those of one more event of the greatest weight. The lower limit of a rate of zero
    is 0.
    """
    rate, variance, most = not_negative(
        rate=rate, variance=variance, largest_weight=largest_weight
    )
    tail = (1 - level_of(confidence)) / 2

    def quantile(mean: Array, spread: Array, upper: bool) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            shape, scale = mean**2 / spread, spread / mean
        known = np.where(shape > 0, shape, np.nan)
        found: Array = scale * (
            gammainccinv(known, tail) if upper else gammaincinv(known, tail)
        )
        return found

    lower = np.where(rate == 0, 0.0, quantile(rate, variance, False))
    return Interval(lower, quantile(rate + most, variance + most**2, True))


def dobson_limits(
    count: npt.ArrayLike,
    rate: npt.ArrayLike,
    variance: npt.ArrayLike,
    confidence: float = 0.95,
    fewest: npt.ArrayLike = FEWEST_EVENTS,
) -> Estimate:
    """Rate with limits scaled from those of its count (Dobson et al. 1991, Stat Med).

    count: (areas,) events; variance: of the rate, in squared units of the rate. Where
    people have several events each, it is the sum over numbers of events f of f squared
    times the variance from people with f events (Public Health England). NaN for counts
    below `fewest`.
    """
    count, rate, variance = not_negative(count=count, rate=rate, variance=variance)
    enough = count >= np.maximum(fewest, 1)
    some = np.where(enough, count, np.nan)
    limits = byar_limits(some, confidence)
    scale = np.sqrt(variance / some)
    return Estimate(
        np.where(enough, rate, np.nan),
        rate + scale * (limits.lower - some),
        rate + scale * (limits.upper - some),
    )


def funnel_limits(expected: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Ratios between which chance keeps an area whose rates are the standard's.

    expected: (areas,) events. Exact Poisson quantiles over the expected count
    (Spiegelhalter 2005, Stat Med 24:1185-202): with so many expected, a ratio strictly
    outside has a probability of at most 1 - `confidence`. NaN where nothing is
    expected.
    """
    (expected,) = not_negative(expected=expected)
    base = np.where(expected > 0, expected, np.nan)
    tail = (1 - level_of(confidence)) / 2
    return Interval(poisson.ppf(tail, base) / base, poisson.ppf(1 - tail, base) / base)


def overdispersed_funnel_limits(
    expected: npt.ArrayLike,
    tau_squared: npt.ArrayLike,
    confidence: float = 0.95,
    form: Form = "square root",
    expected_share: npt.ArrayLike | None = None,
) -> Interval:
    """Funnel limits of areas that differ among each other as most of them do.

    expected: (areas,) events; tau_squared: variance between areas from `overdispersion`
    of the same form. On the square root scale chance has the variance 1 / (4 expected)
    (Spiegelhalter 2005, Qual Saf Health Care 14:347-51); in the form of the Summary
    Hospital-level Mortality Indicator (NHS England) it has 1 / expected on the log
    scale. Where tau_squared is zero they are the plain limits.

    expected_share: (areas,) expected over all who could count, for shares; NaN
    elsewhere. The square root scale becomes the arcsine scale that suits shares, so
    that limits stay within none and all. Expected is then over the dispersion, which
    for a share is one less the share.
    """
    expected, tau_squared = not_negative(expected=expected, tau_squared=tau_squared)
    base = np.where(expected > 0, expected, np.nan)
    z = _z(confidence)
    # Exact quantiles take long: only where they are asked for.
    plain = funnel_limits(np.where(tau_squared > 0, np.nan, expected), confidence)
    if _is_shmi(form):
        half = z * np.sqrt(1 / base + tau_squared)
        wide = Interval(np.exp(-half), np.exp(half))
    else:
        half = z * np.sqrt(1 / (4 * base) + tau_squared)
        wide = Interval(np.maximum(1 - half, 0) ** 2, (1 + half) ** 2)
    found = Interval(
        *(np.where(tau_squared > 0, w, p) for w, p in zip(wide, plain, strict=True))
    )
    if expected_share is None:
        return found
    share = np.asarray(expected_share, dtype=float)
    shares(expected_share=share[~np.isnan(share)])
    some = np.where((share > 0) & (share < 1), share, np.nan)
    middle = np.arcsin(np.sqrt(some))
    reach = half * np.sqrt(some / (1 - some))
    within = Interval(
        np.sin(np.maximum(middle - reach, 0)) ** 2 / some,
        np.sin(np.minimum(middle + reach, np.pi / 2)) ** 2 / some,
    )
    use = ~np.isnan(some) & (tau_squared > 0) & (form == "square root")
    with np.errstate(divide="ignore"):
        most = np.where(np.isnan(share), np.inf, 1 / share)
    return Interval(
        np.where(use, within.lower, np.minimum(found.lower, most)),
        np.where(use, within.upper, np.minimum(found.upper, most)),
    )


def _is_shmi(form: str) -> bool:
    if form not in ("square root", "SHMI"):
        raise ValueError("form is neither 'square root' nor 'SHMI'")
    return form == "SHMI"


def overdispersion(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    group: Codes,
    form: Form = "square root",
) -> Dispersion:
    """How much areas of a group differ beyond chance; (areas,) -> (groups,).

    observed, expected: (areas,) events; `group` numbers the groups from 0. phi is the
    mean of the squared z scores, tau_squared the method-of-moments variance between
    areas on the scale of the form, 0 where phi is no larger than chance makes it.

    "square root": z scores 2 (sqrt(O) - sqrt(E)), the most extreme tenth on each side
    pulled in (Spiegelhalter 2005, Qual Saf Health Care 14:347-51; Care Quality
    Commission). "SHMI": z scores sqrt(E) log(O / E), the areas outside the 10th and
    90th percentile left out, as in the Summary Hospital-level Mortality Indicator (NHS
    England; Clinical Indicators Team 2017); an observed count of zero has no logarithm
    and raises ValueError.

    Both are NaN for a group of fewer than two areas in which something is expected; so
    few areas as three to ten tell very roughly how much they differ.
    """
    observed, expected = not_negative(observed=observed, expected=expected)
    groups = _groups_of(group, observed)
    known = np.flatnonzero((expected > 0) & ~np.isnan(observed))
    if _is_shmi(form):
        return _shmi_overdispersion(
            observed[known], expected[known], group[known], groups
        )
    score = 2 * (np.sqrt(observed[known]) - np.sqrt(expected[known]))
    order = np.lexsort((score, group[known]))
    known, score = known[order], score[order]
    owner = group[known]
    size = np.bincount(owner, minlength=groups)
    first = np.cumsum(size) - size
    pulled = np.floor(_WINSORISED * size).astype(np.int64)
    if len(score):
        place = np.clip(
            np.arange(len(score)),
            (first + pulled)[owner],
            (first + size - 1 - pulled)[owner],
        )
        score = score[place]
    weight = 4 * expected[known]

    def total(values: Array) -> Array:
        return np.bincount(owner, values, minlength=groups).astype(float)

    with np.errstate(divide="ignore", invalid="ignore"):
        phi = total(score**2) / size
        sum_of_weights = total(weight)
        tau_squared = (size * phi - (size - 1)) / (
            sum_of_weights - total(weight**2) / sum_of_weights
        )
    alone = size < 2
    return Dispersion(
        np.where(alone, np.nan, phi),
        np.where(alone, np.nan, np.maximum(np.where(phi > 1, tau_squared, 0.0), 0.0)),
    )


def _shmi_overdispersion(
    observed: Array, expected: Array, group: Codes, groups: int
) -> Dispersion:
    if (observed == 0).any():
        raise ValueError("observed has a zero, which the form 'SHMI' cannot take")
    score = np.sqrt(expected) * np.log(observed / expected)
    phi, tau_squared = np.full((2, groups), np.nan)
    for number in np.unique(group).tolist():
        own, base = score[group == number], expected[group == number]
        low, high = np.quantile(own, (_WINSORISED, 1 - _WINSORISED))
        kept = (own > low) & (own < high)
        # Areas that are all alike differ no more than by chance.
        size = int(kept.sum())
        if len(own) < 2 or (size < 2 and low < high):
            continue
        phi[number] = float((own[kept] ** 2).mean()) if size else 0.0
        if phi[number] <= 1:
            tau_squared[number] = 0.0
            continue
        weight = base[kept]
        free = weight.sum() - (weight**2).sum() / weight.sum()
        tau_squared[number] = max((size * phi[number] - (size - 1)) / free, 0.0)
    return Dispersion(phi, tau_squared)


def fit_gamma_prior(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    group: Codes,
    mean: float | None = None,
) -> GammaPrior:
    """Gamma law of the true ratios of each group, by maximum likelihood.

    Counts are Poisson around true ratio times expected, so they are negative binomial
    (Clayton and Kaldor 1987, Biometrics 43:671-81); with `mean` given only the shape is
    estimated (Martuzzi and Hills 1995). (areas,) -> (groups,); `group` numbers the
    groups from 0. The shape is profiled by golden section over its logarithm. NaN for
    groups of fewer than two areas in which something is expected, and for groups
    without any event.
    """
    observed, expected = not_negative(observed=observed, expected=expected)
    if mean is not None:
        above_zero(mean=mean)
    groups = _groups_of(group, observed)
    known = np.flatnonzero((expected > 0) & ~np.isnan(observed))
    count, base, owner = observed[known], expected[known], group[known]

    def total(values: Array) -> Array:
        return np.bincount(owner, values, minlength=groups).astype(float)

    fit = (np.bincount(owner, minlength=groups) >= 2) & (total(count) > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        crude = np.where(fit, total(count) / total(base), 1.0)

    def centre(shape: Array, steps: int) -> Array:
        if mean is not None:
            return np.full(groups, mean)
        middle = crude
        own = shape[owner]
        for _ in range(steps):
            weight = own / (own + middle[owner] * base)
            with np.errstate(divide="ignore", invalid="ignore"):
                middle = np.where(
                    fit, total(weight * count) / total(weight * base), crude
                )
        return middle

    def likelihood(log_shape: Array) -> Array:
        shape = np.exp(log_shape)
        around = centre(shape, 5)[owner] * base
        own = shape[owner]
        return total(
            gammaln(count + own)
            - gammaln(own)
            - own * np.log1p(around / own)
            - count * np.log((around + own) / around)
        )

    low, high = (np.full(groups, np.log(end)) for end in _SHAPES)
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = likelihood(left), likelihood(right)
    for _ in range(32):
        go_left = at_left >= at_right
        low, high = np.where(go_left, low, left), np.where(go_left, right, high)
        probe = np.where(
            go_left, high - ratio * (high - low), low + ratio * (high - low)
        )
        at_probe = likelihood(probe)
        left, right, at_left, at_right = (
            np.where(go_left, probe, right),
            np.where(go_left, left, probe),
            np.where(go_left, at_probe, at_right),
            np.where(go_left, at_left, at_probe),
        )
    shape = np.exp((low + high) / 2)
    middle = centre(shape, 20)
    return GammaPrior(np.where(fit, shape, np.nan), np.where(fit, middle, np.nan))


def shrunken_ratio(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    shape: npt.ArrayLike,
    mean: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """Posterior mean and interval of true ratios under a gamma prior, (areas,).

    The posterior is gamma with shape `shape` + O and rate `shape` / `mean` + E (Clayton
    and Kaldor 1987). The prior is taken as known, so intervals are a little too narrow
    where few areas estimate it. An area in which nothing is expected has no posterior
    of its own: NaN.
    """
    after, rate = _posterior(observed, expected, shape, mean)
    tail = (1 - level_of(confidence)) / 2
    return Estimate(
        after / rate, gammaincinv(after, tail) / rate, gammainccinv(after, tail) / rate
    )


def probability_above(
    threshold: npt.ArrayLike,
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    shape: npt.ArrayLike,
    mean: npt.ArrayLike,
) -> Array:
    """Probability (areas,) that the true ratio is above `threshold`, 0 or more.

    Under the gamma prior and posterior of `shrunken_ratio` (Clayton and Kaldor 1987).
    """
    after, rate = _posterior(observed, expected, shape, mean)
    (threshold,) = not_negative(threshold=threshold)
    probability: Array = gammaincc(after, threshold * rate)
    return probability


def _posterior(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    shape: npt.ArrayLike,
    mean: npt.ArrayLike,
) -> tuple[Array, Array]:
    """Shape and rate of the gamma posterior of each area's true ratio."""
    observed, expected = not_negative(observed=observed, expected=expected)
    shape, mean = above_zero(shape=shape, mean=mean)
    return shape + np.where(expected > 0, observed, np.nan), shape / mean + expected
