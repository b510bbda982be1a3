"""Whether a monthly series has changed: control charts, turning points, size of change.

A series is a count with its exposure (person-days, or another denominator) a month.
Its log rate is taken apart into a trend, two yearly harmonics and the share of working
days in the month; what is asked is where the trend turned, by how much, and how sure
that is.
A date found in the data is not tested as if it had been named beforehand: its p-value
comes from the largest of all possible breaks in series that have none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import ruptures
import statsmodels.api as sm
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import minimize_scalar
from scipy.stats import false_discovery_control, genpareto

from intelligence.working_days import Months, days_in_month, working_days

Floats = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SHORTEST_SEGMENT = 12
"""Months on either side of a turning point: a slope within less than a year cannot be
told from the season."""
PENALTY_FACTOR = 4.0
"""Cost of one more turning point in the segmentation, times ln(n) and the residual
variance. A new segment brings three parameters (month, level, slope), so 3 is the
Bayesian information criterion; 4 is for the few points there are."""
FALSE_DISCOVERY_RATE = 0.002
"""Strict, because every series is looked at again each month."""
NULL_SERIES = 20_000
NULL_TAIL = 500
BOOTSTRAP_SERIES = 499
BLOCK_MONTHS = 4
FEWEST_MONTHS = 36
FEWEST_A_MONTH = 30
"""Smaller counts have log rates too skewed for the test."""
SEED = 20130401
Z95 = 1.959963984540054


# --- Control charts -------------------------------------------------------------------


@dataclass(frozen=True)
class Xmr:
    """XmR chart; arrays (..., months), limits (..., 1). Rules of Making Data Count."""

    centre: Floats
    lower: Floats
    upper: Floats
    is_outside_limits: Bools
    is_near_limit: Bools
    is_in_trend: Bools
    is_in_run: Bools


def xmr(values: Floats, baseline: int | None = None, screen: bool = False) -> Xmr:
    """Chart individual values and their moving ranges (XmR).

    values: (..., n), nan where unknown; an unknown value takes both its moving ranges
    out and ends runs. baseline: points from the first on that set centre and limits,
    all of them by default. screen: leave out moving ranges of 3.267 times their mean
    or more, as the R package NHSRplotthedots does and NHS England's own tool does not.
    The limits are the mean +/- 2.66 mean moving ranges. Where all values are equal the
    limits are the mean and nothing is a special cause. NaN limits mean no two
    neighbouring values are known. Source: NHS England, Making Data Count; Provost and
    Murray, The Health Care Data Guide (2011).
    """
    first = values[..., :baseline]
    ranges = np.abs(np.diff(first, axis=-1))
    centre, mean_range = _mean(first), _mean(ranges)
    if screen:
        kept = np.where(
            (ranges < 3.267 * mean_range) | (mean_range == 0), ranges, np.nan
        )
        mean_range = _mean(kept)
    lower, upper = centre - 2.66 * mean_range, centre + 2.66 * mean_range
    varies = mean_range > 0
    side = np.nan_to_num(np.sign(values - centre)) * varies
    outside = ((values > upper) | (values < lower)) & varies
    beyond = np.abs(values - centre) > 2 / 3 * (upper - centre)
    near = beyond & ~outside & varies
    return Xmr(
        centre=centre,
        lower=lower,
        upper=upper,
        is_outside_limits=outside,
        is_near_limit=near & _part_of(side, near, 3, 2),
        is_in_trend=_in_trend(values) & varies,
        is_in_run=_part_of(side, varies, 7, 0),
    )


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what is known; nan when nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1, keepdims=True)
    total = np.where(known, values, 0.0).sum(axis=-1, keepdims=True)
    mean: Floats = np.divide(
        total, count, out=np.full(total.shape, np.nan), where=count > 0
    )
    return mean


def _part_of(side: Floats, near: Bools, width: int, wanted: int) -> Bools:
    """Points in a window on one side of the centre, `wanted` of them near a limit."""
    found = np.zeros(side.shape, dtype=bool)
    if side.shape[-1] < width:
        return found
    near = np.broadcast_to(near, side.shape)
    together = np.abs(sliding_window_view(side, width, axis=-1).sum(axis=-1)) == width
    hit = together & (sliding_window_view(near, width, axis=-1).sum(axis=-1) >= wanted)
    for offset in range(width):
        found[..., offset : offset + hit.shape[-1]] |= hit
    return found


def _in_trend(values: Floats) -> Bools:
    """Points of seven in a row that each rise, or each fall; equal values end it."""
    found = np.zeros(values.shape, dtype=bool)
    if values.shape[-1] < 7:
        return found
    steps = np.sign(np.nan_to_num(np.diff(values, axis=-1)))
    sums = np.abs(sliding_window_view(steps, 6, axis=-1).sum(axis=-1)) == 6
    for offset in range(7):
        found[..., offset : offset + sums.shape[-1]] |= sums
    return found


# --- Calendar terms -------------------------------------------------------------------


def harmonics(months: Months) -> Floats:
    """Two yearly harmonics, (n, 4): sine and cosine of one and two waves a year."""
    angle = 2 * np.pi * (months.astype("datetime64[M]").astype(int) % 12 + 1) / 12
    return np.column_stack(
        [wave(k * angle) for k in (1, 2) for wave in (np.sin, np.cos)]
    )


def calendar_terms(months: Months) -> Floats:
    """Season and working days, (n, 5): the harmonics and the centred working-day share.

    Months are compared by rates a day, so their length is accounted for already.
    """
    share = working_days(months) / days_in_month(months)
    return np.column_stack([harmonics(months), share - share.mean()])


def month_numbers(months: Months) -> Floats:
    """Months since the first, (n,): gaps in a series stay gaps."""
    number = months.astype("datetime64[M]").astype(np.int64)
    return np.asarray(number - number[0], dtype=float)


def calendar_factor(log_rate: Floats, months: Months) -> Floats:
    """Season and working-day factor of each month, (n,), with a geometric mean of 1.

    An adjusted rate is the rate over this factor. The trend beside which it is fitted
    may turn once, so that a change is not taken for season.
    """
    terms = calendar_terms(months)
    design = _with_breaks(month_numbers(months), [scan(log_rate, months).position])
    coefficients = _least_squares(np.column_stack([design, terms]), log_rate)
    effect = terms @ coefficients[design.shape[1] :]
    return np.asarray(np.exp(effect - effect.mean()))


def _with_breaks(time: Floats, positions: list[int]) -> Floats:
    """Level and slope, and a change of both from each break on: (n, 2 + 2 breaks)."""
    columns = [np.ones_like(time), time]
    for position in positions:
        since = np.arange(len(time)) >= position
        columns += [since.astype(float), np.where(since, time - time[position], 0.0)]
    return np.column_stack(columns)


def _least_squares(design: Floats, values: Floats) -> Floats:
    solution: Floats = np.linalg.lstsq(design, values, rcond=None)[0]
    return solution


# --- Is there a turning point? --------------------------------------------------------


@dataclass(frozen=True)
class Scan:
    """The best single turning point: its position and how much it explains.

    statistic: residual sum of squares it removes, over the residual variance left,
    the latter raised when neighbouring residuals are alike.
    """

    position: int
    statistic: float


def scan(log_rate: Floats, months: Months) -> Scan:
    """Try a change of level and slope at every month; at least 36 months, in order.

    log_rate: (n,). Both sides keep SHORTEST_SEGMENT points. Raises ValueError for a
    shorter series.
    """
    if len(months) < FEWEST_MONTHS:
        raise ValueError(f"{len(months)} months; {FEWEST_MONTHS} are needed")
    time, terms = month_numbers(months), calendar_terms(months)
    base = np.column_stack([_with_breaks(time, []), terms])
    positions, planes = _trend_planes(base, time, 0, len(time))
    best, statistic = _best_breaks(base, planes, log_rate[:, None])
    return Scan(int(positions[best[0]]), float(statistic[0]))


def _best_breaks(base: Floats, planes: Floats, values: Floats) -> tuple[Ints, Floats]:
    """Best break of each series (n, s), as (s,) rows of `planes`, and statistics."""
    basis = np.linalg.qr(base)[0]
    residual = values - basis @ (basis.T @ values)
    gains = np.stack([((plane @ residual) ** 2).sum(axis=0) for plane in planes])
    best = gains.argmax(axis=0)
    for row in np.unique(best):
        own = best == row
        residual[:, own] -= planes[row].T @ (planes[row] @ residual[:, own])
    # A break takes three parameters: month, level and slope.
    parameters = base.shape[1] + 3
    variance = (residual**2).sum(axis=0) / (len(values) - parameters)
    variance = variance * autocorrelation_factor(residual, parameters)
    return best, gains.max(axis=0) / np.maximum(variance, 1e-300)


def autocorrelation_factor(residual: Floats, parameters: int) -> Floats:
    """How much likeness of neighbouring residuals inflates variances: at least 1.

    residual: (n,) or (n, series). (1 + r) / (1 - r) for the lag-one correlation r of an
    autoregression of order one. Fitting pulls r down by about parameters / n, which is
    put back; r is then kept within 0 and 0.8.
    """
    total = np.maximum((residual**2).sum(axis=0), 1e-300)
    r = (residual[1:] * residual[:-1]).sum(axis=0) / total + parameters / len(residual)
    r = np.clip(r, 0.0, 0.8)
    return np.asarray((1 + r) / (1 - r))


def break_planes(base: Floats, breaks: Callable[[int], Floats], at: Ints) -> Floats:
    """What a break at each position adds to `base` (n, p): (k, q, n) orthonormal rows.

    breaks gives the q columns of a break at a position, the first point after it. The
    residual sum of squares that a break removes from values y is |plane y|^2.
    """
    basis = np.linalg.qr(base)[0]
    planes = []
    for position in at.tolist():
        columns = breaks(position)
        planes.append(np.linalg.qr(columns - basis @ (basis.T @ columns))[0].T)
    return np.array(planes)


def _trend_planes(
    base: Floats, time: Floats, low: int, high: int
) -> tuple[Ints, Floats]:
    """Positions of a break of level and slope between two others, and their planes."""
    positions = np.arange(low + SHORTEST_SEGMENT, high - SHORTEST_SEGMENT + 1)
    planes = break_planes(
        base, lambda position: _with_breaks(time, [position])[:, 2:], positions
    )
    return positions, planes


@lru_cache(maxsize=8)
def _null_statistics(months: tuple[int, ...]) -> Floats:
    """Sorted scan statistics of series without a turning point, white noise."""
    numbers = np.array(months).astype("datetime64[M]")
    time, terms = month_numbers(numbers), calendar_terms(numbers)
    base = np.column_stack([_with_breaks(time, []), terms])
    _, planes = _trend_planes(base, time, 0, len(time))
    rng = np.random.default_rng(SEED)
    noise = rng.standard_normal((len(time), NULL_SERIES))
    return np.sort(_best_breaks(base, planes, noise)[1])


@lru_cache(maxsize=8)
def _null_tail(months: tuple[int, ...]) -> tuple[float, float, float]:
    """Shape, start and scale of a Pareto tail through the largest null statistics."""
    null = _null_statistics(months)
    start = float(null[-NULL_TAIL - 1])
    shape, _, scale = genpareto.fit(null[-NULL_TAIL:] - start, floc=0)
    return float(shape), start, float(scale)


def scan_p_value(statistic: float, months: Months) -> float:
    """Chance of a scan statistic this large in a series without a turning point.

    From NULL_SERIES simulated series of the same months, so it allows for the search
    over all months. Beyond the NULL_TAIL largest of them it goes on as a generalised
    Pareto tail (Knijnenburg, Wessels, Reinders and Shmulevich 2009).
    """
    key = tuple(months.astype("datetime64[M]").astype(int).tolist())
    null = _null_statistics(key)
    shape, start, scale = _null_tail(key)
    if statistic > start:
        tail = genpareto.sf(statistic - start, shape, loc=0, scale=scale)
        return float(max(tail * NULL_TAIL / NULL_SERIES, 1e-12))
    above = len(null) - int(np.searchsorted(null, statistic, side="left"))
    return (above + 1) / (len(null) + 1)


def q_values(p_values: Floats) -> Floats:
    """P-values adjusted for testing many series (Benjamini and Hochberg 1995)."""
    if len(p_values) == 0:
        return p_values
    return np.asarray(false_discovery_control(p_values, method="bh"))


# --- Where are they? ------------------------------------------------------------------


class _LineCost(ruptures.base.BaseCost):  # type: ignore[misc]
    """Squared residuals around the line of a segment, level or not, by running sums."""

    model = "line"
    min_size = 3

    def __init__(self, with_slopes: bool) -> None:
        self.with_slopes = with_slopes

    def fit(self, signal: Floats) -> "_LineCost":
        """Take (n, 2): time and values."""
        self.signal = signal
        x, y = signal[:, 0], signal[:, 1]
        moments = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
        self.sums = np.vstack([np.zeros(6), np.cumsum(moments, axis=0)]).tolist()
        return self

    def error(self, start: int, end: int) -> float:
        """Residual sum of squares of the points from `start` to before `end`."""
        n, x, y, xx, xy, yy = (
            b - a for a, b in zip(self.sums[start], self.sums[end], strict=True)
        )
        sxx, sxy, syy = xx - x * x / n, xy - x * y / n, yy - y * y / n
        explained = sxy * sxy / sxx if self.with_slopes else 0.0
        return float(max(syy - explained, 0.0))


def piecewise_lines(
    time: Floats, values: Floats, penalty: float, with_slopes: bool = True
) -> list[int]:
    """Return where lines (levels, without slopes) through the values break.

    PELT (Killick, Fearnhead and Eckley 2012; ruptures), exact for its penalty: it
    minimises the squared residuals plus the penalty for every break; each segment has
    SHORTEST_SEGMENT points or more. A break is the position of the first point after.
    """
    values = values - values.mean()
    search = ruptures.Pelt(
        custom_cost=_LineCost(with_slopes), min_size=SHORTEST_SEGMENT, jump=1
    ).fit(np.column_stack([time, values]))
    return [int(position) for position in search.predict(pen=penalty)[:-1]]


def segments(log_rate: Floats, months: Months) -> list[int]:
    """Return the turning points: positions of the first month after each.

    Straight lines through the log rate less its calendar terms, each turning point at a
    penalty of PENALTY_FACTOR ln(n) times the residual variance. Calendar terms and
    variance are fitted beside the turning points found, again until these stay.
    """
    time, terms = month_numbers(months), calendar_terms(months)
    found = [scan(log_rate, months).position]
    for _ in range(4):
        design = np.column_stack([_with_breaks(time, found), terms])
        coefficients = _least_squares(design, log_rate)
        residual = log_rate - design @ coefficients
        parameters = design.shape[1] + len(found)
        variance = residual @ residual / (len(time) - parameters)
        variance *= float(autocorrelation_factor(residual, parameters))
        penalty = PENALTY_FACTOR * np.log(len(time)) * max(variance, 1e-12)
        adjusted = log_rate - terms @ coefficients[-terms.shape[1] :]
        before, found = found, piecewise_lines(time, adjusted, penalty)
        if found == before or not found:
            break
    return found


def bootstrap_interval(
    fit: Floats, residual: Floats, positions: Ints, planes: Floats
) -> tuple[int, int]:
    """95 % interval for where a series breaks, by a moving-block bootstrap.

    Residuals (n,) are drawn in circular blocks of BLOCK_MONTHS and added to the fit
    (n,); in each of BOOTSTRAP_SERIES such series the best of the positions (k,) is
    found by its plane (see break_planes).
    """
    size = len(fit)
    rng = np.random.default_rng(SEED)
    starts = rng.integers(0, size, (-(-size // BLOCK_MONTHS), BOOTSTRAP_SERIES))
    drawn = (starts[:, None] + np.arange(BLOCK_MONTHS)[None, :, None]) % size
    again = fit[:, None] + residual[drawn.reshape(-1, BOOTSTRAP_SERIES)[:size]]
    placed = positions[((planes @ again) ** 2).sum(axis=1).argmax(axis=0)]
    low, high = np.quantile(placed, [0.025, 0.975], method="closest_observation")
    return int(low), int(high)


def month_interval(
    log_rate: Floats, months: Months, positions: list[int], which: int
) -> tuple[int, int]:
    """95 % interval for one of the turning points, between its neighbours."""
    time, terms = month_numbers(months), calendar_terms(months)
    design = np.column_stack([_with_breaks(time, positions), terms])
    fit = design @ _least_squares(design, log_rate)
    # Residuals of a fit are smaller than the errors by the parameters it took.
    residual = (log_rate - fit) * np.sqrt(len(time) / (len(time) - design.shape[1]))
    others = [position for n, position in enumerate(positions) if n != which]
    base = np.column_stack([_with_breaks(time, others), terms])
    bounds = [0, *positions, len(time)]
    candidates, planes = _trend_planes(base, time, bounds[which], bounds[which + 2])
    low, high = bootstrap_interval(fit, residual, candidates, planes)
    return min(low, positions[which]), max(high, positions[which])


# --- How large is the change? ---------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """A fitted log-linear model: coefficients, their covariance and the dispersion.

    dispersion: Pearson's, 1 or more unless asked otherwise; alpha: of the negative
    binomial, 0 for the quasi-Poisson model.
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    dispersion: float
    alpha: float = 0.0
    log_likelihood: float = float("nan")

    def ratio(self, column: int, times: float = 1.0) -> tuple[float, float, float]:
        """Return exp(times x coefficient) with its 95 % interval."""
        middle = times * self.coefficients[column]
        half = Z95 * abs(times) * np.sqrt(self.covariance[column, column])
        low, point, high = np.exp([middle - half, middle, middle + half])
        return float(point), float(low), float(high)


