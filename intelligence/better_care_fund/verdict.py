"""The rules that turn an estimate into a finding: yes, no or cannot tell.

Every question is put so that yes speaks for the scheme. A rule sees numbers and
intervals only; where there is no estimate the finding is cannot tell.
"""

from __future__ import annotations

from typing import Literal

from intelligence.better_care_fund.estimate import (
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

Finding = Literal["yes", "no", "cannot tell"]
YES: Finding = "yes"
NO: Finding = "no"
CANNOT_TELL: Finding = "cannot tell"

# A claimed number of people this much above the counted one is a matter of rounding.
TOLERANCE = 0.1
# Less of a claim than this counted twice is not worth a board's time.
NEGLIGIBLE_SHARE = 0.01


def _yes_if(condition: bool) -> Finding:
    return YES if condition else NO


def target_population(found: TargetPopulation) -> Finding:
    """Yes if as many people are counted as claimed, give or take TOLERANCE."""
    return _yes_if(found.claimed <= found.number.value * (1 + TOLERANCE))


def addressable_events(found: AddressableEvents) -> Finding:
    """Yes if the claimed effect on the most events likely reaches the claim."""
    return _yes_if(found.claimed <= found.claimed_effect * found.number.upper)


def neighbourhood_spread(found: NeighbourhoodSpread) -> Finding:
    """Yes if the claimed effect is within what the best wards may achieve."""
    return _yes_if(found.claimed <= found.number.upper)


def overlap(found: Overlap) -> Finding:
    """Yes if no more than NEGLIGIBLE_SHARE of the claim is counted twice."""
    return _yes_if(found.number.value <= NEGLIGIBLE_SHARE * found.claimed)


def likely_benefit(found: LikelyBenefit) -> Finding:
    """Yes if the claim is as likely reached as not."""
    return _yes_if(found.claim_chance >= 0.5)


def year_before_start(found: YearBeforeStart | YearBeforeEnrolment) -> Finding:
    """No if the scheme started at a peak that passes by itself, beyond chance.

    That shows in a year that stood above earlier ones, or in events of similar people
    that fell without the scheme.
    """
    if isinstance(found, YearBeforeEnrolment):
        return _yes_if(found.number.upper >= 0)
    return _yes_if(found.number.lower <= 0)


def change_since_start(found: ChangeSinceStart) -> Finding:
    """Yes if events fell beyond chance; no if they cannot have fallen as claimed."""
    if found.found.shows_a_fall:
        return YES
    if found.found.stands and found.number.lower > found.claimed:
        return NO
    return CANNOT_TELL


def delivered(found: Delivered) -> Finding:
    """Yes if as many events were prevented as claimed, no if fewer beyond chance.

    Cannot tell when the data do not show whether there was any effect.
    """
    if isinstance(found.change, Unknown) or not found.number.is_known:
        return CANNOT_TELL
    if change_since_start(found.change) == CANNOT_TELL:
        return CANNOT_TELL
    if found.number.value >= found.claimed:
        return YES
    return NO if found.number.upper < found.claimed else CANNOT_TELL


def what_it_would_take(found: WhatItWouldTake) -> Finding:
    """Yes if the scheme has the people that its claim takes."""
    return _yes_if(found.number.value <= found.people)
