"""Ten questions to every scheme of the Better Care Fund, and their answers.

The numbers come from `intelligence.appraisal`; here it is decided which events and
people they are of, what they mean, and how a board reads them. An answer is yes, no or
cannot tell, and a question is put so that yes speaks for the scheme. Shares and changes
are 0 to 1, money is pounds, events are whole counts of the neighbourhood facts.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intelligence.appraisal import (
    UNKNOWN,
    Change,
    achievable_share,
    combined_effect,
    difference_in_differences,
    matched_change,
    outlook,
    poisson_interval,
    pre_trend_p_value,
    synthetic_control,
)

Array = npt.NDArray[Any]

# The year before a start is no baseline: many schemes start because it was a bad one.
YEAR_BEFORE = 12
LONGEST_BASELINE, SHORTEST_BASELINE = 36, 12
SHORTEST_AFTER = 6
# A claimed number of people this much above the counted one is a matter of rounding.
TOLERANCE = 0.1
# Standard errors between no effect and one that is found in 8 of 10 trials at 5 %.
DETECTABLE_ERRORS = 2.8
HORIZON_MONTHS = 24

QUESTIONS = {
    "target_population": "Is the target population as large as claimed?",
    "addressable_events": "Are there enough events that could be touched?",
    "neighbourhood_spread": (
        "Is the claimed effect within what the best quarter of neighbourhoods achieve?"
    ),
    "overlap": "Does it prevent what no other scheme claims?",
    "likely_benefit": "Is the claimed benefit likely, costs and ramp uplifted?",
    "year_before_start": "Was the year before the start an ordinary one?",
    "change_since_start": "Has it worked, against what happened elsewhere?",
    "delivered_to_date": "Has it delivered what it claimed for the year so far?",
    "probable_at_year_end": "Will it deliver what it claimed for the whole year?",
    "what_it_would_take": "Are its people enough to reach the claim?",
}
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


@dataclass(frozen=True)
class Answer:
    """One row of the appraisal; numbers are nan when there are none."""

    scheme_id: str
    scheme_name: str
    appraisal_test: str
    question: str
    finding: str
    method: str
    unit: str
    sentence: str
    data_needed: str | None
    claimed_value: float
    value: float
    value_lower: float
    value_upper: float
    interval_level: float
    p_value: float


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in list(Answer.__dataclass_fields__)[:9]),
        *((name, pa.float64()) for name in list(Answer.__dataclass_fields__)[9:]),
    ]
)


def months_between(first: date, last: date) -> int:
    """Whole calendar months from the month of one day to that of another."""
    return (last.year - first.year) * 12 + last.month - first.month


def appraise(
    schemes: Sequence[Scheme],
    panel: Panel,
    strata: Mapping[str, Strata],
    event_cost: Mapping[str, float],
    as_of: date,
) -> pa.Table:
    """Answer every question for every scheme; one row per scheme and question.

    strata: by scheme that enrols people. event_cost: mean cost of an event in pounds by
    pathway, where there is one. as_of: last day known.
    """
    answers = [
        answer
        for scheme in sorted(schemes, key=lambda scheme: scheme.scheme_id)
        for answer in _Case(scheme, schemes, panel, strata, event_cost, as_of).answers()
    ]
    rows = [_rounded(asdict(answer)) for answer in answers]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers to nine digits, so that no machine's last bit shows; nan as null."""
    return {
        name: (
            (None if not np.isfinite(value) else float(f"{value:.9g}"))
            if isinstance(value, float)
            else value
        )
        for name, value in row.items()
    }


