"""One scheme of the Better Care Fund before the facts: its people, events, comparators.

What happened is taken from months of wards, or of people enrolled by a list. Numbers
come from `intelligence.appraisal`; here it is decided which events they are of.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from intelligence.appraisal import (
    UNKNOWN,
    Change,
    achievable_share,
    difference_in_differences,
    matched_change,
    pre_trend_p_value,
    synthetic_control,
)
from intelligence.rates import exact_limits

Array = npt.NDArray[Any]

# The year before a start is no baseline: many schemes start because it was a bad one.
YEAR_BEFORE = 12
LONGEST_BASELINE, SHORTEST_BASELINE = 36, 12
REDRAWN_SETS = 200
# Months before a start over which its people's events and wards' ratios are counted.
LEVEL_MONTHS = 24
SHORTEST_AFTER = 6
# Treated and comparator areas that drift apart beyond this chance did so before.
PRE_TREND_LEVEL = 0.05
# Standard errors between no effect and one that is found in 8 of 10 trials at 5 %.
DETECTABLE_ERRORS = 2.8
# Nobody waits longer for a finding than this many months; more wards are needed then.
LONGEST_WAIT = 60

YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"


@dataclass(frozen=True)
class Scheme:
    """A scheme and its claims; `wards` is empty for the whole city."""

    scheme_id: str
    scheme_name: str
    pathway: str
    wards: frozenset[str]
    age_from: int
    age_to: int
    start: date
    ramp_months: int
    claimed_people: int
    claimed_effect: float
    claimed_prevented: float
    cost_a_year: float


@dataclass(frozen=True)
class Panel:
    """Complete months of all wards: cells are age bands and sexes.

    wards: codes, sorted. first_month: of the series, which has no gaps. age_from:
    lowest age of each cell. people_days and each of events: (wards, months, cells).
    days: (months,).
    """

    wards: tuple[str, ...]
    first_month: date
    age_from: Array
    days: Array
    people_days: Array
    events: Mapping[str, Array]


@dataclass(frozen=True)
class Strata:
    """People enrolled in one scheme and people alike, by stratum; all (strata,).

    before, after: events in the year before the start and in the year after the ramp;
    squares: sums over people of `after` squared.
    """

    members: Array
    member_before: Array
    member_after: Array
    member_squares: Array
    controls: Array
    control_before: Array
    control_after: Array
    control_squares: Array


class Number(NamedTuple):
    """A number with its interval; nan when it is not known."""

    value: float
    lower: float
    upper: float

    @property
    def range(self) -> tuple[float, float]:
        """Both ends of the interval."""
        return self.lower, self.upper


NOT_KNOWN = Number(float("nan"), float("nan"), float("nan"))


class Found(NamedTuple):
    """A change since the start, by which method, and what stands against it if any."""

    change: Change
    method: str
    problem: str | None


def months_between(first: date, last: date) -> int:
    """Whole calendar months from the month of one day to that of another."""
    return (last.year - first.year) * 12 + last.month - first.month


class Case:
    """One scheme before the panel: its people, its events, its comparators."""

    def __init__(
        self,
        scheme: Scheme,
        schemes: Sequence[Scheme],
        panel: Panel,
        strata: Mapping[str, Strata],
        as_of: date,
    ) -> None:
        """Take a scheme from among all `schemes`; `strata` by scheme that enrols."""
        self.scheme, self.panel = scheme, panel
        self.strata = strata.get(scheme.scheme_id)
        self.own = wards_of(scheme, panel)
        self.cells = cells_of(scheme, panel)
        self.others = [s for s in schemes if s.scheme_id != scheme.scheme_id]
        self.all_strata = strata
        events = panel.events[scheme.pathway]
        rate = events.sum(axis=(0, 1)) / np.maximum(panel.people_days.sum((0, 1)), 1)
        self.observed = events[:, :, self.cells].sum(axis=2).astype(float)
        self.expected = (panel.people_days * rate)[:, :, self.cells].sum(axis=2)
        self.start = months_between(panel.first_month, scheme.start)
        self.end = len(panel.days)
        # Other schemes of areas that reach the same ages, whatever they prevent.
        self.elsewhere = np.zeros(len(panel.wards), dtype=bool)
        for other in self.others:
            if other.scheme_id not in strata and other.start <= as_of:
                shares_ages = (cells_of(other, panel) & self.cells).any()
                self.elsewhere |= wards_of(other, panel) & shares_ages
        year_before = self.start - YEAR_BEFORE
        self.baseline = self.months(year_before - LONGEST_BASELINE, year_before)
        self.year = self.months(year_before, self.start)
        self.level = self.months(self.start - LEVEL_MONTHS, self.start)
        self.after = self.months(self.start + scheme.ramp_months, self.end)

    def months(self, first: int, until: int) -> range:
        """Positions of months from `first` to before `until`, as far as there are."""
        return range(min(max(first, 0), self.end), min(max(until, 0), self.end))

    # --- What is counted -------------------------------------------------------------

    @cached_property
    def people(self) -> Number:
        """People in the year before the start: mean, lowest and highest month."""
        if self.strata is not None:
            count = float(self.strata.members.sum())
            return Number(count, count, count)
        if not self.year:
            return NOT_KNOWN
        days = self.panel.people_days[self.own][:, self.year][:, :, self.cells]
        people = days.sum(axis=(0, 2)) / self.panel.days[self.year]
        return Number(float(people.mean()), float(people.min()), float(people.max()))

    @cached_property
    def events_a_year(self) -> Number:
        """Events a year of its people: the two years before the start, or the one."""
        if self.strata is not None:
            count, years = float(self.strata.member_before.sum()), 1.0
        else:
            count = float(self.observed[self.own][:, self.level].sum())
            years = len(self.level) / 12
        if years == 0:
            return NOT_KNOWN
        limits = exact_limits(count)
        return Number(
            count / years, float(limits.lower) / years, float(limits.upper) / years
        )

    @cached_property
    def achievable(self) -> Number:
        """Share above the best quarter of wards before the start, with an interval.

        The interval is that of sets of counts redrawn from those there are.
        """
        observed = self.observed[:, self.level].sum(axis=1)
        expected = self.expected[:, self.level].sum(axis=1)
        if observed[self.own].sum() == 0:
            return NOT_KNOWN
        rng = np.random.default_rng(seed_of(self.scheme, "spread"))
        redrawn = rng.poisson(observed, (REDRAWN_SETS, len(observed)))
        share = achievable_share(np.vstack([observed, redrawn]), expected, self.own)
        value = float(share[0])
        lower, upper = np.nanquantile(share, (0.025, 0.975)).tolist()
        return Number(value, min(lower, value), max(upper, value))

    @cached_property
    def found(self) -> Found:
        """Change since the start, by which method, and what stands against it."""
        if self.strata is not None:
            s = self.strata
            change = matched_change(
                s.members,
                s.member_after,
                s.controls,
                s.control_after,
                s.member_squares,
                s.control_squares,
            )
            lacking = None if change.is_known else "more people enrolled"
            return Found(change, "matched people", lacking)
        method = "difference-in-differences of log rates"
        if len(self.baseline) < SHORTEST_BASELINE:
            return Found(UNKNOWN, method, "two whole years of facts before the start")
        if len(self.after) < SHORTEST_AFTER:
            return Found(UNKNOWN, method, "six months of facts after the ramp")
        alone = self.own & ~self.elsewhere
        comparators = ~self.own & ~self.elsewhere
        if not alone.any():
            return Found(
                UNKNOWN, method, "wards or people with this scheme and no other"
            )
        if not comparators.any():
            return Found(UNKNOWN, method, "a part of the city without any such scheme")
        used = alone | comparators
        observed, expected = self.observed[used], self.expected[used]
        treated = alone[used]
        if treated.sum() == 1:
            return self._synthetic(observed, expected, treated)
        change = difference_in_differences(
            self.before_and_after(observed, self.after),
            self.before_and_after(expected, self.after),
            treated,
        )
        if not change.is_known:
            return Found(change, method, "more events: too few happened to compare")
        trend = pre_trend_p_value(
            _quarters(observed[:, self.baseline]),
            _quarters(expected[:, self.baseline]),
            treated,
        )
        if trend < PRE_TREND_LEVEL:
            return Found(
                change,
                method,
                "comparators that moved alike before the start "
                f"(these did not, p = {trend:.3f})",
            )
        return Found(change, method, None)

    def before_and_after(self, monthly: Array, after: range) -> Array:
        """(areas, months) as (areas, 2): sums over the baseline and over `after`."""
        return np.column_stack(
            [monthly[:, self.baseline].sum(axis=1), monthly[:, after].sum(axis=1)]
        )

    def _synthetic(self, observed: Array, expected: Array, treated: Array) -> Found:
        """Quarters before the year before, and after the ramp, of one treated ward."""
        before = [_quarters(v[:, self.baseline]) for v in (observed, expected)]
        after = [_quarters(v[:, self.after]) for v in (observed, expected)]
        change = synthetic_control(
            np.hstack([before[0], after[0]]),
            np.hstack([before[1], after[1]]),
            int(np.flatnonzero(treated)[0]),
            before[0].shape[1],
        )
        problem = None if change.is_known else "twenty wards without such a scheme"
        return Found(change, "synthetic control with placebos", problem)

    def verdict(self) -> str:
        """Whether events fell: yes, no (the claim is ruled out), or cannot tell."""
        if self.found.problem is not None or not self.found.change.is_known:
            return CANNOT_TELL
        if self.found.change.upper < 0:
            return YES
        if self.found.change.lower > -self.scheme.claimed_effect:
            return NO
        return CANNOT_TELL

    def wanting(self) -> str:
        """What would let an effect of the claimed size be told from none."""
        wanted = abs(np.log1p(-self.scheme.claimed_effect)) / DETECTABLE_ERRORS
        times = (self.found.change.log_error / wanted) ** 2
        if self.strata is not None:
            return f"about {max(times, 1.1):.1f} times as many people enrolled"
        months = len(self.after) * max(times, 1.1)
        if months > LONGEST_WAIT:
            return f"about {times:.0f} times as many events: more wards, or more people"
        return f"about {months:.0f} months of full running"

    def naive_change(self) -> float:
        """Rate of the last year known against that of the year before the start."""
        last = self.months(max(self.start, self.end - YEAR_BEFORE), self.end)
        observed, expected = self.observed[self.own], self.expected[self.own]
        rates = [
            observed[:, span].sum() / max(expected[:, span].sum(), 1e-9)
            for span in (self.year, last)
        ]
        return float(rates[1] / rates[0] - 1) if rates[0] > 0 else float("nan")

    def months_in_full(self, first: int, months: int) -> float:
        """Months' worth of full running in `months` from `first` after the start."""
        at = np.arange(first, first + months) + 0.5
        return float(np.clip(at / max(self.scheme.ramp_months, 1e-9), 0, 1).sum())

    def reach(self, scheme: Scheme) -> float:
        """Share of the events of a scheme's wards and ages that are its people's."""
        strata = self.all_strata.get(scheme.scheme_id)
        if strata is None:
            return 1.0
        events = self.panel.events[scheme.pathway][wards_of(scheme, self.panel)]
        there = float(events[:, self.year][:, :, cells_of(scheme, self.panel)].sum())
        return min(1.0, float(strata.member_before.sum()) / max(there, 1.0))


def wards_of(scheme: Scheme, panel: Panel) -> Array:
    """(wards,) booleans: where the scheme works."""
    return np.array(
        [not scheme.wards or ward in scheme.wards for ward in panel.wards], dtype=bool
    )


def cells_of(scheme: Scheme, panel: Panel) -> Array:
    """(cells,) booleans: the ages it is for."""
    inside: Array = panel.age_from >= scheme.age_from
    return inside & (panel.age_from <= scheme.age_to)


def _quarters(monthly: Array) -> Array:
    """(areas, months) as (areas, quarters), without months over at the beginning."""
    spare = monthly.shape[1] % 3
    quarters: Array = monthly[:, spare:].reshape(len(monthly), -1, 3).sum(axis=2)
    return quarters


def seed_of(scheme: Scheme, purpose: str) -> int:
    """The seed of one scheme's random draws for one purpose, the same in every run."""
    return zlib.crc32(f"{scheme.scheme_id} {purpose}".encode())
