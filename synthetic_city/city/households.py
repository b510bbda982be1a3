"""Households: who lives with whom, of which ethnic group, and where they move."""

from __future__ import annotations

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.draw import (
    YEAR,
    Array,
    Frame,
    Rng,
    chance,
    pick,
    pick_by_row,
    poisson_events,
    rank_in_group,
    take,
)

# Ethnic mix (per cent) of the least and most deprived LSOAs, and of students.
_MIX_LEAST = (
    86,
    1.5,
    3,
    0.6,
    0.2,
    0.8,
    0.6,
    2.5,
    1,
    0.1,
    0.8,
    0.4,
    0.6,
    0.1,
    0.8,
    0.5,
    2,
)
_MIX_MOST = (54, 0.8, 6.5, 2, 0.8, 0.7, 1, 1.8, 9, 1.5, 2.5, 2.2, 8, 1.5, 0.7, 4, 3)
_MIX_STUDENT = (60, 1, 6, 1, 0.7, 1.5, 1, 5, 3, 0.5, 3, 0.8, 3, 0.5, 8, 3, 2)


def draw_cohort(rng: Rng, geo: Geography, size: int, arriving: bool) -> Frame:
    """People with ages and households; `household` is the position of its head."""
    weight = geo.ward["people"].copy()
    ages = geo.ward["age"].copy()
    if arriving:
        weight = weight * (1 + 2.5 * geo.ward["student"])
        ages[:, 18:30] *= 2.2
        ages[:, 50:] *= 0.3
    ward = np.sort(pick(rng, weight, size))
    age = pick_by_row(rng, ages, ward) + rng.random(size)
    female_share = np.interp(
        age, [0, 18, 60, 75, 85, 95], [0.487, 0.5, 0.51, 0.54, 0.62, 0.74]
    )
    female = chance(rng, female_share, size).astype(np.int64)
    at_home = (age < 25) & (geo.ward["student"][ward] < 0.3) & chance(rng, 0.4, size)
    child = (age < 18) | at_home
    guardian = _guardians(rng, ward, age, female, child)
    child &= guardian >= 0
    partner = _partners(rng, ward, age, female, ~child)
    household = np.arange(size)
    men = np.flatnonzero((partner >= 0) & (female == 0))
    household[men] = partner[men]
    sharing = ~child & (partner < 0) & (age < 32) & chance(rng, 0.55, size)
    sharers = np.flatnonzero(sharing)
    seat = rank_in_group(ward[sharers])
    household[sharers] = sharers[np.arange(len(sharers)) - seat % 3]
    household[child] = household[guardian[child]]
    # Children of one household born within ten months of each other become twins.
    children = np.flatnonzero(child & (age < 18))
    children = children[np.lexsort((age[children], household[children]))]
    older, younger = children[1:], children[:-1]
    twins = (household[older] == household[younger]) & (age[older] - age[younger] < 0.8)
    age[older[twins]] = age[younger[twins]]
    return {
        "ward": ward,
        "age": age,
        "female": female,
        "child": child,
        "guardian": guardian,
        "partner": partner,
        "household": household,
    }


def _partners(rng: Rng, ward: Array, age: Array, female: Array, adult: Array) -> Array:
    """Partner of each person (-1 none): women and men of a ward matched by age rank."""
    willing = np.interp(
        age,
        [18, 24, 30, 45, 70, 80, 90, 100],
        [0.1, 0.2, 0.5, 0.66, 0.64, 0.5, 0.25, 0],
    )
    seeking = adult & chance(rng, willing, len(age))
    blurred = age + rng.normal(0, 2.0, len(age)) - 2.0 * (female == 0)
    sides = []
    for sex in (1, 0):
        rows = np.flatnonzero(seeking & (female == sex))
        rows = rows[np.lexsort((blurred[rows], ward[rows]))]
        sides.append((rows, ward[rows] * 10**7 + rank_in_group(ward[rows])))
    (women, women_key), (men, men_key) = sides
    _, i, j = np.intersect1d(
        women_key, men_key, assume_unique=True, return_indices=True
    )
    partner = np.full(len(age), -1)
    partner[women[i]], partner[men[j]] = men[j], women[i]
    return partner


def _guardians(rng: Rng, ward: Array, age: Array, female: Array, child: Array) -> Array:
    """A woman of the ward some 29 years older for each child (-1 if none lives)."""
    women = np.flatnonzero(~child & (female == 1) & (age >= 17) & (age < 62))
    women = women[np.lexsort((age[women], ward[women]))]
    key = ward[women] * 256 + age[women]
    children = np.flatnonzero(child)
    target = np.clip(age[children] + rng.normal(29, 5.5, len(children)), 17, 61)
    position = np.searchsorted(key, ward[children] * 256 + target)
    position += rng.integers(-2, 3, len(children))
    low = np.searchsorted(ward[women], ward[children], side="left")
    high = np.searchsorted(ward[women], ward[children], side="right")
    guardian = np.full(len(age), -1)
    found = high > low
    position = np.clip(position, low, high - 1)
    guardian[children[found]] = women[position[found]]
    return guardian


def ethnic_groups(rng: Rng, geo: Geography, lsoa: Array) -> Array:
    """Ethnic category index per household, by deprivation and students of its LSOA."""
    least, most = np.array(_MIX_LEAST, float), np.array(_MIX_MOST, float)
    student = np.array(_MIX_STUDENT, float)
    deprived = np.clip((geo.lsoa["score"] - 8) / 50, 0, 1)[:, None]
    studying = geo.ward["student"][geo.lsoa["ward"]][:, None]
    mix = (1 - deprived) * least / least.sum() + deprived * most / most.sum()
    mix = (1 - 0.7 * studying) * mix + 0.7 * studying * student / student.sum()
    return pick_by_row(rng, mix, lsoa)


def household_moves(
    rng: Rng, city: settings.City, geo: Geography, home: Frame
) -> tuple[Frame, Array]:
    """Address spells of households (sorted), and each household's first spell."""
    age, arrival = home["age"], home["arrival"]
    yearly = np.interp(
        age, [18, 22, 29, 40, 55, 75], [0.24, 0.24, 0.15, 0.075, 0.045, 0.03]
    )
    window = np.maximum(city.last_day - np.maximum(arrival, city.first_day) - 60, 0)
    owner = poisson_events(rng, yearly * settings.YEARLY_MOVES / 0.09 * window / YEAR)
    begin = np.maximum(arrival, city.first_day)[owner] + 30
    moved = begin + (rng.random(len(owner)) * window[owner]).astype(np.int64)
    ward = geo.lsoa["ward"][geo.postcode_lsoa[home["postcode"][owner]]]
    elsewhere = pick(rng, geo.ward["people"], len(owner))
    ward = np.where(chance(rng, 0.4, len(owner)), ward, elsewhere)
    lsoa = pick_by_row(rng, geo.lsoa_weights, ward)
    address = {
        "household": np.r_[np.arange(len(age)), owner],
        "from_day": np.r_[arrival, moved],
        "postcode": np.r_[home["postcode"], geo.random_postcode(rng, lsoa)],
    }
    address = take(address, np.lexsort((address["from_day"], address["household"])))
    first = np.searchsorted(address["household"], np.arange(len(age) + 1))
    return address, first
