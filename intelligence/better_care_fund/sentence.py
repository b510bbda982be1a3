"""The answers in English, one sentence or two that a board can read.

Sentences say numbers and intervals of an estimate and the finding drawn from them.
"""

from __future__ import annotations

import numpy as np

from intelligence.better_care_fund.estimate import (
    HORIZON_MONTHS,
    AddressableEvents,
    ChangeSinceStart,
    Delivered,
    LikelyBenefit,
    NeighbourhoodSpread,
    Overlap,
    TargetPopulation,
    Unknown,
    WhatItWouldTake,
    YearBeforeEnrolment,
    YearBeforeStart,
)
from intelligence.better_care_fund.schemes import Number
from intelligence.better_care_fund.verdict import NO, YES, Finding


def unknown(found: Unknown) -> str:
    """What would be needed for an answer."""
    return f"Cannot tell: this needs {found.needed}."


def target_population(found: TargetPopulation, finding: Finding) -> str:
    """People claimed and people counted."""
    claimed, counted = found.claimed, found.number.value
    said = (
        f"The scheme claims to reach {claimed:,.0f} people; the data show "
        f"{counted:,.0f}"
    )
    return said + ("." if finding == YES else f", {1 - counted / claimed:.0%} fewer.")


def addressable_events(found: AddressableEvents, finding: Finding) -> str:
    """Events there were, events claimed, and what share that is."""
    share = found.claimed / max(found.number.value, 1e-9)
    return (
        f"Before the start, its people had {_events(found.number.value, 'such ')} a "
        "year; it cannot prevent more than that. The scheme claims to prevent "
        f"{found.claimed:,.0f} a year, {share:.0%} of them; its claimed effect is "
        f"{found.claimed_effect:.0%}."
    )


def neighbourhood_spread(found: NeighbourhoodSpread, finding: Finding) -> str:
    """What the best wards achieve, and what is claimed."""
    return (
        "If each of its wards matched the best quarter of the city's wards, "
        f"{found.number.value:.0%} of the events would be avoided "
        f"({_range(found.number, '.0%')}). The scheme claims {found.claimed:.0%}."
    )


def overlap(found: Overlap, finding: Finding) -> str:
    """Which schemes claim the same events, and how many count twice."""
    if not found.partners:
        return "No other scheme claims the same events of the same people."
    others = " and ".join(found.partners)
    return (
        f"{found.shared_share:.0%} of the events in its wards and age range are also "
        f"claimed by {others}. Of the {found.claimed:,.1f} events a year that it would "
        f"prevent at its claimed effect, {found.number.value:,.1f} are counted twice."
    )


def likely_benefit(found: LikelyBenefit, finding: Finding) -> str:
    """Events likely prevented, the chance of the claim, and the net benefit."""
    money = "The feeds do not say what an event costs."
    net = found.net_benefit
    if net.is_known:
        money = (
            f"After its costs, the net benefit is {_pounds(net.value)} "
            f"({_pounds(net.lower)} to {_pounds(net.upper)})."
        )
    return (
        f"In its first {HORIZON_MONTHS} months it is likely to prevent about "
        f"{_events(found.number.value)} (80% interval "
        f"{_range(found.number, ',.0f')}); the scheme claims {found.claimed:,.0f}. The "
        f"chance of reaching the claim is {found.claim_chance:.0%}. {money}"
    )


def year_before_start(
    found: YearBeforeStart | YearBeforeEnrolment, finding: Finding
) -> str:
    """How unusual the year before was, and what a plain comparison would show."""
    interval = _range(found.number, "+.0%")
    if isinstance(found, YearBeforeEnrolment):
        return (
            f"Similar people who were not enrolled had {_fewer(found.number.value)} "
            f"events in the year after than in the year before ({interval}): this "
            "would have happened without the scheme. Those enrolled had "
            f"{_fewer(found.plain_change)} events."
        )
    reading = "the difference may be due to chance"
    if finding == NO:
        reading = "the scheme started at a peak that would have passed without it"
    elif found.number.upper < 0:
        reading = "the scheme started after a good year"
    said = (
        f"Events in the year before the start were {_higher(found.number.value)} in "
        f"earlier years, relative to other wards ({interval}): {reading}."
    )
    if not np.isfinite(found.plain_change):
        return said
    plain = f"{found.plain_change:+.0%}"
    return f"{said} A simple before-and-after comparison would show {plain}."


def change_since_start(found: ChangeSinceStart, finding: Finding) -> str:
    """How events changed, what is claimed, and what follows from it."""
    conclusion = f"Cannot tell: this needs {found.needed}."
    if finding == YES:
        conclusion = "This is evidence that it has worked."
    elif finding == NO:
        conclusion = "This rules out the claimed effect."
    return (
        f"Events {_moved(found.number.value)} relative to the comparator "
        f"({_range(found.number, '+.0%')}); the scheme claims a fall of "
        f"{-found.claimed:.0%}. {conclusion}"
    )


def delivered(found: Delivered, finding: Finding) -> str:
    """Events claimed and events prevented in the financial year."""
    when = "so far this financial year"
    if found.by_year_end:
        when = "by the end of the financial year"
    said = f"The scheme claims {_events(found.claimed)} prevented {when}"
    if not found.number.is_known:
        return (
            f"{said}. How many it has prevented is not known: this needs "
            f"{found.needed}."
        )
    return (
        f"{said}; the change since the start implies {found.number.value:,.0f} "
        f"({_range(found.number, ',.0f')})."
    )


def what_it_would_take(found: WhatItWouldTake, finding: Finding) -> str:
    """People needed and people there are, and the effect at which it breaks even."""
    source = "as measured" if found.is_measured else "as in the best wards"
    even = ""
    if np.isfinite(found.break_even_effect):
        even = (
            f" To pay for itself it must prevent {found.break_even_effect:.0%} of "
            "their events."
        )
    return (
        f"At an effect of {found.effect:.0%} ({source}), reaching the claim would take "
        f"{found.number.value:,.0f} people ({_range(found.number, ',.0f')}); the "
        f"scheme has {found.people:,.0f}.{even}"
    )


def _range(number: Number, style: str) -> str:
    return f"{number.lower:{style}} to {number.upper:{style}}"


def _events(count: float, which: str = "") -> str:
    number = f"{count:,.0f}"
    return f"{number} {which}event{'' if number == '1' else 's'}"


def _fewer(change: float) -> str:
    """A change (share) of a number of events: 12% fewer."""
    return f"{abs(change):.0%} {'fewer' if change < 0 else 'more'}"


def _higher(change: float) -> str:
    """A change (share) against a level: 12% higher than."""
    if f"{abs(change):.0%}" == "0%":
        return "about the same as"
    return f"{abs(change):.0%} {'lower' if change < 0 else 'higher'} than"


def _moved(change: float) -> str:
    """A change (share) as a movement: fell by 12%."""
    if f"{abs(change):.0%}" == "0%":
        return "hardly changed"
    return f"{'fell' if change < 0 else 'rose'} by {abs(change):.0%}"


def _pounds(value: float) -> str:
    return f"{'-' if value < 0 else ''}£{abs(value):,.0f}"
