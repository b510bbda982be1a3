"""What the data say on each question about a scheme: numbers with their intervals.

Shares and changes are 0 to 1 (a fall is negative), money is pounds, events are counts
of the neighbourhood facts. `verdict` turns an estimate into a finding, `sentence` says
it in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from intelligence.better_care_fund.case import Case, seed_of
from intelligence.better_care_fund.change import (
    SHORTEST_BASELINE,
    Found,
    change_since_start,
    needed_to_tell,
    plain_change,
)
from intelligence.better_care_fund.schemes import (
    NOT_KNOWN,
    Number,
    Scheme,
    Strata,
    cells_of,
    months_between,
    wards_of,
)
from intelligence.statistics.appraisal import (
    combined_effect,
    difference_in_differences,
    outlook,
)
from intelligence.statistics.rates import exact_limits

HORIZON_MONTHS = 24
_NONE = float("nan")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What the data say on one question.

    number: what was found, with the interval of `level`. claimed: what the scheme
    claims, in the same unit; nan when its papers claim nothing of the kind. p_value:
    nan where nothing is compared. needed: data that would settle the question if it
    cannot be answered.
    """

    method: str
    unit: str
    number: Number = NOT_KNOWN
    claimed: float = _NONE
    level: float = 0.95
    p_value: float = _NONE
    needed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unknown(Estimate):
    """No estimate: the data do not allow one, and `needed` says what would."""

    needed: str


@dataclass(frozen=True, kw_only=True)
class TargetPopulation(Estimate):
    """People counted, beside those claimed."""


@dataclass(frozen=True, kw_only=True)
class AddressableEvents(Estimate):
    """Events a year of its people, beside those that it claims to prevent."""

    claimed_effect: float


@dataclass(frozen=True, kw_only=True)
class NeighbourhoodSpread(Estimate):
    """Share of events above the best quarter of wards, beside the claimed effect."""


@dataclass(frozen=True, kw_only=True)
class Overlap(Estimate):
    """Events a year claimed twice; claimed: events that it would prevent alone.

    partners: schemes that claim events of the same people. shared_share: share of the
    events of its wards and ages that are also theirs.
    """

    partners: tuple[str, ...]
    shared_share: float


@dataclass(frozen=True, kw_only=True)
class LikelyBenefit(Estimate):
    """Events prevented over HORIZON_MONTHS, with an interval of 8 chances in 10.

    claim_chance: of preventing what is claimed. net_benefit: in pounds, unknown when
    an event has no price.
    """

    claim_chance: float
    net_benefit: Number


@dataclass(frozen=True, kw_only=True)
class YearBeforeStart(Estimate):
    """How far the year before the start stood above earlier years and comparators.

    plain_change: what a before and after without comparator shows; nan when unknown.
    """

    plain_change: float


@dataclass(frozen=True, kw_only=True)
class YearBeforeEnrolment(Estimate):
    """How events of similar people changed who were not enrolled.

    plain_change: that of those enrolled.
    """

    plain_change: float


@dataclass(frozen=True, kw_only=True)
class ChangeSinceStart(Estimate):
    """Share by which events changed; claimed: the change that the scheme claims."""

    found: Found


@dataclass(frozen=True, kw_only=True)
class Delivered(Estimate):
    """Events prevented in the financial year, so far or by its end.

    number: unknown when the change since the start is. change: that change.
    """

    change: ChangeSinceStart | Unknown
    by_year_end: bool


@dataclass(frozen=True, kw_only=True)
class WhatItWouldTake(Estimate):
    """People needed to reach the claim.

    effect: share of events that is taken to be prevented. is_measured: whether it was
    measured, or is that of the best wards. people: that the scheme has.
    break_even_effect: share of events that pays for its cost; nan when unknown.
    """

    effect: float
    is_measured: bool
    people: float
    break_even_effect: float


def estimates(case: Case) -> dict[str, Estimate]:
    """All estimates of one scheme, by the name of the question."""
    found = change_since_start(case)
    change = _change(case, found)
    return {
        "target_population": target_population(case),
        "addressable_events": addressable_events(case),
        "neighbourhood_spread": neighbourhood_spread(case),
        "overlap": overlap(case),
        "likely_benefit": likely_benefit(case),
        "year_before_start": year_before_start(case),
        "change_since_start": change,
        "delivered_to_date": delivered(case, found, change, by_year_end=False),
        "probable_at_year_end": delivered(case, found, change, by_year_end=True),
        "what_it_would_take": what_it_would_take(case, found),
    }


def target_population(case: Case) -> TargetPopulation | Unknown:
    """People whom the scheme is for: counted beside claimed."""
    method = (
        "people of its ages in its wards, monthly average of the year before the start"
    )
    if case.strata is not None:
        method = "people on its list who were found and live in its wards"
    if not case.people.is_known:
        return Unknown(
            method=method, unit="people", needed="data from before the start"
        )
    return TargetPopulation(
        method=method,
        unit="people",
        number=case.people,
        claimed=float(case.scheme.claimed_people),
    )


