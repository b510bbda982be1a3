"""Whether a monthly series has changed: control charts, turning points, size of change.

A series is a count with its exposure (person-days, or another denominator) per month.
Its log rate is taken apart into a trend, the season and the share of working days in
the month; the questions are where the trend turned, by how much, and how sure that is
(`intelligence.statistics.segmentation`). A date found in the data is not tested as if
it had been named beforehand: its p-value allows for the search over all changes.

Counts, exposures and months are (n,), one element per month, months in order and each
once; ValueError names an argument that breaks this, or has negative or unknown values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import minimize_scalar
from scipy.stats import false_discovery_control

from intelligence.statistics.checks import (
    above_zero,
    amounts,
    in_order,
    known,
    not_negative,
    same_length,
    shares,
)
from intelligence.statistics.segmentation import (
    RECENT,
    SLOPE,
    STEP,
    Candidates,
    Turn,
    p_value,
    segment,
    strength,
)
from intelligence.statistics.working_days import Months, days_in_month, working_days

Floats = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Estimate = tuple[float, float, float]
"""A value with the lower and upper end of its 95 % interval."""
UNKNOWN: Estimate = (float("nan"), float("nan"), float("nan"))

FALSE_DISCOVERY_RATE = 0.05
"""Share of the series reported to have turned that may be chance, where neighbouring
months are as alike as they ever are; where they are not, p-values are several times too
large and the share is about a hundredth."""
FEWEST_MONTHS = 36
FEWEST_A_MONTH = 30
"""Smaller counts have log rates too skewed for the test."""
YEARS_OF_MONTHS = 5
"""Years that are needed for the season to have every month of the year by itself."""
BEGINS, ENDS = "events begin", "events end"
SILENT_MONTHS = 3
SILENT_EVENTS = 14
"""A series is silent before or after so many months without an event, in which so many
would be expected: chance leaves as many out once in a million times (exp(-14))."""
Z95 = 1.959963984540054


# --- Control charts -------------------------------------------------------------------


@dataclass(frozen=True)
class Xmr:
    """Control chart; arrays (..., months), limits (..., 1 or months).

    The rules are those of Making Data Count: outside the limits; two of three in the
    outer third before a limit; seven in a row that rise or fall; seven in a row on one
    side of the centre.
    """

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
    neighbouring values are known. Raises ValueError for infinite values and a baseline
    of fewer than two points. Source: NHS England, Making Data Count; Provost and
    Murray, The Health Care Data Guide (2011).
    """
    if baseline is not None and baseline < 2:
        raise ValueError("baseline has two points or more")
    return _charted(values, *xmr_limits(values[..., :baseline], screen))


def xmr_limits(values: Floats, screen: bool = False) -> tuple[Floats, Floats, Floats]:
    """Centre, lower and upper limit (..., 1) of an XmR chart of values (..., n)."""
    known(values=np.where(np.isnan(values), 0.0, values))
    ranges = np.abs(np.diff(values, axis=-1))
    centre, mean_range = _mean(values), _mean(ranges)
    if screen:
        kept = np.where(
            (ranges < 3.267 * mean_range) | (mean_range == 0), ranges, np.nan
        )
        mean_range = _mean(kept)
    return centre, centre - 2.66 * mean_range, centre + 2.66 * mean_range


def _charted(values: Floats, centre: Floats, lower: Floats, upper: Floats) -> Xmr:
    """What the rules say of values (..., n) beside limits (..., 1 or n)."""
    varies = upper > lower
    side = np.nan_to_num(np.sign(values - centre)) * varies
    outside = ((values > upper) | (values < lower)) & varies
    above, below = upper - centre, centre - lower
    reach = np.where(values > centre, above, below)
    near = (np.abs(values - centre) > 2 / 3 * reach) & ~outside & varies
    return Xmr(
        centre=centre,
        lower=lower,
        upper=upper,
        is_outside_limits=outside,
        is_near_limit=near & _part_of(side, near, 3, 2),
        is_in_trend=(_trend(values) != 0) & varies,
        is_in_run=_part_of(side, varies, 7, 0),
    )


