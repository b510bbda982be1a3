"""Rates of areas and how sure they are: limits, standardisation, funnels, shrinkage.

All functions take and give arrays of floats, one element an area (or an area in one
group). Not a number (NaN) stands for a value that is unknown or suppressed: it comes
out as NaN and never as zero, and takes no part in what is estimated over areas.
A count below zero, or a population or an expected count below zero, raises ValueError.

Counts need not be whole. Where a number does not vary as a Poisson count does, because
an event brings days or pounds, because one person has many, or because it is a share,
pass counts and expected counts divided by the dispersion (variance over mean): such
effective counts vary as Poisson counts do (quasi-Poisson; Wedderburn 1974, Biometrika
61:439-47).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, gammainccinv, gammaincinv, gammaln, ndtri
from scipy.stats import poisson

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Below so many events Byar's approximation gives way to exact limits, and a directly
# standardised rate is not published (Public Health England, Technical guide: confidence
# intervals, 2018).
FEWEST_EVENTS = 10
# Shapes of the gamma prior that are searched. One over the shape is the squared
# coefficient of variation of true ratios: where areas seem to differ by chance alone,
# 400 still lets them differ by 5 %, for that is as little as anybody could know.
_SHAPES = (0.02, 400.0)
# Share of the most extreme areas on each side that is pulled in before over-dispersion
# is measured, so that it is not the outliers themselves that widen the limits.
_WINSORISED = 0.1


class Interval(NamedTuple):
    """Lower and upper limits, one element an area."""

    lower: Array
    upper: Array


class Estimate(NamedTuple):
    """A value with its limits, one element an area."""

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


def _not_negative(**values: npt.ArrayLike) -> list[Array]:
    arrays = [np.asarray(value, dtype=float) for value in values.values()]
    for name, array in zip(values, arrays, strict=True):
        if np.any(array < 0):
            raise ValueError(f"{name} is below zero")
    return arrays


def byar_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Byar's approximate limits of a Poisson count (Breslow and Day 1987, p. 69).

    Lower limits that come out below zero, and that of a count of zero, are NaN: the
    approximation says nothing there.
    """
    (count,) = _not_negative(count=count)
    z = float(ndtri((1 + confidence) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
    lower = np.where(lower < 0, np.nan, lower)
    more = count + 1
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return Interval(lower, upper)


def exact_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Exact limits of a Poisson count (Garwood 1936, Biometrika 28:437-42).

    Those of zero are 0 and -ln((1 - confidence) / 2).
    """
    (count,) = _not_negative(count=count)
    tail = (1 - confidence) / 2
    some = np.where(count > 0, count, 1.0)
    lower = np.where(count == 0, 0.0, gammaincinv(some, tail))
    return Interval(
        np.where(np.isnan(count), np.nan, lower), gammainccinv(count + 1, tail)
    )


def poisson_limits(count: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """Exact limits of counts below ten, Byar's from ten on."""
    (count,) = _not_negative(count=count)
    exact, byar = exact_limits(count, confidence), byar_limits(count, confidence)
    few = count < FEWEST_EVENTS
    return Interval(
        np.where(few, exact.lower, byar.lower), np.where(few, exact.upper, byar.upper)
    )


def wilson_limits(
    count: npt.ArrayLike, total: npt.ArrayLike, confidence: float = 0.95
) -> Interval:
    """Limits of a share, 0 to 1 (Wilson 1927, J Am Stat Assoc 22:209-12).

    NaN where the total is zero. Raises ValueError for more counted than there are.
    """
    count, total = _not_negative(count=count, total=total)
    if np.any(count > total):
        raise ValueError("count is above total")
    z = float(ndtri((1 + confidence) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / total
        middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
        half = (
            z
            / (1 + z**2 / total)
            * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
        )
    return Interval(np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1))


def expected_count(
    population: npt.ArrayLike,
    reference_count: npt.ArrayLike,
    reference_population: npt.ArrayLike,
) -> Array:
    """Events that reference rates bring to populations, (areas, strata) -> (areas,).

    A stratum without population adds nothing. Raises ValueError where the reference
    population of a stratum is zero: it has no rate.
    """
    population, events, people = _not_negative(
        population=population,
        reference_count=reference_count,
        reference_population=reference_population,
    )
    if np.any(people == 0):
        raise ValueError("reference_population has a stratum of zero")
    expected: Array = population @ (events / people)
    return expected


def standardised_ratio(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    confidence: float = 0.95,
    dispersion: npt.ArrayLike = 1.0,
) -> Estimate:
    """Indirectly standardised ratio, observed over expected (Breslow and Day 1987).

    Limits are those of the observed count, exact below ten (effective) events and
    Byar's from there on. NaN where nothing is expected: a ratio to nothing is none.
    Compare it with the standard only, never with another area's.
    """
    observed, expected, dispersion = _not_negative(
        observed=observed, expected=expected, dispersion=dispersion
    )
    limits = poisson_limits(observed / dispersion, confidence)
    base = np.where(expected > 0, expected, np.nan)
    return Estimate(
        observed / base,
        limits.lower * dispersion / base,
        limits.upper * dispersion / base,
    )


def dobson_limits(
    count: npt.ArrayLike,
    rate: npt.ArrayLike,
    variance: npt.ArrayLike,
    confidence: float = 0.95,
    fewest: npt.ArrayLike = FEWEST_EVENTS,
) -> Estimate:
    """Rate with limits scaled from those of its count (Dobson et al. 1991, Stat Med).

    `variance` is that of the rate, squared units of the rate. NaN for counts below
    `fewest`.
    """
    count, rate, variance = _not_negative(count=count, rate=rate, variance=variance)
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

    Exact Poisson quantiles over the expected count (Spiegelhalter 2005, Stat Med
    24:1185-202): with so many expected, a ratio strictly outside has a probability of
    at most 1 - `confidence`. NaN where nothing is expected.
    """
    (expected,) = _not_negative(expected=expected)
    base = np.where(expected > 0, expected, np.nan)
    tail = (1 - confidence) / 2
    return Interval(poisson.ppf(tail, base) / base, poisson.ppf(1 - tail, base) / base)


def overdispersed_funnel_limits(
    expected: npt.ArrayLike, tau_squared: npt.ArrayLike, confidence: float = 0.95
) -> Interval:
    """Funnel limits of areas that differ among each other as most of them do.

    On the square root scale, where chance has the variance 1 / (4 expected), with the
    variance between areas added (Spiegelhalter 2005, Qual Saf Health Care 14:347-51).
    Where that is zero they are the plain limits.
    """
    expected, tau_squared = _not_negative(expected=expected, tau_squared=tau_squared)
    base = np.where(expected > 0, expected, np.nan)
    z = float(ndtri((1 + confidence) / 2))
    half = z * np.sqrt(1 / (4 * base) + tau_squared)
    # Exact quantiles take long: only where they are asked for.
    plain = funnel_limits(np.where(tau_squared > 0, np.nan, expected), confidence)
    return Interval(
        np.where(tau_squared > 0, np.maximum(1 - half, 0) ** 2, plain.lower),
        np.where(tau_squared > 0, (1 + half) ** 2, plain.upper),
    )


def overdispersion(
    observed: npt.ArrayLike, expected: npt.ArrayLike, group: Codes
) -> Dispersion:
    """How much areas of a group differ beyond chance; (areas,) -> (groups,).

    phi is the mean of the squared z scores 2 (sqrt(O) - sqrt(E)), the most extreme
    tenth on each side pulled in; tau_squared the method-of-moments variance between
    areas on the square root scale, 0 where phi is no larger than chance makes it
    (Spiegelhalter 2005, Qual Saf Health Care 14:347-51). `group` numbers the groups
    from 0. Both are NaN for a group of fewer than two areas in which something is
    expected.
    """
    observed, expected = _not_negative(observed=observed, expected=expected)
    groups = int(group.max(initial=-1)) + 1
    known = np.flatnonzero((expected > 0) & ~np.isnan(observed))
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
    observed, expected = _not_negative(observed=observed, expected=expected)
    groups = int(group.max(initial=-1)) + 1
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
    observed, expected = _not_negative(observed=observed, expected=expected)
    after = np.asarray(shape, dtype=float) + np.where(expected > 0, observed, np.nan)
    rate = np.asarray(shape, dtype=float) / np.asarray(mean, dtype=float) + expected
    tail = (1 - confidence) / 2
    return Estimate(
        after / rate, gammaincinv(after, tail) / rate, gammainccinv(after, tail) / rate
    )


def probability_above(
    threshold: float,
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    shape: npt.ArrayLike,
    mean: npt.ArrayLike,
) -> Array:
    """Probability that the true ratio is above `threshold`, under a gamma prior."""
    observed, expected = _not_negative(observed=observed, expected=expected)
    after = np.asarray(shape, dtype=float) + np.where(expected > 0, observed, np.nan)
    rate = np.asarray(shape, dtype=float) / np.asarray(mean, dtype=float) + expected
    probability: Array = gammaincc(after, threshold * rate)
    return probability