def quasi_poisson(design: Floats, counts: Floats, exposure: Floats) -> Fit:
    """Fit counts (n,) on a design (n, p) with log exposure as offset.

    Quasi-Poisson: the covariance is Poisson's times Pearson's dispersion (not below 1),
    times the factor for alike neighbouring residuals.
    """
    model = sm.GLM(
        counts, design, family=sm.families.Poisson(), offset=np.log(exposure)
    )
    result = model.fit(scale=1.0)
    pearson = np.asarray(result.resid_pearson)
    dispersion = max(float(pearson @ pearson) / (len(counts) - design.shape[1]), 1.0)
    return Fit(
        np.asarray(result.params),
        np.asarray(result.cov_params()) * dispersion,
        np.asarray(result.fittedvalues),
        dispersion,
    )


def negative_binomial(design: Floats, counts: Floats, exposure: Floats) -> Fit:
    """Fit as quasi_poisson does, by the negative binomial with variance m + alpha m^2.

    alpha maximises the profile likelihood of generalised linear models with it fixed.
    """

    def fit(log_alpha: float) -> sm.GLM:
        family = sm.families.NegativeBinomial(alpha=np.exp(log_alpha))
        return sm.GLM(counts, design, family=family, offset=np.log(exposure)).fit(
            scale=1.0, tol=1e-12
        )

    best = minimize_scalar(
        lambda log_alpha: -fit(log_alpha).llf,
        bounds=(-14, 3),
        method="bounded",
        options={"xatol": 1e-8},
    )
    result = fit(best.x)
    return Fit(
        np.asarray(result.params),
        np.asarray(result.cov_params()),
        np.asarray(result.fittedvalues),
        1.0,
        float(np.exp(best.x)),
        float(result.llf),
    )


