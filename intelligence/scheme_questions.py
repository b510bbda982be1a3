"""Ten questions to every scheme of the Better Care Fund, and their answers.

An answer is yes, no or cannot tell; a question is put so that yes speaks for a scheme.
Shares and changes are 0 to 1, money is pounds, events are whole counts of the
neighbourhood facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from intelligence.appraisal import (
    combined_effect,
    difference_in_differences,
    outlook,
)
from intelligence.rates import exact_limits
from intelligence.schemes import (
    CANNOT_TELL,
    NO,
    NOT_KNOWN,
    SHORTEST_BASELINE,
    YES,
    Case,
    Number,
    Panel,
    Scheme,
    Strata,
    cells_of,
    months_between,
    seed_of,
    wards_of,
)

# A claimed number of people this much above the counted one is a matter of rounding.
TOLERANCE = 0.1
HORIZON_MONTHS = 24
# Less of a claim than this counted twice is not worth a board's time.
NEGLIGIBLE_SHARE = 0.01

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
        for answer in _Questions(
            Case(scheme, schemes, panel, strata, as_of),
            event_cost.get(scheme.pathway, float("nan")),
            as_of,
        ).answers()
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


class _Questions:
    """All answers of one scheme."""

    def __init__(self, case: Case, event_cost: float, as_of: date) -> None:
        self.case, self.event_cost, self.as_of = case, event_cost, as_of

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
        number: Number = NOT_KNOWN,
        *,
        method: str,
        unit: str,
        claimed: float = float("nan"),
        level: float = 0.95,
        p_value: float = float("nan"),
        data_needed: str | None = None,
    ) -> Answer:
        return Answer(
            self.case.scheme.scheme_id,
            self.case.scheme.scheme_name,
            test,
            QUESTIONS[test],
            finding,
            method,
            unit,
            sentence,
            data_needed if finding == CANNOT_TELL else None,
            claimed,
            *number,
            level if np.isfinite(number.lower) else float("nan"),
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
        if self.case.strata is not None:
            method = "people on its list who are found and live in its wards"
        if not np.isfinite(self.case.people.value):
            return self._unknown(
                "target_population", "facts from before the start", method, "people"
            )
        claimed = self.case.scheme.claimed_people
        enough = claimed <= self.case.people.value * (1 + TOLERANCE)
        return self._answer(
            "target_population",
            YES if enough else NO,
            f"It claims {claimed:,} people; {self.case.people.value:,.0f} are counted"
            + (
                "."
                if enough
                else f", {1 - self.case.people.value / claimed:.0%} fewer than claimed."
            ),
            self.case.people,
            method=method,
            unit="people",
            claimed=float(claimed),
        )

    def _addressable_events(self) -> Answer:
        method = "events a year of its people before the start, exact Poisson interval"
        unit = "events a year"
        if not np.isfinite(self.case.events_a_year.value):
            return self._unknown(
                "addressable_events", "facts from before the start", method, unit
            )
        scheme, events = self.case.scheme, self.case.events_a_year
        most = scheme.claimed_effect * events.upper
        reached = scheme.claimed_prevented <= most
        needed = scheme.claimed_prevented / max(events.value, 1e-9)
        return self._answer(
            "addressable_events",
            YES if reached else NO,
            f"Its people had {events.value:,.0f} such events a year: no more can "
            f"be prevented. The claim of {scheme.claimed_prevented:,.0f} a year is "
            f"{needed:.0%} of them, its claimed effect {scheme.claimed_effect:.0%}.",
            events,
            method=method,
            unit=unit,
            claimed=scheme.claimed_prevented,
        )

    def _neighbourhood_spread(self) -> Answer:
        method = "shrunken ward ratios of two years, share above their lower quartile"
        unit = "share of events"
        if not np.isfinite(self.case.achievable.value):
            return self._unknown(
                "neighbourhood_spread", "events from before the start", method, unit
            )
        claimed, upper = self.case.scheme.claimed_effect, self.case.achievable.upper
        return self._answer(
            "neighbourhood_spread",
            YES if claimed <= upper else NO,
            "If each of its wards came down to the best quarter of the city, "
            f"{self.case.achievable.value:.0%} of the events would go "
            f"({self.case.achievable.lower:.0%} to {upper:.0%}). "
            f"Claimed: {claimed:.0%}.",
            self.case.achievable,
            method=method,
            unit=unit,
            claimed=claimed,
        )

    def _overlap(self) -> Answer:
        method = "claims of one ward and age combined as 1 - prod(1 - r)"
        unit, case = "events a year claimed twice", self.case
        if not case.level:
            return self._unknown("overlap", "facts from before the start", method, unit)
        partners = [
            other
            for other in case.others
            if other.pathway == case.scheme.pathway
            and (wards_of(other, case.panel) & case.own).any()
            and (cells_of(other, case.panel) & case.cells).any()
        ]
        # (schemes, wards, cells): share of the cell's events that each reaches.
        reached = np.array(
            [
                case.reach(scheme)
                * np.outer(wards_of(scheme, case.panel), cells_of(scheme, case.panel))
                for scheme in (case.scheme, *partners)
            ]
        )
        claims = np.array([s.claimed_effect for s in (case.scheme, *partners)])
        effect = reached * claims[:, None, None]
        summed = effect.sum(axis=0)
        part = np.divide(effect[0], summed, out=np.zeros_like(summed), where=summed > 0)
        events = case.panel.events[case.scheme.pathway][:, case.level].sum(axis=1)
        events = events * 12 / len(case.level)
        own = reached[0] > 0
        claim = float((events * effect[0]).sum())
        counted_twice = np.maximum(summed - combined_effect(effect), 0) * part
        twice = float((events * counted_twice)[own].sum()) if partners else 0.0
        shared = float((events * combined_effect(reached[1:]))[own].sum())
        known = max(shared * len(case.level) / 12, 1e-9)
        lower, upper = (twice * float(end) / known for end in exact_limits(known))
        names = " and ".join(other.scheme_id for other in partners)
        return self._answer(
            "overlap",
            NO if twice > NEGLIGIBLE_SHARE * claim else YES,
            (
                f"{shared / max(float(events[own].sum()), 1e-9):.0%} of the events of "
                f"its wards and ages are also those of {names}. Of the {claim:,.1f} "
                "events a year that it would prevent at its claimed effect, "
                f"{twice:,.1f} are counted twice."
                if partners
                else "No other scheme claims the same events of the same people."
            ),
            Number(twice, lower, upper),
            method=method,
            unit=unit,
            claimed=claim,
        )

    def _likely_benefit(self) -> Answer:
        method = (
            "seeded Monte Carlo, cost and ramp uplifted by HM Treasury's optimism bias"
        )
        unit = f"events prevented in {HORIZON_MONTHS} months"
        if not np.isfinite(self.case.events_a_year.value + self.case.achievable.value):
            return self._unknown(
                "likely_benefit", "events from before the start", method, unit
            )
        scheme = self.case.scheme
        claimed = (
            scheme.claimed_prevented * self.case.months_in_full(0, HORIZON_MONTHS) / 12
        )
        seen = outlook(
            self.case.events_a_year.value,
            scheme.claimed_effect,
            self.case.achievable.value,
            scheme.ramp_months,
            scheme.cost_a_year,
            self.event_cost,
            claimed,
            HORIZON_MONTHS,
            seed=seed_of(scheme, "benefit"),
        )
        low, middle, high = seen.prevented
        money = "What an event costs is not in the feeds."
        if np.isfinite(self.event_cost):
            worst, usual, best = (_pounds(v) for v in seen.net_benefit)
            money = f"Less its cost that is {usual} ({worst} to {best})."
        return self._answer(
            "likely_benefit",
            YES if seen.claim_chance >= 0.5 else NO,
            f"In its first {HORIZON_MONTHS} months it may prevent about {middle:,.0f} "
            f"events ({low:,.0f} to {high:,.0f}, 8 chances in 10) of {claimed:,.0f} "
            f"claimed; the chance of reaching that is {seen.claim_chance:.0%}. {money}",
            Number(middle, low, high),
            method=method,
            unit=unit,
            claimed=claimed,
            level=0.8,
        )

    def _year_before_start(self) -> Answer:
        if self.case.strata is not None:
            return self._year_before_enrolment(self.case.strata)
        method = "year before the start against earlier, difference-in-differences"
        unit = "share above its own earlier level"
        comparators = ~self.case.own & ~self.case.elsewhere
        long_enough = len(self.case.baseline) >= SHORTEST_BASELINE
        if not long_enough or not self.case.year or not comparators.any():
            return self._unknown(
                "year_before_start",
                "two whole years of facts before the start, and wards without a scheme",
                method,
                unit,
            )
        used = self.case.own | comparators
        height = difference_in_differences(
            self.case.before_and_after(self.case.observed[used], self.case.year),
            self.case.before_and_after(self.case.expected[used], self.case.year),
            self.case.own[used],
        )
        if not height.is_known:
            return self._unknown(
                "year_before_start", "more events before the start", method, unit
            )
        plain = self.case.naive_change()
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
            Number(height.share, height.lower, height.upper),
            method=method,
            unit=unit,
            p_value=height.p_value,
        )

    def _year_before_enrolment(self, s: Strata) -> Answer:
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
        reach = np.array(exact_limits(seen)) / seen * after / before - 1
        plain = s.member_after.sum() / max(s.member_before.sum(), 1) - 1
        return self._answer(
            "year_before_start",
            NO if reach[1] < 0 else YES,
            f"People alike who were not enrolled had {fall:+.0%} events in the year "
            f"after against the year before ({reach[0]:+.0%} to {reach[1]:+.0%}): that "
            f"is what passes by itself. Those enrolled show {plain:+.0%} before and "
            "after.",
            Number(fall, float(reach[0]), float(reach[1])),
            method=method,
            unit=unit,
        )

    def _change_since_start(self) -> Answer:
        unit, change = "share by which events changed", self.case.found.change
        claimed = -self.case.scheme.claimed_effect
        if not change.is_known:
            return self._unknown(
                "change_since_start",
                str(self.case.found.problem),
                self.case.found.method,
                unit,
            )
        said = (
            f"Events changed by {change.share:+.0%} against the comparator "
            f"({change.lower:+.0%} to {change.upper:+.0%}); claimed is {claimed:+.0%}."
        )
        finding, needed = self.case.verdict(), None
        if finding == YES:
            said += " It has worked."
        elif finding == NO:
            said += " That rules the claim out."
        else:
            needed = self.case.found.problem or self.case.wanting()
            said += f" Cannot tell: it would take {needed}."
        return self._answer(
            "change_since_start",
            finding,
            said,
            Number(change.share, change.lower, change.upper),
            method=self.case.found.method,
            unit=unit,
            claimed=claimed,
            p_value=change.p_value,
            data_needed=needed,
        )

    def _delivered(self, test: str) -> Answer:
        """Claimed and prevented events of the current financial year."""
        unit = "events prevented in the financial year"
        begin = date(self.as_of.year - (self.as_of.month < 4), 4, 1)
        began = months_between(self.case.panel.first_month, begin)
        first = max(self.case.start, began, 0)
        months = max(0, self.case.end - first)
        left = 0
        if test == "probable_at_year_end":
            left = 12 - (self.case.end - began)
        full = self.case.months_in_full(first - self.case.start, months)
        whole = self.case.months_in_full(first - self.case.start, months + left)
        claimed = self.case.scheme.claimed_prevented * whole / 12
        change, method, problem = self.case.found
        if full == 0:
            problem = "a month after the start"
        when = "by the end of the year" if test == "probable_at_year_end" else "so far"
        if problem is not None or not change.is_known:
            return self._answer(
                test,
                CANNOT_TELL,
                f"{claimed:,.0f} events were claimed {when}. What came of it cannot be "
                f"told: it would take {problem}.",
                method=method,
                unit=unit,
                claimed=claimed,
                data_needed=problem,
            )
        if self.case.strata is not None:
            happened = float(self.case.strata.member_after.sum()) * whole / 12
        else:
            months_known = self.case.months(first, self.case.end)
            happened = float(self.case.observed[self.case.own][:, months_known].sum())
            happened *= whole / len(months_known)
        # Shares are of what would have happened, which is what happened and more.
        without = happened / (1 + max(change.share, -0.9))
        value, upper, lower = (
            -max(share, -1.0) * without
            for share in (change.share, change.lower, change.upper)
        )
        finding = YES if value >= claimed else NO if upper < claimed else CANNOT_TELL
        if self.case.verdict() == CANNOT_TELL:
            finding = CANNOT_TELL
        return self._answer(
            test,
            finding,
            f"{claimed:,.0f} events were claimed {when}; the change since the start "
            f"makes {value:,.0f} ({lower:,.0f} to {upper:,.0f}).",
            Number(value, lower, upper),
            method=method,
            unit=unit,
            claimed=claimed,
            data_needed=self.case.wanting(),
        )

    def _what_it_would_take(self) -> Answer:
        method = "people needed at the effect measured, else at that of the best wards"
        unit, scheme = "people", self.case.scheme
        measured = self.case.verdict() == YES
        change = self.case.found.change
        effect, low, high = (
            (-change.share, -change.upper, -change.lower)
            if measured
            else self.case.achievable
        )
        people, events = self.case.people.value, self.case.events_a_year.value
        a_person = events / people if people else float("nan")
        if not np.isfinite(effect + a_person) or min(effect, a_person) <= 0:
            return self._unknown(
                "what_it_would_take", "an effect somebody has reached", method, unit
            )
        needed, most, least = (
            scheme.claimed_prevented / (a_person * max(e, 1e-3))
            for e in (effect, low, high)
        )
        finding = YES if needed <= people else NO
        even = ""
        if np.isfinite(self.event_cost) and events > 0:
            share = scheme.cost_a_year / (events * self.event_cost)
            even = f" To pay for itself it must prevent {share:.0%} of their events."
        return self._answer(
            "what_it_would_take",
            finding,
            f"At an effect of {effect:.0%} "
            f"({'measured' if measured else 'as the best wards have'}) the claim of "
            f"{scheme.claimed_prevented:,.0f} events a year takes {needed:,.0f} people "
            f"({least:,.0f} to {most:,.0f}); it has {people:,.0f}.{even}",
            Number(needed, least, most),
            method=method,
            unit=unit,
            claimed=float(scheme.claimed_people),
        )


def _pounds(value: float) -> str:
    return f"{'-' if value < 0 else ''}£{abs(value):,.0f}"