def addressable_events(case: Case) -> AddressableEvents | Unknown:
    """Events a year of its people before the start, beside those claimed."""
    method = "events a year among its people before the start, exact Poisson interval"
    unit = "events a year"
    if not case.events_a_year.is_known:
        return Unknown(method=method, unit=unit, needed="data from before the start")
    return AddressableEvents(
        method=method,
        unit=unit,
        number=case.events_a_year,
        claimed=case.scheme.claimed_prevented,
        claimed_effect=case.scheme.claimed_effect,
    )


def neighbourhood_spread(case: Case) -> NeighbourhoodSpread | Unknown:
    """Share of events that its wards have above the best quarter of the city's."""
    method = "shrunken ward ratios of two years, share above their lower quartile"
    unit = "share of events"
    if not case.achievable.is_known:
        return Unknown(method=method, unit=unit, needed="events from before the start")
    return NeighbourhoodSpread(
        method=method,
        unit=unit,
        number=case.achievable,
        claimed=case.scheme.claimed_effect,
    )


def overlap(case: Case) -> Overlap | Unknown:
    """Events that more than one scheme claims to prevent."""
    method = "claims for the same ward and age combined as 1 - prod(1 - r)"
    unit = "events a year claimed twice"
    if not case.level:
        return Unknown(method=method, unit=unit, needed="data from before the start")
    partners = _partners(case)
    together = (case.scheme, *partners)
    # (schemes, wards, cells): share of the cell's events that each reaches.
    reached = np.array(
        [
            case.reach(scheme)
            * np.outer(wards_of(scheme, case.panel), cells_of(scheme, case.panel))
            for scheme in together
        ]
    )
    effect = reached * np.array([s.claimed_effect for s in together])[:, None, None]
    summed = effect.sum(axis=0)
    part = np.divide(effect[0], summed, out=np.zeros_like(summed), where=summed > 0)
    events = case.panel.events[case.scheme.pathway][:, case.level].sum(axis=1)
    events = events * 12 / len(case.level)
    own = reached[0] > 0
    counted_twice = np.maximum(summed - combined_effect(effect), 0) * part
    twice = float((events * counted_twice)[own].sum()) if partners else 0.0
    shared = float((events * combined_effect(reached[1:]))[own].sum())
    counted = max(shared * len(case.level) / 12, 1e-9)
    lower, upper = (twice * float(end) / counted for end in exact_limits(counted))
    return Overlap(
        method=method,
        unit=unit,
        number=Number(twice, lower, upper),
        claimed=float((events * effect[0]).sum()),
        partners=tuple(other.scheme_id for other in partners),
        shared_share=shared / max(float(events[own].sum()), 1e-9),
    )


def _partners(case: Case) -> list[Scheme]:
    """Other schemes that claim the same events in one of its wards and ages."""
    return [
        other
        for other in case.others
        if other.pathway == case.scheme.pathway
        and (wards_of(other, case.panel) & case.own).any()
        and (cells_of(other, case.panel) & case.cells).any()
    ]


def likely_benefit(case: Case) -> LikelyBenefit | Unknown:
    """Events that the scheme may prevent in its first months, and what they are worth.

    Says nothing of what happened: it is the outlook on the day of the start.
    """
    method = "Monte Carlo, cost and ramp-up uplifted for optimism bias (HM Treasury)"
    unit = f"events prevented in {HORIZON_MONTHS} months"
    if not (case.events_a_year.is_known and case.achievable.is_known):
        return Unknown(method=method, unit=unit, needed="events from before the start")
    scheme = case.scheme
    claimed = scheme.claimed_prevented * case.months_in_full(0, HORIZON_MONTHS) / 12
    seen = outlook(
        case.events_a_year.value,
        scheme.claimed_effect,
        case.achievable.value,
        scheme.ramp_months,
        scheme.cost_a_year,
        case.event_cost,
        claimed,
        HORIZON_MONTHS,
        seed=seed_of(scheme, "benefit"),
    )
    low, middle, high = seen.prevented
    worst, usual, best = seen.net_benefit
    return LikelyBenefit(
        method=method,
        unit=unit,
        number=Number(middle, low, high),
        claimed=claimed,
        level=0.8,
        claim_chance=seen.claim_chance,
        net_benefit=Number(usual, worst, best),
    )