def rebased(
    values: Floats,
    starts: Sequence[int],
    passing: Bools,
    baseline: int,
    limits: Callable[[slice, Bools], tuple[Floats, Floats, Floats]],
) -> Xmr:
    """A chart whose limits are recalculated where a turning point was accepted.

    values: (n,), nan where unknown. starts: positions beyond the first from which
    limits are made anew, in order; passing: (n,) months of a shock that passed, which
    set no limits but are held against them. limits: gives centre, lower and upper limit
    of a part from the months of it that set them, its first `baseline` known ones. The
    rules look at each part by itself. Limits are (n,).
    """
    charts = []
    for start, end in pairwise([0, *starts, len(values)]):
        part = slice(start, end)
        settled = ~np.isnan(values[part]) & ~passing[part]
        found = limits(part, settled & (np.cumsum(settled) <= baseline))
        own = values[part]
        centre, lower, upper = (np.broadcast_to(one, own.shape) for one in found)
        charts.append(_charted(own, centre, lower, upper))
    return Xmr(
        *(np.concatenate([getattr(c, f.name) for c in charts]) for f in fields(Xmr))
    )


def rebased_xmr(
    values: Floats, starts: Sequence[int], passing: Bools, baseline: int
) -> Xmr:
    """An XmR chart of values (n,) with limits that are recalculated; see `rebased`."""

    def limits(part: slice, counted: Bools) -> tuple[Floats, Floats, Floats]:
        return xmr_limits(np.where(counted, values[part], np.nan))

    return rebased(values, starts, passing, baseline, limits)


def p_chart(counts: Floats, totals: Floats, baseline: int | None = None) -> Xmr:
    """Chart shares: a P chart, its limits widened where shares vary beyond chance.

    counts, totals: (n,), of those counted and of all, nan where unknown. baseline:
    months from the first on that set the limits, all by default; see `p_limits`.
    """
    counts, totals = not_negative(counts=counts, totals=totals)
    counted = np.arange(len(counts)) < (len(counts) if baseline is None else baseline)
    share = counts / np.where(totals > 0, totals, np.nan)
    return _charted(share, *p_limits(counts, totals, counted))


def p_limits(
    counts: Floats, totals: Floats, counted: Bools
) -> tuple[Floats, Floats, Floats]:
    """Centre, lower and upper limit (n,) of a P chart from the months `counted` (n,).

    The centre is the share of all of these, the limits 3 standard errors of a binomial
    share away, within 0 and 1. Large totals vary more than that, so the limits are
    multiplied by the standard deviation of the z scores from their moving ranges where
    it is above 1 (P' chart; Laney 2002, Quality Engineering 14:531-7). Raises
    ValueError for more counted than there are.
    """
    counts, totals = not_negative(counts=counts, totals=totals)
    same_length(counts=counts, totals=totals, counted=counted)
    if (counts > totals).any():
        raise ValueError("counts are above totals")
    totals = np.where(totals > 0, totals, np.nan)
    share = np.where(counted, counts / totals, np.nan)
    use = ~np.isnan(share)
    centre = counts[use].sum() / max(float(totals[use].sum()), 1e-300)
    error = np.sqrt(centre * (1 - centre) / totals)
    score = (share - centre) / np.where(error > 0, error, np.nan)
    spread = _mean(np.abs(np.diff(score)))[0] / 1.128
    half = 3 * error * max(float(np.nan_to_num(spread, nan=1.0)), 1.0)
    middle = np.full(share.shape, centre)
    return middle, np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def t_chart(gaps: Floats, baseline: int | None = None) -> Xmr:
    """Chart rare events by the time between them (T chart): more is rarer.

    gaps: (n,), days or another exposure from one event to the next, above 0, nan where
    unknown. Times between events are skew, so their 1 / 3.6 th power is charted by XmR
    and its limits taken back (Nelson 1994, J Quality Technology 26:239-41; Provost and
    Murray 2011).
    """
    (gaps,) = above_zero(gaps=gaps)
    power = gaps ** (1 / 3.6)
    drawn = xmr(power, baseline)
    centre, lower, upper = (
        np.maximum(limit, 0.0) ** 3.6
        for limit in (drawn.centre, drawn.lower, drawn.upper)
    )
    return replace(drawn, centre=centre, lower=lower, upper=upper)


