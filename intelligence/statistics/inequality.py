"""How care differs along deprivation, how that changes, and whether need explains it.

Slope and relative index of inequality follow the Public Health England method: weighted
least squares of rates on ridit ranks (Pamuk 1985, Popul Stud 39:17; Low and Low 2004,
Int J Epidemiol 33:1; PHEindicatormethods). Groups come most deprived first, so a
negative slope means more among the most deprived. ValueError names an argument that
makes no sense, such as a rate that is not a number or a population below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import expit, logit

from intelligence.statistics.checks import amounts, known, same_length

Array = npt.NDArray[np.float64]

MINIMUM_GROUPS = 3
MINIMUM_YEARS = 3
_Z = float(stats.norm.ppf(0.975))
_STEPS = 50


@dataclass(frozen=True)
class Slope:
    """Slope (SII) and relative (RII) index of inequality with standard errors.

    sii: fitted rate at the least deprived end less that at the most deprived end.
    rii: the first of these over the second; NaN where a fitted end is not above 0.
    log_rii_error: standard error of log(rii).
    """

    sii: float
    sii_error: float
    rii: float
    log_rii_error: float

    @property
    def sii_interval(self) -> tuple[float, float]:
        """95 % interval of the SII."""
        return self.sii - _Z * self.sii_error, self.sii + _Z * self.sii_error

    @property
    def rii_interval(self) -> tuple[float, float]:
        """95 % interval of the RII."""
        factor = np.exp(_Z * self.log_rii_error)
        return self.rii / factor, self.rii * factor


@dataclass(frozen=True)
class Trend:
    """Yearly change with its 95 % interval and the two-sided p-value of no change."""

    change: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True)
class Ratios:
    """Rate of each group over that of the reference group, with 95 % intervals."""

    ratio: Array
    lower: Array
    upper: Array


def ridit_ranks(populations: Array) -> Array:
    """Middle of each group's stretch of the population, 0 to 1, in the given order.

    populations: (groups,), any of them above zero; returns (groups,) (Pamuk 1985).
    """
    (populations,) = amounts(populations=populations)
    if not populations.sum() > 0:
        raise ValueError("populations are all zero")
    shares = populations / populations.sum()
    ranks: Array = np.cumsum(shares) - shares / 2
    return ranks


def slope_index(
    rates: Array,
    errors: Array,
    populations: Array,
    on_logs: bool = False,
    on_logits: bool = False,
) -> Slope | None:
    """SII and RII of rates of groups ordered from most to least deprived.

    rates, errors (standard errors), populations: (groups,) in any one unit; SII has the
    unit of the rates. on_logs: fit log(rates), all above 0, as suits a relative slope.
    on_logits: fit logit(rates), as suits shares, all between 0 and 1 and neither of
    them: both ends then stay within none and all. Errors stay those of the rates, and
    SII and RII compare fitted rates on every scale. Groups without population are left
    out; None for fewer than `MINIMUM_GROUPS`. Both ends are linear in the rates, so the
    errors are exact for the SII of rates and by the delta method else.
    """
    populations, errors = amounts(populations=populations, errors=errors)
    (rates,) = known(rates=rates)
    same_length(rates=rates, errors=errors, populations=populations)
    use = populations > 0
    if use.sum() < MINIMUM_GROUPS:
        return None
    rates, errors, populations = rates[use], errors[use], populations[use]
    if on_logs and on_logits:
        raise ValueError("on_logs and on_logits exclude each other")
    if on_logs:
        if (rates <= 0).any():
            raise ValueError("rates must be above 0 to have logs")
        rates, errors = np.log(rates), errors / rates
    elif on_logits:
        if ((rates <= 0) | (rates >= 1)).any():
            raise ValueError("rates must be between 0 and 1 to have logits")
        rates, errors = logit(rates), errors / (rates * (1 - rates))
    design = np.column_stack([np.ones(len(rates)), ridit_ranks(populations)])
    weighted = design.T * populations
    solved = np.linalg.solve(weighted @ design, weighted)
    # Rows: fitted value at the most and at the least deprived end, over the rates.
    of_ends = np.array([[1.0, 0.0], [1.0, 1.0]]) @ solved
    ends = of_ends @ rates
    covariance = (of_ends * errors**2) @ of_ends.T
    if on_logs or on_logits:
        ends = np.exp(ends) if on_logs else expit(ends)
        slopes = ends if on_logs else ends * (1 - ends)
        covariance = covariance * np.outer(slopes, slopes)
    most, least = ends
    difference = np.array([-1.0, 1.0])
    sii_error = float(np.sqrt(difference @ covariance @ difference))
    rii = log_error = float("nan")
    if most > 0 and least > 0:
        rii = float(least / most)
        relative = np.array([-1 / most, 1 / least])
        log_error = float(np.sqrt(relative @ covariance @ relative))
    return Slope(float(least - most), sii_error, rii, log_error)


def yearly_trend(values: Array, errors: Array, years: Array) -> Trend | None:
    """Yearly change of yearly values, by least squares weighted with their errors.

    values, errors, years: (years,); unknown values are NaN and left out. The change is
    in units of the values per year. The test takes the values as independent and their
    errors as known (a Wald test). None for fewer than `MINIMUM_YEARS` known values with
    an error above 0. Raises ValueError for an error below 0 and for years that are not
    in order or come twice.
    """
    same_length(values=values, errors=errors, years=years)
    if (errors < 0).any():
        raise ValueError("errors is below zero")
    (years,) = known(years=years)
    if (np.diff(years) <= 0).any():
        raise ValueError("years are not in order, each once")
    use = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    if use.sum() < MINIMUM_YEARS:
        return None
    weight = errors[use] ** -2.0
    centred = years[use] - np.average(years[use], weights=weight)
    information = float((weight * centred**2).sum())
    change = float((weight * centred * values[use]).sum() / information)
    error = information**-0.5
    return Trend(
        change,
        change - _Z * error,
        change + _Z * error,
        float(2 * stats.norm.sf(abs(change / error))),
    )


def rate_ratios(
    group: npt.NDArray[np.int64],
    reference: int,
    covariates: Array,
    events: Array,
    time: Array,
    events_squared: Array,
    events_by_time: Array,
    time_squared: Array,
) -> Ratios:
    """Rates of groups relative to a reference group at equal covariates.

    One row is one cell of persons who are alike: `group` (0, 1, …) and `covariates`
    (cells, columns) of indicator variables, any of which may repeat others. The other
    arrays are sums over the cell's persons: of their events, time at risk, and of
    squares and products of the two, none below 0. A Poisson model with log(time) as
    offset gives the same estimates as on persons; the interval is robust to persons who
    have more events than others alike (sandwich variance over persons; Huber 1967, Zou
    2004, Am J Epidemiol 159:702). A group without events has ratio 0 and an unknown
    interval; all is unknown (NaN) when the reference group has none.
    """
    events, time, events_squared, events_by_time, time_squared = amounts(
        events=events,
        time=time,
        events_squared=events_squared,
        events_by_time=events_by_time,
        time_squared=time_squared,
    )
    (covariates,) = known(covariates=covariates)
    same_length(group=group, covariates=covariates, events=events, time=time)
    count = int(group.max(initial=reference)) + 1
    if group.min(initial=0) < 0 or not 0 <= reference < count:
        raise ValueError("group is numbered from 0, and reference is one of them")
    of_group = np.bincount(group, events, count)
    unknown = np.full(count, np.nan)
    if of_group[reference] == 0:
        return Ratios(unknown, unknown, unknown)
    keep = (time > 0) & (of_group[group] > 0)
    others = [g for g in range(count) if g != reference and of_group[g] > 0]
    dummies = (group[keep, None] == np.array(others, dtype=np.int64)).astype(float)
    at = [events[keep], time[keep]]
    design = _independent(
        np.column_stack([np.ones(keep.sum()), dummies, covariates[keep]])
    )
    linear = np.zeros(design.shape[1])
    linear[0] = np.log(at[0].sum() / at[1].sum())
    # Keeps equations solvable where a category has no events.
    ridge = 1e-9 * at[0].sum() * np.eye(design.shape[1])
    for _ in range(_STEPS):
        fitted = at[1] * np.exp(np.clip(design @ linear, -30, 30))
        curvature = (design.T * fitted) @ design + ridge
        step = np.linalg.solve(curvature, design.T @ (at[0] - fitted))
        # A long step could overshoot where almost nothing was observed.
        linear += np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-8:
            break
    rate = np.exp(np.clip(design @ linear, -30, 30))
    squared_residuals = (
        events_squared[keep]
        - 2 * rate * events_by_time[keep]
        + rate**2 * time_squared[keep]
    )
    bread = np.linalg.inv((design.T * (at[1] * rate)) @ design + ridge)
    variance = bread @ ((design.T * squared_residuals) @ design) @ bread
    ratio, lower, upper = np.zeros(count), unknown.copy(), unknown.copy()
    ratio[reference] = lower[reference] = upper[reference] = 1.0
    for position, other in enumerate(others, start=1):
        error = np.sqrt(variance[position, position])
        ratio[other] = np.exp(linear[position])
        lower[other] = np.exp(linear[position] - _Z * error)
        upper[other] = np.exp(linear[position] + _Z * error)
    return Ratios(ratio, lower, upper)


def _independent(columns: Array) -> Array:
    """The columns without those that earlier ones already add up to."""
    _, triangle = np.linalg.qr(columns)
    size = np.abs(np.diag(triangle))
    chosen: Array = columns[:, size > 1e-9 * size.max()]
    return chosen