def year_before_start(case: Case) -> YearBeforeStart | YearBeforeEnrolment | Unknown:
    """Whether the scheme started at a peak that would have passed without it."""
    if case.strata is not None:
        return _year_before_enrolment(case.strata)
    method = "year before the start compared with earlier, difference-in-differences"
    unit = "share above its own earlier level"
    comparators = ~case.own & ~case.elsewhere
    long_enough = len(case.baseline) >= SHORTEST_BASELINE
    if not long_enough or not case.year or not comparators.any():
        needed = "two full years of data before the start, and wards without a scheme"
        return Unknown(method=method, unit=unit, needed=needed)
    used = case.own | comparators
    height = difference_in_differences(
        case.before_and_after(case.observed[used], case.year),
        case.before_and_after(case.expected[used], case.year),
        case.own[used],
    )
    if not height.is_known:
        needed = "more events before the start"
        return Unknown(method=method, unit=unit, needed=needed)
    return YearBeforeStart(
        method=method,
        unit=unit,
        number=Number(height.share, height.lower, height.upper),
        p_value=height.p_value,
        plain_change=plain_change(case),
    )


def _year_before_enrolment(strata: Strata) -> YearBeforeEnrolment | Unknown:
    method = (
        "similar people who were not enrolled, year after compared with year before"
    )
    unit = "share by which events change without the scheme"
    both = (strata.members > 0) & (strata.controls > 0)
    weight = strata.members[both] / np.maximum(strata.controls[both], 1)
    before = float((weight * strata.control_before[both]).sum())
    after = float((weight * strata.control_after[both]).sum())
    seen = float(strata.control_after[both].sum())
    if before == 0 or seen == 0:
        needed = "more people similar to those enrolled"
        return Unknown(method=method, unit=unit, needed=needed)
    lower, upper = np.array(exact_limits(seen)) / seen * after / before - 1
    plain = strata.member_after.sum() / max(strata.member_before.sum(), 1) - 1
    return YearBeforeEnrolment(
        method=method,
        unit=unit,
        number=Number(after / before - 1, float(lower), float(upper)),
        plain_change=float(plain),
    )


def _change(case: Case, found: Found) -> ChangeSinceStart | Unknown:
    """The change since the start as an estimate."""
    unit = "share by which events changed"
    if not found.change.is_known:
        return Unknown(method=found.method, unit=unit, needed=str(found.problem))
    return ChangeSinceStart(
        method=found.method,
        unit=unit,
        number=found.number,
        claimed=-case.scheme.claimed_effect,
        p_value=found.change.p_value,
        needed=found.problem or needed_to_tell(case, found),
        found=found,
    )


def delivered(
    case: Case, found: Found, change: ChangeSinceStart | Unknown, *, by_year_end: bool
) -> Delivered:
    """Claimed and prevented events of the financial year, so far or by its end."""
    unit = "events prevented in the financial year"
    begin = date(case.as_of.year - (case.as_of.month < 4), 4, 1)
    began = months_between(case.panel.first_month, begin)
    first = max(case.start, began, 0)
    months = max(0, case.end - first)
    left = 12 - (case.end - began) if by_year_end else 0
    full = case.months_in_full(first - case.start, months)
    whole = case.months_in_full(first - case.start, months + left)
    claimed = case.scheme.claimed_prevented * whole / 12
    problem = "at least a month of data after the start" if full == 0 else found.problem
    if problem is not None or not found.change.is_known:
        return Delivered(
            method=found.method,
            unit=unit,
            claimed=claimed,
            needed=problem,
            change=change,
            by_year_end=by_year_end,
        )
    if case.strata is not None:
        happened = float(case.strata.member_after.sum()) * whole / 12
    else:
        months_known = case.months(first, case.end)
        happened = float(case.observed[case.own][:, months_known].sum())
        happened *= whole / len(months_known)
    # Shares are of what would have happened, which is what happened and more.
    without = happened / (1 + max(found.change.share, -0.9))
    value, upper, lower = (-max(share, -1.0) * without for share in found.number)
    return Delivered(
        method=found.method,
        unit=unit,
        number=Number(value, lower, upper),
        claimed=claimed,
        needed=needed_to_tell(case, found),
        change=change,
        by_year_end=by_year_end,
    )


def what_it_would_take(case: Case, found: Found) -> WhatItWouldTake | Unknown:
    """People needed to prevent what is claimed."""
    method = "people needed at the measured effect, or else at that of the best wards"
    scheme, people = case.scheme, case.people.value
    events = case.events_a_year.value
    measured = found.shows_a_fall
    effect, low, high = case.achievable
    if measured:
        effect, high, low = (-share for share in found.number)
    a_person = events / people if people else _NONE
    if not np.isfinite(effect + a_person) or min(effect, a_person) <= 0:
        needed = "an effect that was measured, or that some wards achieve"
        return Unknown(method=method, unit="people", needed=needed)
    people_needed, most, least = (
        scheme.claimed_prevented / (a_person * max(e, 1e-3))
        for e in (effect, low, high)
    )
    break_even = _NONE
    if np.isfinite(case.event_cost) and events > 0:
        break_even = scheme.cost_a_year / (events * case.event_cost)
    return WhatItWouldTake(
        method=method,
        unit="people",
        number=Number(people_needed, least, most),
        claimed=float(scheme.claimed_people),
        effect=effect,
        is_measured=measured,
        people=people,
        break_even_effect=break_even,
    )