def g_chart(cases: Floats, baseline: int | None = None) -> Xmr:
    """Chart rare events by the cases between them (G chart): more is rarer.

    cases: (n,), whole numbers of cases without the event from one to the next, nan
    where unknown. The centre is their mean m, the limits 3 times sqrt(m (m + 1)) away
    and not below 0 (Benneyan 2001, Health Care Management Science 4:305-18).
    """
    (cases,) = not_negative(cases=cases)
    centre = _mean(cases[:baseline])
    half = 3 * np.sqrt(centre * (centre + 1))
    return _charted(cases, centre, np.maximum(centre - half, 0), centre + half)


def days_per_event(counts: Floats, months: Months) -> Floats:
    """Days per event since the month with an event before, (n,): points of a T chart.

    counts: (n,) of rare events. Events are taken to be spread evenly over the time
    since the month before that had any; NaN in months without one, and in the first
    with one unless it is the first of the series.
    """
    (counts,), months = amounts(counts=counts), in_order(months)
    same_length(counts=counts, months=months)
    elapsed = np.cumsum(days_in_month(months)).astype(float)
    some = np.flatnonzero(counts > 0)
    found = np.full(len(counts), np.nan)
    since = np.diff(elapsed[some], prepend=0.0)
    found[some] = since / counts[some]
    if len(some) and some[0] > 0:
        found[some[0]] = np.nan
    return found


IMPROVES, WORSENS, RISES, FALLS = "improvement", "concern", "high", "low"
NO_SPECIAL_CAUSE = "common cause"
DECREASE, INCREASE, NEITHER = "decrease", "increase", "neither"


def variation(drawn: Xmr, values: Floats, improvement: str) -> npt.NDArray[np.str_]:
    """What each point says by the rules of its chart: the variation icon, (..., n).

    improvement: "decrease" or "increase", whichever is wanted, or "neither". Returns
    "improvement", "concern", or without a wanted direction "high" and "low", for points
    that break a rule, else "common cause". A point of a trend goes where the trend
    goes; any other lies on a side of the centre. Source: NHS England, Making Data
    Count; NHSRplotthedots.
    """
    if improvement not in (DECREASE, INCREASE, NEITHER):
        raise ValueError("improvement is none of 'decrease', 'increase' and 'neither'")
    side = np.nan_to_num(np.sign(values - drawn.centre))
    by_trend = drawn.is_in_trend & ~drawn.is_outside_limits & ~drawn.is_in_run
    side = np.where(by_trend, _trend(values), side)
    broken = (
        drawn.is_outside_limits
        | drawn.is_near_limit
        | drawn.is_in_trend
        | drawn.is_in_run
    )
    high, low = {
        INCREASE: (IMPROVES, WORSENS),
        DECREASE: (WORSENS, IMPROVES),
        NEITHER: (RISES, FALLS),
    }[improvement]
    return np.where(
        broken & (side != 0), np.where(side > 0, high, low), NO_SPECIAL_CAUSE
    )


def assurance(
    lower: float, upper: float, target: float | None, improvement: str
) -> str | None:
    """Whether a target will be met if nothing changes: the assurance icon.

    lower, upper: the latest limits. "pass" or "fail" when they lie on one side of the
    target, "hit or miss" when it is between them; None without a target, without limits
    or a wanted direction. Source: NHS England, Making Data Count.
    """
    if (
        target is None
        or improvement == NEITHER
        or np.isnan([lower, upper, target]).any()
    ):
        return None
    if lower < target < upper:
        return "hit or miss"
    return "pass" if (target <= lower) == (improvement == INCREASE) else "fail"


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


def _trend(values: Floats) -> Floats:
    """1 for points of seven in a row that each rise, -1 for falling ones, else 0.

    Equal values end a trend; a point that ends one and begins another has the later.
    """
    found = np.zeros(values.shape)
    if values.shape[-1] < 7:
        return found
    steps = np.sign(np.nan_to_num(np.diff(values, axis=-1)))
    sums = sliding_window_view(steps, 6, axis=-1).sum(axis=-1)
    whole = np.where(np.abs(sums) == 6, np.sign(sums), 0.0)
    for offset in reversed(range(7)):
        part = found[..., offset : offset + whole.shape[-1]]
        found[..., offset : offset + whole.shape[-1]] = np.where(whole, whole, part)
    return found


# --- Calendar terms -------------------------------------------------------------------


