"""Births, deaths, entries to care homes, and how long people stay in the city."""

from __future__ import annotations

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Frame,
    Rng,
    chance,
    poisson_events,
)

# Gompertz mortality: yearly hazard at age 0 (extrapolated) and its growth with age.
_HAZARD_AT_ZERO = 2.0e-5
_HAZARD_GROWTH = 0.0985
_CARE_HOME_HAZARD = 2.2

# People 65+ living in care homes at the start, and yearly entries, by age band.
_CARE_AGES = (65, 75, 85, 95)
_CARE_SHARE = (0.006, 0.030, 0.135, 0.24)
_CARE_ENTRY = (0.0026, 0.0105, 0.044, 0.085)


def draw_births(rng: Rng, city: settings.City, who: Frame) -> Frame:
    """Children born in the city in the period, with their mothers; 1.5 % twins."""
    first = np.maximum(who["arrival"], city.first_day)
    last = np.minimum(who["last_day"], city.last_day)
    age = ((first + last) / 2 - who["birth"]) / YEAR
    rate = np.interp(
        age, [15, 18, 22, 30, 34, 40, 46], [0, 0.02, 0.06, 0.11, 0.1, 0.04, 0]
    )
    rate = rate * (who["female"] == 1) * (1 + 0.4 * (who["partner"] >= 0))
    rate = rate * np.exp(0.12 * who["deprivation"]) * (who["care_day"] == OPEN)
    years = np.maximum(last - first + 1, 0) / YEAR
    expected = rate * years
    target = settings.YEARLY_BIRTHS * city.people * city.years
    mother = poisson_events(rng, expected * target / max(expected.sum(), 1.0))
    born = first[mother] + (
        rng.random(len(mother)) * (last - first + 1)[mother]
    ).astype(np.int64)
    order = np.lexsort((born, mother))
    mother, born = mother[order], born[order]
    too_soon = np.r_[False, (mother[1:] == mother[:-1]) & (born[1:] - born[:-1] < 330)]
    mother, born = mother[~too_soon], born[~too_soon]
    times = np.where(chance(rng, 0.015, len(mother)), 2, 1)
    mother, born = np.repeat(mother, times), np.repeat(born, times)
    return {"mother": mother, "birth": born}


def death_days(
    rng: Rng, start: Array, birth: Array, care_day: Array, frailty: Array
) -> Array:
    """Day of death by inverting the Gompertz hazard, which is higher in a care home."""
    need = rng.exponential(1.0, len(start)) / frailty
    slope = _HAZARD_GROWTH
    level = _HAZARD_AT_ZERO / slope
    age = np.maximum(start - birth, 0) / YEAR
    care_age = np.maximum(age, (np.minimum(care_day, 10**6) - birth) / YEAR)
    care_age = np.minimum(care_age, 200)
    at_home = level * (np.exp(slope * care_age) - np.exp(slope * age))
    died_home = np.log(np.exp(slope * age) + need / level) / slope
    left = np.maximum(need - at_home, 0) / _CARE_HOME_HAZARD
    died_care = np.log(np.exp(slope * care_age) + left / level) / slope
    age_at_death = np.where(need < at_home, died_home, died_care)
    after = np.ceil((age_at_death - age) * YEAR).astype(np.int64)
    day: Array = start + np.maximum(after, 1)
    return day


def care_home_days(
    rng: Rng, city: settings.City, start: Array, birth: Array, pressure: Array
) -> Array:
    """First day in a care home (OPEN if never); some live in one at the start.

    pressure: how much likelier than others of their age each person is to enter one.
    """
    age = (start - birth) / YEAR
    band = np.searchsorted(_CARE_AGES, age, side="right") - 1
    share = np.where(band >= 0, np.array(_CARE_SHARE)[band], 0.0) * pressure
    resident = (start <= city.first_day) & chance(rng, share, len(age))
    since = start - rng.integers(0, 900, len(age))
    middle = np.searchsorted(_CARE_AGES, age + city.years / 2, side="right") - 1
    rate = np.where(middle >= 0, np.array(_CARE_ENTRY)[middle], 0.0) * pressure
    wait = rng.exponential(1.0, len(age)) / np.maximum(rate, 1e-9) * YEAR
    enters = start + 30 + np.minimum(wait, 10**6).astype(np.int64)
    day = np.where(resident, since, np.where(enters <= city.last_day, enters, OPEN))
    return np.where(age < 63, OPEN, day)


def cut_lives(city: settings.City, who: Frame, departure: Array) -> None:
    """Cut lives at departure and at the end of the period; add the last day."""
    stays = departure > who["care_day"]
    departure = np.where(stays, OPEN, departure)
    departure = np.where(departure > who["death"], OPEN, departure)
    who["departure"] = np.where(departure <= city.last_day, departure, OPEN)
    gone = who["departure"] < OPEN
    seen = (who["death"] <= city.last_day) & ~gone
    who["death"] = np.where(seen, who["death"], OPEN)
    who["last_day"] = np.minimum(
        np.minimum(who["death"], who["departure"] - 1), city.last_day
    )
    never = who["care_day"] > who["last_day"]
    who["care_day"] = np.where(never, OPEN, who["care_day"])


def first_seen(city: settings.City, who: Frame) -> Array:
    """First day inside the period that each person lives in the city."""
    return np.maximum(who["arrival"], city.first_day)