@dataclass(frozen=True)
class Change:
    """One turning point and what came of it, each estimate with its 95 % interval.

    Positions count from 0: `since` is where the trend before begins, `until` where the
    trend after has ended. Slopes in % a year; level_percent: the step at the turning
    point. observed_before_count and observed_count: events of the trend before and of
    the one after; where either is 0 the slopes and sizes that rest on it mean nothing.
    events_change: events from the turning point on less those the trend before would
    have brought; below 0 means fewer. change_percent: the same as a share of
    expected_count, the count the trend before would have brought.
    """

    position: int
    position_interval: tuple[int, int]
    since: int
    until: int
    slope_before_percent: tuple[float, float, float]
    slope_after_percent: tuple[float, float, float]
    level_percent: tuple[float, float, float]
    observed_before_count: float
    observed_count: float
    expected_count: float
    events_change: tuple[float, float, float]
    change_percent: tuple[float, float, float]
    dispersion: float


def interrupted(
    counts: Floats,
    exposure: Floats,
    months: Months,
    positions: list[int],
    which: int,
    position_interval: tuple[int, int],
) -> Change:
    """Interrupted time series: size of the change at one of the turning points.

    Quasi-Poisson with offset, trend, a step and a change of slope at every turning
    point, two harmonics and the working-day share (Lopez Bernal, Cummins and Gasparrini
    2017). The counterfactual goes on with the trend before. Its interval holds the
    uncertainty of the fit, widened for alike neighbouring residuals, and the chance in
    the counts that would have come; not that of the month itself.
    """
    time, terms = month_numbers(months), calendar_terms(months)
    trend = _with_breaks(time, positions)
    design = np.column_stack([trend, terms])
    model = quasi_poisson(design, counts, exposure)
    standardised = (counts - model.fitted) / np.sqrt(model.fitted)
    inflation = float(autocorrelation_factor(standardised, design.shape[1]))
    covariance = model.covariance * inflation
    # Slopes before and after are sums of the first slope and the changes up to then.
    before = np.zeros(design.shape[1])
    before[[1, *(3 + 2 * n for n in range(which))]] = 1.0
    after = before.copy()
    after[3 + 2 * which] = 1.0
    level = np.zeros(design.shape[1])
    level[2 + 2 * which] = 1.0

    def percent(direction: Floats, times: float) -> tuple[float, float, float]:
        middle = times * float(direction @ model.coefficients)
        half = Z95 * times * float(np.sqrt(direction @ covariance @ direction))
        # Where no event is left a coefficient runs away, and the percentage with it.
        with np.errstate(over="ignore"):
            ends = 100 * np.expm1([middle, middle - half, middle + half])
        return float(ends[0]), float(ends[1]), float(ends[2])

    since = positions[which - 1] if which else 0
    until = positions[which + 1] if which + 1 < len(positions) else len(time)
    after_it = np.arange(positions[which], until)
    counterfactual = design[after_it].copy()
    counterfactual[:, 2 + 2 * which : trend.shape[1]] = 0.0
    expected = exposure[after_it] * np.exp(counterfactual @ model.coefficients)
    gradient = expected @ counterfactual
    total = float(expected.sum())
    spread = gradient @ covariance @ gradient + model.dispersion * inflation * total
    half = Z95 * float(np.sqrt(spread))
    observed = float(counts[after_it].sum())
    difference = observed - total
    events = (difference, difference - half, difference + half)
    return Change(
        position=positions[which],
        position_interval=position_interval,
        since=since,
        until=until,
        slope_before_percent=percent(before, 12.0),
        slope_after_percent=percent(after, 12.0),
        level_percent=percent(level, 1.0),
        observed_before_count=float(counts[since : positions[which]].sum()),
        observed_count=observed,
        expected_count=total,
        events_change=events,
        change_percent=(
            100 * events[0] / total,
            100 * events[1] / total,
            100 * events[2] / total,
        ),
        dispersion=model.dispersion,
    )


def log_rates(counts: Floats, exposure: Floats) -> Floats:
    """Log of (count + 1/2) over exposure, (n,): a month without events has one too."""
    return np.asarray(np.log((counts + 0.5) / exposure))


def turning_points(counts: Floats, exposure: Floats, months: Months) -> list[Change]:
    """Find and measure the turning points of a series that is known to have any."""
    log_rate = log_rates(counts, exposure)
    positions = segments(log_rate, months)
    return [
        interrupted(
            counts,
            exposure,
            months,
            positions,
            which,
            month_interval(log_rate, months, positions, which),
        )
        for which in range(len(positions))
    ]
