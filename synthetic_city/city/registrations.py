"""Registers of people: NHS numbers, PDS records, practices, deaths, opt-outs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.city.homes import Residence
from synthetic_city.city.lifetimes import first_seen
from synthetic_city.city.people import People
from synthetic_city.draw import (
    OPEN,
    Array,
    Frame,
    chance,
    part,
    pick,
    rank_in_group,
    take,
)

PRACTICES_A_WARD = 3
_LARGEST_RANGE = 10**6
_PLACEHOLDER = 999_999_999


def check_digit(nine: Array) -> Array:
    """Check digit of nine-digit numbers; 10 marks a number that cannot be used."""
    total = np.zeros(len(nine), dtype=np.int64)
    rest = nine.astype(np.int64)
    for weight in range(2, 11):
        total += weight * (rest % 10)
        rest //= 10
    digit = 11 - total % 11
    return np.where(digit == 11, 0, digit)


def never_issued_numbers(seed: int, count: int) -> Array:
    """Distinct valid NHS numbers from ranges kept for testing, in random order.

    They begin with 999; a city of more than about 900,000 people goes on with 998,
    997, ..., which are not issued either. 9999999999 is left out: it is typed in
    where the number is not known.
    """
    rng = part(seed, "NHS numbers")
    found: list[Array] = []
    prefix = 999
    while sum(len(f) for f in found) < count:
        nine = prefix * _LARGEST_RANGE + rng.permutation(_LARGEST_RANGE)
        digit = check_digit(nine)
        usable = (digit < 10) & (nine != _PLACEHOLDER)
        found.append(nine[usable] * 10 + digit[usable])
        prefix -= 1
    return np.concatenate(found)[:count]


@dataclass
class Registers:
    """nhs_number, old_number (0 none) and merged_day per person; PDS spells; opt-outs.

    practice: person, practice, from_day, to_day (OPEN), reason (position in REMOVALS,
    -1 none), sorted by person and day. opt_out_day and type_1_day are OPEN for none.
    """

    nhs_number: Array
    old_number: Array
    merged_day: Array
    practice: Frame
    opt_out_day: Array
    type_1_day: Array

    def practice_at(self, person: Array, days: Array) -> Array:
        """Position of a person's practice spell on a day, -1 if never registered."""
        key = (self.practice["person"].astype(np.int64) << 17) | (
            self.practice["from_day"] + 60_000
        )
        wanted = (person.astype(np.int64) << 17) | (np.minimum(days, 70_000) + 60_000)
        found = np.maximum(np.searchsorted(key, wanted, side="right") - 1, 0)
        right = self.practice["person"][found] == person
        following = np.minimum(found + 1, len(key) - 1)
        later = self.practice["person"][following] == person
        return np.where(right, found, np.where(later, following, -1))


REMOVALS = ("DEA", "EMB", "SCT", "ORR")


def draw_registers(
    city: settings.City, geo: Geography, people: People, residence: Residence
) -> Registers:
    """Draw NHS numbers, mergers, practices and opt-outs."""
    rng = part(city.seed, "registers")
    who = people.person
    size = people.count
    merged = np.flatnonzero(
        chance(rng, settings.MERGED_NUMBERS, size) & (who["household"] >= 0)
    )
    numbers = never_issued_numbers(city.seed, size + len(merged))
    old = np.zeros(size, dtype=np.int64)
    old[merged] = numbers[size:]
    begin = first_seen(city, who)
    span = np.maximum(np.minimum(who["last_day"], city.last_day) - begin, 1)
    day = begin + (rng.random(size) * span).astype(np.int64) + 1
    merges = (old > 0) & (day <= city.last_day)
    return Registers(
        numbers[:size],
        np.where(merges, old, 0),
        np.where(merges, day, OPEN),
        _practices(rng, city, geo, people, residence),
        _opt_out_days(rng, city, people, settings.NATIONAL_OPT_OUT),
        _opt_out_days(rng, city, people, settings.TYPE_1_OPT_OUT),
    )


def _opt_out_days(
    rng: np.random.Generator, city: settings.City, people: People, share: float
) -> Array:
    """Day a person opted out (OPEN never); most did before the period."""
    who = people.person
    opted = chance(rng, share, people.count) & (who["household"] >= 0)
    spread = rng.integers(-600, city.last_day - city.first_day, people.count)
    day = np.maximum(city.first_day + spread, who["arrival"] + 30)
    return np.where(opted & (day <= who["last_day"]), day, OPEN)


def _practices(
    rng: np.random.Generator,
    city: settings.City,
    geo: Geography,
    people: People,
    residence: Residence,
) -> Frame:
    """Practice spells: a move to another ward starts one, a move within it rarely."""
    who = people.person
    row = residence.row
    local = np.flatnonzero(row["lsoa"] >= 0)
    person, lsoa = row["person"][local], row["lsoa"][local]
    ward = geo.lsoa["ward"][lsoa]
    choice = pick(rng, (50, 30, 20), people.count)[person]
    practice = ward * PRACTICES_A_WARD + choice
    order = rank_in_group(person)
    same_ward = np.r_[False, ward[1:] == ward[:-1]]
    stays = (order > 0) & (same_ward | chance(rng, 0.2, len(person)))
    first = np.flatnonzero(~stays)
    begin = row["from_day"][local][first] + np.where(order[first] > 0, 14, 0)
    owner = person[first]
    finish = np.r_[begin[1:] - 1, 0]
    is_last = np.r_[owner[1:] != owner[:-1], True]
    ending = np.minimum(
        who["death"], np.where(who["departure"] < OPEN, who["departure"] + 20, OPEN)
    )[owner]
    finish = np.where(is_last, ending, finish)
    finish = np.where(finish > city.last_day, OPEN, finish)
    dead = who["death"][owner] < OPEN
    away = np.array([1, 2, 3])[pick(rng, (25, 10, 65), len(owner))]
    spell = {
        "person": owner,
        "practice": practice[first],
        "from_day": begin,
        "to_day": finish,
        "reason": np.where(
            finish == OPEN, -1, np.where(is_last, np.where(dead, 0, away), 3)
        ),
    }
    return take(
        spell,
        np.flatnonzero(spell["from_day"] <= np.minimum(spell["to_day"], city.last_day)),
    )
