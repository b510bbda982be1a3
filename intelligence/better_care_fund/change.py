"""How events changed since the start of a scheme, against a comparator.

A scheme that enrols people is compared with similar people, one that works in several
wards with the other wards, one that works in a single ward with its synthetic control.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from intelligence.better_care_fund.case import YEAR_BEFORE, Case
from intelligence.better_care_fund.schemes import Array, Number
from intelligence.statistics.appraisal import (
    UNKNOWN,
    Change,
    difference_in_differences,
    matched_change,
    pre_trend_p_value,
    synthetic_control,
)

SHORTEST_BASELINE = 12
SHORTEST_AFTER = 6
# Below this p-value, treated and comparator areas already drifted apart before.
PRE_TREND_LEVEL = 0.05
# Standard errors between no effect and one that is found in 8 of 10 trials at 5 %.
DETECTABLE_ERRORS = 2.8
# Beyond so many months of waiting, more wards or more people are the better advice.
LONGEST_WAIT = 60


class Found(NamedTuple):
    """A change since the start, by which method, and why it cannot be relied on.

    problem: the data that would be needed instead; None when the change stands.
    """

    change: Change
    method: str
    problem: str | None

    @property
    def stands(self) -> bool:
        """Whether there is a change with an interval, and nothing against it."""
        return self.problem is None and self.change.is_known

    @property
    def shows_a_fall(self) -> bool:
        """Whether events fell, by more than chance."""
        return self.stands and self.change.upper < 0

    @property
    def number(self) -> Number:
        """The change as a share, with its interval."""
        return Number(self.change.share, self.change.lower, self.change.upper)


def change_since_start(case: Case) -> Found:
    """Change of the events of a scheme since its start, by the method that fits it."""
    if case.strata is not None:
        return _of_people_enrolled(case)
    method = "difference-in-differences of log rates"
    if len(case.baseline) < SHORTEST_BASELINE:
        return Found(UNKNOWN, method, "two full years of data before the start")
    if len(case.after) < SHORTEST_AFTER:
        return Found(UNKNOWN, method, "six months of data after the ramp-up")
    alone = case.own & ~case.elsewhere
    comparators = ~case.own & ~case.elsewhere
    if not alone.any():
        return Found(UNKNOWN, method, "wards or people that only this scheme reaches")
    if not comparators.any():
        return Found(
            UNKNOWN, method, "wards that no scheme for people of these ages reaches"
        )
    used = alone | comparators
    observed, expected = case.observed[used], case.expected[used]
    if alone.sum() == 1:
        return _of_one_ward(case, observed, expected, alone[used])
    return _of_wards(case, observed, expected, alone[used], method)


def _of_people_enrolled(case: Case) -> Found:
    s = case.strata
    assert s is not None
    change = matched_change(
        s.members,
        s.member_after,
        s.controls,
        s.control_after,
        s.member_squares,
        s.control_squares,
    )
    problem = None if change.is_known else "more people enrolled"
    return Found(change, "matched people", problem)


def _of_wards(
    case: Case, observed: Array, expected: Array, treated: Array, method: str
) -> Found:
    """Difference-in-differences, held against the trend before the start.

    observed, expected: (areas, months); treated: (areas,) booleans.
    """
    change = difference_in_differences(
        case.before_and_after(observed, case.after),
        case.before_and_after(expected, case.after),
        treated,
    )
    if not change.is_known:
        return Found(change, method, "more events (too few happened to compare)")
    trend = pre_trend_p_value(
        _quarters(observed[:, case.baseline]),
        _quarters(expected[:, case.baseline]),
        treated,
    )
    if trend < PRE_TREND_LEVEL:
        return Found(
            change,
            method,
            "comparators with the same trend before the start "
            f"(these had a different one, p = {trend:.3f})",
        )
    return Found(change, method, None)


def _of_one_ward(case: Case, observed: Array, expected: Array, treated: Array) -> Found:
    """Synthetic control over quarters, without the year before the start and the ramp.

    observed, expected: (areas, months); treated: (areas,) booleans, one of them true.
    """
    before = [_quarters(v[:, case.baseline]) for v in (observed, expected)]
    after = [_quarters(v[:, case.after]) for v in (observed, expected)]
    change = synthetic_control(
        np.hstack([before[0], after[0]]),
        np.hstack([before[1], after[1]]),
        int(np.flatnonzero(treated)[0]),
        before[0].shape[1],
    )
    problem = None if change.is_known else "twenty wards without such a scheme"
    return Found(change, "synthetic control with placebos", problem)


def needed_to_tell(case: Case, found: Found) -> str:
    """What it would take to distinguish an effect of the claimed size from none."""
    wanted = abs(np.log1p(-case.scheme.claimed_effect)) / DETECTABLE_ERRORS
    times = (found.change.log_error / wanted) ** 2
    if case.strata is not None:
        return f"about {max(times, 1.1):.1f} times as many people enrolled"
    months = len(case.after) * max(times, 1.1)
    if months > LONGEST_WAIT:
        return f"about {times:,.0f} times as many events (more wards or more people)"
    return f"about {months:.0f} months with the scheme fully running"


def plain_change(case: Case) -> float:
    """Rate of the last year known against that of the year before the start.

    A share; nan without an event in the year before. It is what a report without a
    comparator would show.
    """
    last = case.months(max(case.start, case.end - YEAR_BEFORE), case.end)
    observed, expected = case.observed[case.own], case.expected[case.own]
    rates = [
        observed[:, span].sum() / max(expected[:, span].sum(), 1e-9)
        for span in (case.year, last)
    ]
    return float(rates[1] / rates[0] - 1) if rates[0] > 0 else float("nan")


def _quarters(monthly: Array) -> Array:
    """(areas, months) as (areas, quarters), without months over at the beginning."""
    spare = monthly.shape[1] % 3
    quarters: Array = monthly[:, spare:].reshape(len(monthly), -1, 3).sum(axis=2)
    return quarters
