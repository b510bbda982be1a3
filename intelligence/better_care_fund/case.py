"""One scheme before the facts: its people, its events, its months, its comparators."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np

from intelligence.better_care_fund.schemes import (
    NOT_KNOWN,
    Array,
    Number,
    Panel,
    Scheme,
    Strata,
    cells_of,
    months_between,
    wards_of,
)
from intelligence.statistics.appraisal import achievable_share
from intelligence.statistics.rates import exact_limits

# The year before a start is no baseline: many schemes start because it was a bad one.
YEAR_BEFORE = 12
LONGEST_BASELINE = 36
# Months before a start over which its people's events and wards' ratios are counted.
LEVEL_MONTHS = 24
REDRAWN_SETS = 200


class Case:
    """One scheme, the months and wards that count for it, and its starting point.

    own, elsewhere: (wards,) booleans, where it works and where other schemes reach the
    same ages. cells: (cells,) booleans, the ages it is for. observed, expected: (wards,
    months) events at these ages, and those that the city's rates would give. start,
    end: positions of the first month of the scheme and after the last month known.
    baseline, year, level, after: positions of months: before the year before the start,
    that year, the two years before the start, and from the end of the ramp on.
    """

    def __init__(
        self,
        scheme: Scheme,
        schemes: Sequence[Scheme],
        panel: Panel,
        strata: Mapping[str, Strata],
        as_of: date,
        event_cost: float = float("nan"),
    ) -> None:
        """Take a scheme from among all `schemes`.

        strata: by scheme that enrols people. as_of: last day known. event_cost: mean
        cost of one event in pounds, nan when it is not known.
        """
        self.scheme, self.panel = scheme, panel
        self.as_of, self.event_cost = as_of, event_cost
        self.strata = strata.get(scheme.scheme_id)
        self.own = wards_of(scheme, panel)
        self.cells = cells_of(scheme, panel)
        self.others = [s for s in schemes if s.scheme_id != scheme.scheme_id]
        self._all_strata = strata
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

    def months_in_full(self, first: int, months: int) -> float:
        """Months' worth of full running in `months` from `first` after the start."""
        at = np.arange(first, first + months) + 0.5
        return float(np.clip(at / max(self.scheme.ramp_months, 1e-9), 0, 1).sum())

    def before_and_after(self, monthly: Array, after: range) -> Array:
        """(areas, months) as (areas, 2): sums over the baseline and over `after`."""
        return np.column_stack(
            [monthly[:, self.baseline].sum(axis=1), monthly[:, after].sum(axis=1)]
        )

    def reach(self, scheme: Scheme) -> float:
        """Share of the events of a scheme's wards and ages that are its people's."""
        strata = self._all_strata.get(scheme.scheme_id)
        if strata is None:
            return 1.0
        events = self.panel.events[scheme.pathway][wards_of(scheme, self.panel)]
        there = float(events[:, self.year][:, :, cells_of(scheme, self.panel)].sum())
        return min(1.0, float(strata.member_before.sum()) / max(there, 1.0))

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


def seed_of(scheme: Scheme, purpose: str) -> int:
    """The seed of one scheme's random draws for one purpose, the same in every run."""
    return zlib.crc32(f"{scheme.scheme_id} {purpose}".encode())