def harmonics(months: Months) -> Floats:
    """Two yearly harmonics, (n, 4): sine and cosine of one and two waves a year."""
    angle = 2 * np.pi * (months.astype("datetime64[M]").astype(int) % 12 + 1) / 12
    return np.column_stack(
        [wave(k * angle) for k in (1, 2) for wave in (np.sin, np.cos)]
    )


def season_terms(months: Months) -> Floats:
    """Season: each month of the year (n, 11) from five years on, else two harmonics.

    Indicators of February to December less their means.
    """
    month = months.astype("datetime64[M]").astype(int) % 12
    if np.bincount(month, minlength=12).min() < YEARS_OF_MONTHS:
        return harmonics(months)
    indicators = (month[:, None] == np.arange(1, 12)).astype(float)
    return np.asarray(indicators - indicators.mean(axis=0))


def calendar_terms(months: Months) -> Floats:
    """Season and working days, (n, 5 or 12): the centred working-day share comes last.

    Months are compared by rates per day, so their length is accounted for already.
    """
    share = working_days(months) / days_in_month(months)
    return np.column_stack([season_terms(months), share - share.mean()])


def month_numbers(months: Months) -> Floats:
    """Months since the first, (n,): gaps in a series stay gaps."""
    number = months.astype("datetime64[M]").astype(np.int64)
    return np.asarray(number - number[0], dtype=float)


# --- Is there a turning point, and where? ---------------------------------------------


@dataclass(frozen=True)
class Scan:
    """The best single change of a series: its position, and how strong it is.

    statistic: the gain of `intelligence.statistics.segmentation.Strength`.
    """

    position: int
    statistic: float


@lru_cache(maxsize=4)
def _candidates(months: tuple[int, ...]) -> Candidates:
    """All changes of a series of these months, numbered since 1970."""
    of_year = np.array(months).astype("datetime64[M]")
    time = month_numbers(of_year)
    base = np.column_stack([np.ones_like(time), time, calendar_terms(of_year)])
    return Candidates(base, time)


def _candidates_of(months: Months) -> Candidates:
    months = in_order(months)
    if len(months) < FEWEST_MONTHS:
        raise ValueError(f"{len(months)} months; {FEWEST_MONTHS} are needed")
    return _candidates(tuple(months.astype(np.int64).tolist()))


def scan(log_rate: Floats, months: Months) -> Scan:
    """Try every change of slope, step and shock; at least 36 months, in order.

    log_rate: (n,). Raises ValueError for a shorter series.
    """
    found = strength(_candidates_of(months), log_rate)
    return Scan(found.position, found.gain)


def scan_p_value(statistic: float, months: Months) -> float:
    """Chance of a scan statistic this large in a series without a turning point.

    It allows for the search over all changes and months, and for neighbouring months
    that are alike (an autocorrelation of 0 to 0.7).
    """
    return p_value(statistic, len(in_order(months)))


def q_values(p_values: Floats) -> Floats:
    """P-values adjusted for testing many series (Benjamini and Hochberg 1995)."""
    (p_values,) = shares(p_values=p_values)
    if len(p_values) == 0:
        return p_values
    return np.asarray(false_discovery_control(p_values, method="bh"))


def log_rates(counts: Floats, exposure: Floats) -> Floats:
    """Log of (count + 1/2) over exposure, (n,): a month without events has one too."""
    (counts,), (exposure,) = amounts(counts=counts), above_zero(exposure=exposure)
    (exposure,) = known(exposure=exposure)
    return np.asarray(np.log((counts + 0.5) / exposure))


def recorded(counts: Floats) -> tuple[int, int]:
    """First month that has events and the first month after the last that has.

    0 and n, unless months at either end are without events where chance would not leave
    them so: the service, or its recording, began late or ended early.
    """
    (counts,) = amounts(counts=counts)
    some = np.flatnonzero(counts > 0)
    if len(some) == 0:
        return 0, len(counts)
    first, last = int(some[0]), int(some[-1]) + 1
    # A series that is silent in between, such as that of a winter disease, is so by
    # itself.
    usual = max(int(np.diff(some).max(initial=1)) - 1, SILENT_MONTHS - 1)
    after, before = counts[first : first + 12].mean(), counts[last - 12 : last].mean()
    if first <= usual or first * after < SILENT_EVENTS:
        first = 0
    if len(counts) - last <= usual or (len(counts) - last) * before < SILENT_EVENTS:
        last = len(counts)
    return first, last