class _Case:
    """One scheme before the panel: its people, its events, its comparators."""

    def __init__(
        self,
        scheme: Scheme,
        schemes: Sequence[Scheme],
        panel: Panel,
        strata: Mapping[str, Strata],
        event_cost: Mapping[str, float],
        as_of: date,
    ) -> None:
        self.scheme, self.panel, self.as_of = scheme, panel, as_of
        self.strata = strata.get(scheme.scheme_id)
        self.event_cost = event_cost.get(scheme.pathway, float("nan"))
        self.own = _wards(scheme, panel)
        self.cells = _cells(scheme, panel)
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
                shares_ages = (_cells(other, panel) & self.cells).any()
                self.elsewhere |= _wards(other, panel) & shares_ages
        self.before = slice(
            max(0, self.start - YEAR_BEFORE - LONGEST_BASELINE),
            max(0, self.start - YEAR_BEFORE),
        )
        self.year = slice(max(0, self.start - YEAR_BEFORE), max(0, self.start))
        self.after = slice(max(0, self.start + scheme.ramp_months), self.end)
        self.people, self.people_range = self._people()
        self.events_a_year, self.events_range = self._events_a_year()
        self.achievable, self.achievable_range = self._achievable()
        self.change, self.change_method, self.problem = self._change()

    # --- What is counted -------------------------------------------------------------

    def _people(self) -> tuple[float, tuple[float, float]]:
        """People in the year before the start: mean, lowest and highest month."""
        if self.strata is not None:
            count = float(self.strata.members.sum())
            return count, (count, count)
        days = self.panel.people_days[self.own][:, self.year][:, :, self.cells]
        if days.shape[1] == 0:
            return float("nan"), (float("nan"), float("nan"))
        people = days.sum(axis=(0, 2)) / self.panel.days[self.year]
        return float(people.mean()), (float(people.min()), float(people.max()))

    def _events_a_year(self) -> tuple[float, tuple[float, float]]:
        """Events a year of its people: the two years before the start, or the one."""
        if self.strata is not None:
            count, years = float(self.strata.member_before.sum()), 1.0
        else:
            two_years = slice(max(0, self.start - 24), max(0, self.start))
            count = float(self.observed[self.own, two_years].sum())
            years = (two_years.stop - two_years.start) / 12
        if years == 0:
            return float("nan"), (float("nan"), float("nan"))
        lower, upper = poisson_interval(count)
        return count / years, (lower / years, upper / years)

    def _achievable(self) -> tuple[float, tuple[float, float]]:
        """Share above the best quarter of wards before the start, with an interval.

        The interval is that of 200 redrawn sets of counts.
        """
        span = slice(max(0, self.start - 24), max(0, self.start))
        observed = self.observed[:, span].sum(axis=1)
        expected = self.expected[:, span].sum(axis=1)
        if observed[self.own].sum() == 0:
            return float("nan"), (float("nan"), float("nan"))
        value = achievable_share(observed, expected, self.own)
        rng = np.random.default_rng(_seed(self.scheme, "spread"))
        redrawn = [
            achievable_share(rng.poisson(observed), expected, self.own)
            for _ in range(200)
        ]
        lower, upper = np.nanquantile(redrawn, (0.025, 0.975))
        return value, (min(float(lower), value), max(float(upper), value))

    def _change(self) -> tuple[Change, str, str | None]:
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
            return change, "matched people", lacking
        method = "difference-in-differences of log rates"
        if self.before.stop - self.before.start < SHORTEST_BASELINE:
            return UNKNOWN, method, "two whole years of facts before the start"
        if self.after.stop - self.after.start < SHORTEST_AFTER:
            return UNKNOWN, method, "six months of facts after the ramp"
        alone = self.own & ~self.elsewhere
        comparators = ~self.own & ~self.elsewhere
        if not alone.any():
            return UNKNOWN, method, "wards or people with this scheme and no other"
        if not comparators.any():
            return UNKNOWN, method, "a part of the city without any such scheme"
        used = alone | comparators
        observed, expected = self.observed[used], self.expected[used]
        treated = alone[used]
        if treated.sum() == 1:
            return self._synthetic(observed, expected, treated)
        pair = [
            np.column_stack([v[:, self.before].sum(1), v[:, self.after].sum(1)])
            for v in (observed, expected)
        ]
        change = difference_in_differences(pair[0], pair[1], treated)
        if not change.is_known:
            return change, method, "more events: too few happened to compare"
        trend = pre_trend_p_value(
            *(_quarters(v[:, self.before]) for v in (observed, expected)), treated
        )
        if trend < 0.05:
            return (
                change,
                method,
                "comparators that moved alike before the start "
                f"(these did not, p = {trend:.3f})",
            )
        return change, method, None

    def _synthetic(
        self, observed: Array, expected: Array, treated: Array
    ) -> tuple[Change, str, str | None]:
        """Quarters before the year before, and after the ramp, of one treated ward."""
        before = [_quarters(v[:, self.before]) for v in (observed, expected)]
        after = [_quarters(v[:, self.after]) for v in (observed, expected)]
        change = synthetic_control(
            np.hstack([before[0], after[0]]),
            np.hstack([before[1], after[1]]),
            int(np.flatnonzero(treated)[0]),
            before[0].shape[1],
        )
        problem = None if change.is_known else "twenty wards without such a scheme"
        return change, "synthetic control with placebos", problem

    # --- The questions ---------------------------------------------------------------

    def answers(self) -> list[Answer]:
        """All answers, in the order of the questions."""
        return [
            self._target_population(),
            self._addressable_events(),
            self._neighbourhood_spread(),
            self._overlap(),
            self._likely_benefit(),
            self._year_before_start(),
            self._change_since_start(),
            self._delivered("delivered_to_date"),
            self._delivered("probable_at_year_end"),
            self._what_it_would_take(),
        ]

    def _answer(
        self,
        test: str,
        finding: str,
        sentence: str,
        value: float = float("nan"),
        interval: tuple[float, float] = (float("nan"), float("nan")),
        *,
        method: str,
        unit: str,
        claimed: float = float("nan"),
        level: float = 0.95,
        p_value: float = float("nan"),
        data_needed: str | None = None,
    ) -> Answer:
        return Answer(
            self.scheme.scheme_id,
            self.scheme.scheme_name,
            test,
            QUESTIONS[test],
            finding,
            method,
            unit,
            sentence,
            data_needed if finding == CANNOT_TELL else None,
            claimed,
            value,
            *interval,
            level if np.isfinite(interval[0]) else float("nan"),
            p_value,
        )

    def _unknown(self, test: str, needed: str, method: str, unit: str) -> Answer:
        return self._answer(
            test,
            CANNOT_TELL,
            f"Cannot tell: it would take {needed}.",
            method=method,
            unit=unit,
            data_needed=needed,
        )

    def _target_population(self) -> Answer:
        method = "people of its wards and ages, months of the year before the start"
        if self.strata is not None:
            method = "people on its list who are found and live in its wards"
        if not np.isfinite(self.people):
            return self._unknown(
                "target_population", "facts from before the start", method, "people"
            )
        claimed = self.scheme.claimed_people
        enough = claimed <= self.people * (1 + TOLERANCE)
        return self._answer(
            "target_population",
            YES if enough else NO,
            f"It claims {claimed:,} people; {self.people:,.0f} are counted"
            + (
                "."
                if enough
                else f", {1 - self.people / claimed:.0%} fewer than claimed."
            ),
            self.people,
            self.people_range,
            method=method,
            unit="people",
            claimed=float(claimed),
        )

    def _addressable_events(self) -> Answer:
        method = "events a year of its people before the start, exact Poisson interval"
        unit = "events a year"
        if not np.isfinite(self.events_a_year):
            return self._unknown(
                "addressable_events", "facts from before the start", method, unit
            )
        scheme, (lower, upper) = self.scheme, self.events_range
        most = scheme.claimed_effect * upper
        reached = scheme.claimed_prevented <= most
        needed = scheme.claimed_prevented / max(self.events_a_year, 1e-9)
        return self._answer(
            "addressable_events",
            YES if reached else NO,
            f"Its people had {self.events_a_year:,.0f} such events a year: no more could "
            f"be prevented. The claim of {scheme.claimed_prevented:,.0f} a year is "
            f"{needed:.0%} of them, its claimed effect {scheme.claimed_effect:.0%}.",
            self.events_a_year,
            (lower, upper),
            method=method,
            unit=unit,
            claimed=scheme.claimed_prevented,
        )

    def _neighbourhood_spread(self) -> Answer:
        method = "shrunken ward ratios of two years, share above their lower quartile"
        unit = "share of events"
        if not np.isfinite(self.achievable):
            return self._unknown(
                "neighbourhood_spread", "events from before the start", method, unit
            )
        claimed, upper = self.scheme.claimed_effect, self.achievable_range[1]
        return self._answer(
            "neighbourhood_spread",
            YES if claimed <= upper else NO,
            "If each of its wards came down to the best quarter of the city, "
            f"{self.achievable:.0%} of the events would go "
            f"({self.achievable_range[0]:.0%} to {upper:.0%}); it claims {claimed:.0%}.",
            self.achievable,
            self.achievable_range,
            method=method,
            unit=unit,
            claimed=claimed,
        )

    def _reach(self, scheme: Scheme) -> float:
        """Share of the events of a scheme's wards and ages that are its people's."""
        strata = self.all_strata.get(scheme.scheme_id)
        if strata is None:
            return 1.0
        span = slice(max(0, self.start - YEAR_BEFORE), max(0, self.start))
        events = self.panel.events[scheme.pathway][_wards(scheme, self.panel)]
        there = float(events[:, span][:, :, _cells(scheme, self.panel)].sum())
        return min(1.0, float(strata.member_before.sum()) / max(there, 1.0))

    def _overlap(self) -> Answer:
        method = "claims of one ward and age combined as 1 - prod(1 - r)"
        unit = "events a year claimed twice"
        span = slice(max(0, self.start - 24), max(0, self.start))
        years = (span.stop - span.start) / 12
        if years == 0:
            return self._unknown("overlap", "facts from before the start", method, unit)
        events = self.panel.events[self.scheme.pathway][:, span].sum(axis=1)
        same = [o for o in self.others if o.pathway == self.scheme.pathway]
        own_effect = self.scheme.claimed_effect * self._reach(self.scheme)
        twice, shared, partners = 0.0, 0.0, set()
        for ward in np.flatnonzero(self.own):
            for cell in np.flatnonzero(self.cells):
                also = [o for o in same if self._covers(o, int(ward), int(cell))]
                if not also:
                    continue
                effects = [
                    own_effect,
                    *(o.claimed_effect * self._reach(o) for o in also),
                ]
                counted = sum(effects) - combined_effect(effects)
                count = float(events[ward, cell])
                twice += count * counted * own_effect / sum(effects)
                shared += count
                partners |= {o.scheme_id for o in also}
        claim = own_effect * float(events[self.own][:, self.cells].sum()) / years
        lower, upper = poisson_interval(shared)
        scale = twice / shared / years if shared else 0.0
        whole = float(events[self.own][:, self.cells].sum())
        return self._answer(
            "overlap",
            NO if partners else YES,
            (
                f"{shared / max(whole, 1):.0%} of the events of its wards and ages are "
                f"also claimed by {' and '.join(sorted(partners))}; added up, "
                f"{twice / years:,.1f} of the {claim:,.1f} events a year that its effect "
                "would prevent are counted twice."
                if partners
                else "No other scheme claims the same events of the same people."
            ),
            twice / years,
            (lower * scale, upper * scale),
            method=method,
            unit=unit,
            claimed=claim,
        )

    def _covers(self, other: Scheme, ward: int, cell: int) -> bool:
        return bool(_wards(other, self.panel)[ward] and _cells(other, self.panel)[cell])

    def _ramped(self, first: int, months: int) -> float:
        """Months' worth of full running in `months` from `first` after the start."""
        at = np.arange(first, first + months) + 0.5
        return float(np.clip(at / max(self.scheme.ramp_months, 1e-9), 0, 1).sum())

    def _likely_benefit(self) -> Answer:
        method = (
            "seeded Monte Carlo, cost and ramp uplifted by HM Treasury's optimism bias"
        )
        unit = f"events prevented in {HORIZON_MONTHS} months"
        if not np.isfinite(self.events_a_year + self.achievable):
            return self._unknown(
                "likely_benefit", "events from before the start", method, unit
            )
        scheme = self.scheme
        claimed = scheme.claimed_prevented * self._ramped(0, HORIZON_MONTHS) / 12
        seen = outlook(
            self.events_a_year,
            scheme.claimed_effect,
            self.achievable,
            scheme.ramp_months,
            scheme.cost_a_year,
            self.event_cost,
            claimed,
            HORIZON_MONTHS,
            seed=_seed(scheme, "benefit"),
        )
        low, middle, high = seen.prevented
        money = "What an event costs is not in the feeds."
        if np.isfinite(self.event_cost):
            worst, usual, best = (_pounds(v) for v in seen.net_benefit)
            money = f"Less its cost that is {usual} ({worst} to {best})."
        return self._answer(
            "likely_benefit",
            YES if seen.claim_chance >= 0.5 else NO,
            f"In its first {HORIZON_MONTHS} months it would prevent about {middle:,.0f} "
            f"events ({low:,.0f} to {high:,.0f}, 8 chances in 10) of {claimed:,.0f} "
            f"claimed; the chance of reaching that is {seen.claim_chance:.0%}. {money}",
            middle,
            (low, high),
            method=method,
            unit=unit,
            claimed=claimed,
            level=0.8,
        )

    def _year_before_start(self) -> Answer:
        if self.strata is not None:
            return self._year_before_enrolment()
        method = "year before the start against earlier, difference-in-differences"
        unit = "share above its own earlier level"
        comparators = ~self.own & ~self.elsewhere
        long_enough = self.before.stop - self.before.start >= SHORTEST_BASELINE
        if not long_enough or not comparators.any():
            return self._unknown(
                "year_before_start",
                "two whole years of facts before the start, and wards without a scheme",
                method,
                unit,
            )
        used = self.own | comparators
        height = difference_in_differences(
            *(
                np.column_stack(
                    [v[used][:, self.before].sum(1), v[used][:, self.year].sum(1)]
                )
                for v in (self.observed, self.expected)
            ),
            self.own[used],
        )
        if not height.is_known:
            return self._unknown(
                "year_before_start", "more events before the start", method, unit
            )
        plain = self.naive_change()
        if height.lower > 0:
            finding, reading = NO, "it started at a peak that would have passed"
        elif height.upper < 0:
            finding, reading = YES, "it started in a good year"
        else:
            finding, reading = YES, "not unlike it, as far as chance lets one see"
        return self._answer(
            "year_before_start",
            finding,
            f"The year before the start was {height.share:+.0%} against earlier years "
            f"and the comparators ({height.lower:+.0%} to {height.upper:+.0%}): "
            f"{reading}. A plain before and after would show {plain:+.0%}.",
            height.share,
            (height.lower, height.upper),
            method=method,
            unit=unit,
            p_value=height.p_value,
        )

    def naive_change(self) -> float:
        """Rate of the last year known against that of the year before the start."""
        last = slice(max(self.start, self.end - YEAR_BEFORE), self.end)
        rates = [
            self.observed[self.own, span].sum()
            / max(self.expected[self.own, span].sum(), 1e-9)
            for span in (self.year, last)
        ]
        return float(rates[1] / rates[0] - 1) if rates[0] > 0 else float("nan")

    def _year_before_enrolment(self) -> Answer:
        s = self.strata
        assert s is not None
        method = "people alike who were not enrolled, year before against after"
        unit = "share by which events change without the scheme"
        both = (s.members > 0) & (s.controls > 0)
        weight = s.members[both] / np.maximum(s.controls[both], 1)
        before = float((weight * s.control_before[both]).sum())
        after = float((weight * s.control_after[both]).sum())
        seen = float(s.control_after[both].sum())
        if before == 0 or seen == 0:
            return self._unknown(
                "year_before_start", "more people like those enrolled", method, unit
            )
        fall = after / before - 1
        reach = np.array(poisson_interval(seen)) / seen * after / before - 1
        plain = s.member_after.sum() / max(s.member_before.sum(), 1) - 1
        return self._answer(
            "year_before_start",
            NO if reach[1] < 0 else YES,
            f"People alike who were not enrolled had {fall:+.0%} events in the year "
            f"after against the year before ({reach[0]:+.0%} to {reach[1]:+.0%}): that "
            f"is what passes by itself. Those enrolled show {plain:+.0%} before and "
            "after.",
            fall,
            (float(reach[0]), float(reach[1])),
            method=method,
            unit=unit,
        )

    def _change_since_start(self) -> Answer:
        unit, change = "share by which events changed", self.change
        claimed = -self.scheme.claimed_effect
        if not change.is_known:
            return self._unknown(
                "change_since_start", str(self.problem), self.change_method, unit
            )
        said = (
            f"Events changed by {change.share:+.0%} against the comparator "
            f"({change.lower:+.0%} to {change.upper:+.0%}); claimed is {claimed:+.0%}."
        )
        finding, needed = self.verdict(), None
        if finding == YES:
            said += " It has worked."
        elif finding == NO:
            said += " That rules the claim out."
        else:
            needed = self.problem or self._months_needed()
            said += f" Cannot tell: it would take {needed}."
        return self._answer(
            "change_since_start",
            finding,
            said,
            change.share,
            (change.lower, change.upper),
            method=self.change_method,
            unit=unit,
            claimed=claimed,
            p_value=change.p_value,
            data_needed=needed,
        )

    def verdict(self) -> str:
        """Whether events fell: yes, no (the claim is ruled out), or cannot tell."""
        if self.problem is not None or not self.change.is_known:
            return CANNOT_TELL
        if self.change.upper < 0:
            return YES
        if self.change.lower > -self.scheme.claimed_effect:
            return NO
        return CANNOT_TELL

    def _months_needed(self) -> str:
        """What would let an effect of the claimed size be told from none."""
        wanted = abs(np.log1p(-self.scheme.claimed_effect)) / DETECTABLE_ERRORS
        times = (self.change.log_error / wanted) ** 2
        if self.strata is not None:
            return f"about {max(times, 1.1):.1f} times as many people enrolled"
        months = (self.after.stop - self.after.start) * times
        return f"about {max(months, self.after.stop - self.after.start + 1):.0f} " + (
            "months of full running, or as many more wards"
        )

    def _delivered(self, test: str) -> Answer:
        """Claimed and prevented events of the current financial year."""
        unit = "events prevented in the financial year"
        begin = date(self.as_of.year - (self.as_of.month < 4), 4, 1)
        first = max(self.start, months_between(self.panel.first_month, begin), 0)
        months = max(0, self.end - first)
        left = 0
        if test == "probable_at_year_end":
            left = 12 - self.end + months_between(self.panel.first_month, begin)
        full = self._ramped(first - self.start, months)
        whole = self._ramped(first - self.start, months + left)
        claimed = self.scheme.claimed_prevented * whole / 12
        if self.problem is not None or not self.change.is_known or full == 0:
            return self._answer(
                test,
                CANNOT_TELL,
                f"{claimed:,.0f} events were claimed. What was prevented cannot be told; "
                f"it would take {self.problem or 'a month after the start'}.",
                method=self.change_method,
                unit=unit,
                claimed=claimed,
                data_needed=str(self.problem or "a month after the start"),
            )
        if self.strata is not None:
            happened = float(self.strata.member_after.sum()) * whole / 12
        else:
            happened = float(self.observed[self.own, first : self.end].sum())
            happened *= whole / max(months, 1)
        value, upper, lower = (
            happened * -c / (1 + c)
            for c in (
                max(c, -0.95)
                for c in (self.change.share, self.change.lower, self.change.upper)
            )
        )
        finding = YES if value >= claimed else NO if upper < claimed else CANNOT_TELL
        needed = self._months_needed() if finding == CANNOT_TELL else None
        when = "by the end of the year" if left else "in the year so far"
        return self._answer(
            test,
            finding,
            f"{claimed:,.0f} events were claimed {when}; the change since the start "
            f"makes {value:,.0f} ({lower:,.0f} to {upper:,.0f}).",
            value,
            (lower, upper),
            method=self.change_method,
            unit=unit,
            claimed=claimed,
            data_needed=needed,
        )

    def _what_it_would_take(self) -> Answer:
        method = "people needed at the effect measured, else at that of the best wards"
        unit, scheme = "people", self.scheme
        measured = self.verdict() == YES
        effect = -self.change.share if measured else self.achievable
        low, high = (
            (-self.change.upper, -self.change.lower)
            if measured
            else self.achievable_range
        )
        a_person = self.events_a_year / self.people if self.people else float("nan")
        if not np.isfinite(effect + a_person) or min(effect, a_person) <= 0:
            return self._unknown(
                "what_it_would_take", "an effect somebody has reached", method, unit
            )
        needed, most, least = (
            scheme.claimed_prevented / (a_person * max(e, 1e-3))
            for e in (effect, low, high)
        )
        finding = YES if needed <= self.people else NO
        even = ""
        if np.isfinite(self.event_cost) and self.events_a_year > 0:
            share = scheme.cost_a_year / (self.events_a_year * self.event_cost)
            even = f" To pay for itself it must prevent {share:.0%} of their events."
        return self._answer(
            "what_it_would_take",
            finding,
            f"At an effect of {effect:.0%} "
            f"({'measured' if measured else 'as the best wards have'}) the claim of "
            f"{scheme.claimed_prevented:,.0f} events a year takes {needed:,.0f} people "
            f"({least:,.0f} to {most:,.0f}); it has {self.people:,.0f}.{even}",
            needed,
            (least, most),
            method=method,
            unit=unit,
            claimed=float(scheme.claimed_people),
        )


def _wards(scheme: Scheme, panel: Panel) -> Array:
    """(wards,) booleans: where the scheme works."""
    return np.array([not scheme.wards or ward in scheme.wards for ward in panel.wards])


def _cells(scheme: Scheme, panel: Panel) -> Array:
    """(cells,) booleans: the ages it is for."""
    return (panel.age_from >= scheme.age_from) & (panel.age_from <= scheme.age_to)


def _quarters(monthly: Array) -> Array:
    """(areas, months) as (areas, quarters), without months over at the beginning."""
    spare = monthly.shape[1] % 3
    return monthly[:, spare:].reshape(len(monthly), -1, 3).sum(axis=2)


def _seed(scheme: Scheme, purpose: str) -> int:
    return zlib.crc32(f"{scheme.scheme_id} {purpose}".encode())


def _pounds(value: float) -> str:
    return f"{'-' if value < 0 else ''}£{abs(value):,.0f}"
