"""Attendances at emergency departments."""

from __future__ import annotations

import numpy as np

from synthetic_city.city.admissions import (
    ADMISSIONS_VIA_EMERGENCY_A_MONTH,
    ATTENDANCES_A_MONTH,
    NEIGHBOUR_SHARE,
    Given,
    scaled,
)
from synthetic_city.city.lifetimes import first_seen
from synthetic_city.city.stays import inside
from synthetic_city.draw import (
    Calendar,
    Frame,
    Rng,
    chance,
    pick,
    poisson_events,
    stack,
    take,
)


def draw_attendances(rng: Rng, given: Given, spell: Frame) -> Frame:
    """Attendances: those that led to a spell, and others by rate, visitors included.

    spell: in order, without overlaps. Columns as in `Hospital.attendance`.
    """
    seen = stack([_that_led_to(rng, given, spell), _by_rate(rng, given, spell)])
    seen = take(seen, np.lexsort((seen["minute"], seen["day"], seen["person"])))
    _add_details(rng, given, seen)
    return seen


def _that_led_to(rng: Rng, given: Given, spell: Frame) -> Frame:
    """The attendance before each spell that came through the emergency department."""
    via = np.flatnonzero(spell["from_emergency"])
    wait = np.clip(np.exp(rng.normal(5.75, 0.5, len(via))), 40, 1400).astype(np.int64)
    person, start = spell["person"][via], spell["start"][via]
    arrived = spell["arrival_minute"][via] - wait
    day = start + arrived // 1440
    # None before the first day in the city: such an attendance begins at midnight.
    early = day < np.maximum(
        first_seen(given.city, given.who)[person], given.who["birth"][person]
    )
    return {
        "person": person,
        "day": np.where(early, start, day),
        "minute": np.where(early, 1, arrived % 1440),
        "stay_minutes": np.where(
            early, np.maximum(spell["arrival_minute"][via], 2), wait
        ),
        "provider": spell["provider"][via],
        "spell": via,
    }


def _by_rate(rng: Rng, given: Given, spell: Frame) -> Frame:
    """Attendances that led to no spell: by residents, then one by each visitor."""
    city, segment, who = given.city, given.segment, given.who
    person = segment["person"]
    risk = np.interp(
        given.age,
        [0, 1, 4, 10, 18, 24, 40, 60, 75, 85, 95],
        [2.6, 2.3, 1.3, 0.9, 1.1, 1.25, 0.9, 0.75, 1.05, 1.5, 1.8],
    )
    weight = segment["years"] * risk * np.exp(0.2 * who["deprivation"][person])
    weight = weight * given.luck * np.where(segment["home"] >= 0, 1.15, 1.0)
    rest = ATTENDANCES_A_MONTH - ADMISSIONS_VIA_EMERGENCY_A_MONTH
    weight = weight * given.wards.of("emergency_attendance")[segment["ward"]]
    at = poisson_events(rng, scaled(weight, city, rest * 1.015))
    calendar = Calendar.of(
        city.days, (1.13, 1.03, 1.0, 0.98, 0.96, 0.93, 0.97), 0.03, 0.01
    )
    day = calendar.draw(rng, segment["first"][at], segment["last"][at])
    free = ~inside(spell, person[at], day)
    at, day = at[free], day[free]
    provider = chance(rng, NEIGHBOUR_SHARE, len(at)).astype(np.int64)
    visitor = np.arange(given.people.count - given.people.visitors, given.people.count)
    whole_period = (
        np.full(len(visitor), city.first_day),
        np.full(len(visitor), city.last_day),
    )
    day = np.concatenate([day, calendar.draw(rng, *whole_period)])
    size = len(day)
    minute = rng.normal(15 * 60, 300, size).astype(np.int64) % 1440
    stay_minutes = np.clip(np.exp(rng.normal(5.1, 0.55, size)), 5, 1400)
    return {
        "person": np.concatenate([person[at], visitor]),
        "day": day,
        "minute": minute,
        "stay_minutes": stay_minutes.astype(np.int64),
        "provider": np.r_[provider, np.zeros(len(visitor), dtype=np.int64)],
        "spell": np.full(size, -1),
    }


def _add_details(rng: Rng, given: Given, seen: Frame) -> None:
    """How they came, where to, with what, how urgent, and how they left."""
    size = len(seen["person"])
    age = given.age_at(seen["person"], seen["day"])
    led = seen["spell"] >= 0
    by_ambulance = np.interp(age, [0, 20, 60, 80, 95], [0.08, 0.15, 0.3, 0.6, 0.8])
    seen["ambulance"] = chance(
        rng, np.minimum(by_ambulance * np.where(led, 1.35, 0.8), 0.96), size
    )
    department = np.array([1, 2, 3, 5])[pick(rng, (83, 2, 12, 3), size)]
    seen["department"] = np.where(led | seen["ambulance"], 1, department)
    seen["complaint"] = rng.integers(0, 12, size)
    seen["acuity"] = np.where(
        led, pick(rng, (5, 30, 55, 9, 1), size), pick(rng, (0.5, 7, 38, 46, 8.5), size)
    )
    repeat = np.r_[
        False,
        (seen["person"][1:] == seen["person"][:-1])
        & (seen["day"][1:] - seen["day"][:-1] <= 7),
    ]
    seen["category"] = np.where(repeat, np.where(chance(rng, 0.15, size), 4, 2), 1)
    left = pick(rng, (94, 3, 3), size)
    seen["status"] = np.where(led, 0, left)