def turns(counts: Floats, exposure: Floats, months: Months) -> list[Turn]:
    """The turning points of a series that is known to have any, in order.

    Where events begin or end within the series, that is one; others are looked for in
    the months between.
    """
    log_rate = log_rates(counts, exposure)
    first, last = recorded(counts)
    size, between = len(counts), slice(first, last)
    found: list[Turn] = []
    if first:
        found.append(_edge(BEGINS, first, size))
    if last - first >= FEWEST_MONTHS:
        own = _candidates_of(months[between])
        found += [
            _moved(turn, first, size) for turn in segment(own, log_rate[between]).turns
        ]
    if last < size:
        found.append(_edge(ENDS, last, size))
    return found


def calendar_factor(log_rate: Floats, months: Months) -> Floats:
    """Season and working-day factor of each month, (n,), with a geometric mean of 1.

    An adjusted rate is the rate over this factor. The season is that of each month of
    the year (`season_terms`), fitted beside the turning points found, so that neither a
    change nor a shock is taken for season, and robustly, so that a month that is off
    for other reasons does not bend it (Tukey's biweight; Huber and Ronchetti 2009).
    """
    found = segment(_candidates_of(months), log_rate)
    time, terms = month_numbers(months), calendar_terms(months)
    odd = np.eye(len(time))[:, list(found.odd_points)]
    trend = [np.ones_like(time), time, *(turn.columns for turn in found.turns), odd]
    design = np.column_stack([*trend, terms])
    coefficients = np.linalg.lstsq(design, log_rate, rcond=None)[0]
    residual = np.abs(log_rate - design @ coefficients)
    # Without noise there is no scale, and nothing to be robust against.
    if np.median(residual) > 1e-9:
        norm = sm.robust.norms.TukeyBiweight()
        coefficients = sm.RLM(log_rate, design, M=norm).fit().params
    effect = terms @ coefficients[-terms.shape[1] :]
    return np.asarray(np.exp(effect - effect.mean()))


def _edge(kind: str, position: int, size: int) -> Turn:
    """Events that begin or end: a level and slope of the months after."""
    since = np.arange(size) - position
    after = (since >= 0).astype(float)
    columns = np.column_stack([after, after * since])
    at = (position, position)
    return Turn((kind, SLOPE), position, at, size, (size, size), columns)


def _moved(turn: Turn, first: int, size: int) -> Turn:
    """A turn of some months of a longer series, in positions of the longer one.

    After the last of these months there are no events: any value of the columns will
    do, so they keep their last.
    """
    months = len(turn.columns)

    def longer(columns: Floats) -> Floats:
        columns = np.pad(columns, ((first, 0), (0, 0)))
        after = (0, size - first - months)
        return np.asarray(np.pad(columns, (after, (0, 0)), mode="edge"))

    def moved(position: int) -> int:
        return position + first if position < months else size

    return Turn(
        turn.kinds,
        moved(turn.position),
        (moved(turn.interval[0]), moved(turn.interval[1])),
        moved(turn.back),
        (moved(turn.back_interval[0]), moved(turn.back_interval[1])),
        longer(turn.columns),
        tuple(longer(form) for form in turn.forms),
    )


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

    def ratio(self, column: int, times: float = 1.0) -> Estimate:
        """Return exp(times x coefficient) with its 95 % interval."""
        middle = times * self.coefficients[column]
        half = Z95 * abs(times) * np.sqrt(self.covariance[column, column])
        low, point, high = np.exp([middle - half, middle, middle + half])
        return float(point), float(low), float(high)


def _countable(design: Floats, counts: Floats, exposure: Floats) -> None:
    """Refuse counts below zero or unknown, and exposures that are not above zero."""
    amounts(counts=counts)
    above_zero(exposure=exposure)
    known(design=design, exposure=exposure)
    same_length(design=design, counts=counts, exposure=exposure)


def quasi_poisson(design: Floats, counts: Floats, exposure: Floats) -> Fit:
    """Fit counts (n,) on a design (n, p) with log exposure as offset.

    Quasi-Poisson: the covariance is Poisson's times Pearson's dispersion, not below 1
    (McCullagh and Nelder 1989).
    """
    _countable(design, counts, exposure)
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

    alpha maximises the profile likelihood of generalised linear models with it fixed
    (Hilbe 2011).
    """
    _countable(design, counts, exposure)

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
    """One turning point and the size of its change, each with its 95 % interval.

    Positions count from 0: `since` is where the trend before begins, `until` where the
    trend after has ended, or the shock has passed. kind: "slope", "step", "step and
    slope", "shock" (which passed), "recent" (months at the end that left the earlier
    level, too few to tell a step from a shock), "events begin" or "events end".
    position_interval and until_interval: of the turning point, and of the end of a
    shock. Slopes in % a year; level_percent: the step, or the size of a shock at its
    beginning, zero throughout for a change of slope alone.
    observed_before_count and observed_count: events of the trend before and of the one
    after. Not a number (NaN) is what rests on a trend without events: of its slope, of
    the step, and without events before also of all sizes.
    events_change: events from the turning point on less those the trend before would
    have brought; below 0 means fewer. change_percent: the same as a share of
    expected_count, the count the trend before would have brought.
    """

    kind: str
    position: int
    position_interval: tuple[int, int]
    since: int
    until: int
    until_interval: tuple[int, int]
    slope_before_percent: Estimate
    slope_after_percent: Estimate
    level_percent: Estimate
    observed_before_count: float
    observed_count: float
    expected_count: float
    events_change: Estimate
    change_percent: Estimate
    dispersion: float


def kind_of(turn: Turn) -> str:
    """What a turn is called; see `Change`."""
    for kind in (BEGINS, ENDS, RECENT):
        if kind in turn.kinds:
            return kind
    if turn.is_shock:
        return "shock"
    return " and ".join(kind for kind in (STEP, SLOPE) if kind in turn.kinds)


def interrupted(
    counts: Floats, exposure: Floats, months: Months, turns: Sequence[Turn], which: int
) -> Change:
    """Interrupted time series: size of the change at one of the turning points.

    Quasi-Poisson with offset, trend, the steps, slopes and shocks of every turning
    point, season and the working-day share (Lopez Bernal, Cummins and Gasparrini 2017).
    The counterfactual goes on with the trend before. Its interval holds the uncertainty
    of the fit, with neighbouring residuals as alike as they are, and the chance in the
    counts that would have come; not that of the month itself. The interval of the size
    of a shock at its beginning also covers the other forms that fit nearly as well: a
    shock that fades faster began larger.
    """
    (counts,), (exposure,) = amounts(counts=counts), above_zero(exposure=exposure)
    (exposure,) = known(exposure=exposure)
    months = in_order(months)
    time, terms = month_numbers(months), calendar_terms(months)
    trend = np.column_stack([np.ones_like(time), time, *(t.columns for t in turns)])
    design = np.column_stack([trend, terms])
    # Months before events begin, and after they end, say nothing of the rest, nor can
    # the terms be told that do not vary in between.
    rows = slice(*recorded(counts))
    use = _independent(design[rows])
    model = quasi_poisson(design[rows][:, use], counts[rows], exposure[rows])
    coefficients, covariance = np.zeros(len(use)), np.zeros((len(use), len(use)))
    coefficients[use] = model.coefficients
    covariance[np.ix_(use, use)], variance = _correlated(
        design[rows][:, use], counts[rows], model.fitted
    )
    is_long_enough = len(counts[rows]) > use.sum() + 2
    turn = turns[which]
    firsts = 2 + np.cumsum([0, *(len(t.kinds) for t in turns)])
    own = np.arange(firsts[which], firsts[which + 1])
    is_slope = np.array([False, True, *(k == SLOPE for t in turns for k in t.kinds)])
    # Slopes before and after are sums of the first slope and the changes up to then.
    before, after, level = np.zeros((3, design.shape[1]))
    before[np.flatnonzero(is_slope[: own[0]])] = 1.0
    after[np.flatnonzero(is_slope[: own[-1] + 1])] = 1.0
    lasting = np.array([k in (STEP, RECENT, BEGINS, ENDS) for k in turn.kinds])
    jumps = own[lasting | turn.is_shock]
    level[jumps] = turn.columns[turn.position, jumps - own[0]]

    def percent(direction: Floats, times: float) -> Estimate:
        middle = times * float(direction @ coefficients)
        half = Z95 * times * float(np.sqrt(direction @ covariance @ direction))
        ends = 100 * np.expm1([middle, middle - half, middle + half])
        return float(ends[0]), float(ends[1]), float(ends[2])

    # A lasting change and a shock on top of it may begin in the same month.
    earlier = [other for other in turns if other.position < turn.position]
    later = [other for other in turns if other.position > turn.position]
    since = max((t.back if t.is_shock else t.position for t in earlier), default=0)
    since = min(since, turn.position)
    until = min([turn.back, *(t.position for t in later)])
    during = np.arange(turn.position, until)
    counterfactual = design[during].copy()
    counterfactual[:, own[0] : trend.shape[1]] = 0.0
    expected = exposure[during] * np.exp(counterfactual @ coefficients)
    gradient = expected @ counterfactual
    total = float(expected.sum())
    spread = gradient @ covariance @ gradient + variance * total
    half = Z95 * float(np.sqrt(spread))
    observed = float(counts[during].sum())
    observed_before = float(counts[since : turn.position].sum())
    has_before = observed_before > 0 and is_long_enough
    has_after = observed > 0 and is_long_enough
    has_both = has_before and has_after
    level_percent = percent(level, 1.0) if has_both else UNKNOWN
    if has_both:
        for form in turn.forms:
            other = [*turns]
            other[which] = replace(turn, columns=form, forms=())
            found = interrupted(counts, exposure, months, other, which).level_percent
            level_percent = (
                level_percent[0],
                min(level_percent[1], found[1]),
                max(level_percent[2], found[2]),
            )
    if not has_before:
        total = half = float("nan")
    difference = observed - total
    events = (difference, difference - half, difference + half)
    return Change(
        kind=kind_of(turn),
        position=turn.position,
        position_interval=turn.interval,
        since=since,
        until=until,
        until_interval=turn.back_interval,
        slope_before_percent=percent(before, 12.0) if has_before else UNKNOWN,
        slope_after_percent=percent(after, 12.0) if has_after else UNKNOWN,
        level_percent=level_percent,
        observed_before_count=observed_before,
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


def _correlated(design: Floats, counts: Floats, fitted: Floats) -> tuple[Floats, float]:
    """Covariance of a Poisson fit's coefficients, and variance over mean of sums.

    Errors are over-dispersed and follow a first-order autoregression whose correlation
    and variance are those that make residuals of this design as alike and as large as
    they are (moments); the covariance is then that of the estimates under it (Zeger
    1988, Biometrika 75:621-9). The correlation is kept within 0 and 0.85, the variance
    not below Poisson's.
    """
    weighted = design * np.sqrt(fitted)[:, None]
    residual = (counts - fitted) / np.sqrt(fitted)
    basis = np.linalg.qr(weighted)[0]
    alike = float(residual[1:] @ residual[:-1]) / max(
        float(residual @ residual), 1e-300
    )
    apart = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts))))
    tried = np.linspace(0.0, 0.85, 18)
    expected, sizes = [], []
    for one in tried:
        errors = one**apart
        left = errors - basis @ (basis.T @ errors)
        left -= (left @ basis) @ basis.T
        expected.append(np.trace(left, 1) / np.trace(left))
        sizes.append(np.trace(left))
    # More alike errors leave more alike residuals. One standard error more, because a
    # correlation found too small makes intervals that hold too little.
    alike += 1 / np.sqrt(len(counts))
    at = int(np.searchsorted(np.maximum.accumulate(expected), alike))
    at = min(at, len(tried) - 1)
    correlation = float(tried[at])
    dispersion = max(float(residual @ residual) / float(sizes[at]), 1.0)
    inverse = np.linalg.inv(weighted.T @ weighted)
    middle = weighted.T @ (correlation**apart) @ weighted
    covariance = dispersion * inverse @ middle @ inverse
    return covariance, dispersion * (1 + correlation) / (1 - correlation)


def _independent(columns: Floats) -> Bools:
    """Which columns are no sums of the columns before them."""
    length = np.sqrt((columns**2).sum(axis=0))
    triangle = np.linalg.qr(columns / np.maximum(length, 1e-300))[1]
    return np.asarray(np.abs(np.diag(triangle)) > 1e-9)


def turning_points(counts: Floats, exposure: Floats, months: Months) -> list[Change]:
    """Find and measure the turning points of a series that is known to have any."""
    found = turns(counts, exposure, months)
    return [
        interrupted(counts, exposure, months, found, which)
        for which in range(len(found))
    ]
