"""Care homes, and where each person lives on each day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.city.people import People, residence_of_households
from synthetic_city.draw import (
    OPEN,
    Array,
    Frame,
    chance,
    part,
    pick_by_row,
    stack,
    take,
    words,
)

REAL_HOMES = 125
MOST_FULL = 0.99

_FIRST = words(
    """Ashgrove Beechwood Cedar Elmfield Fernbank Glenview Hollybank Ivydene
Larchfield Maplewood Oakdene Parkview Rosemount Sycamore Thornlea Westroyd
Willowbank Yewtree Springfield Meadowcroft Brookside Hillcrest"""
)
_SECOND = words("House Court Lodge Manor Grange Hall Gardens")


@dataclass
class Residence:
    """Where people live: rows by person and day, without gaps inside a stay.

    row: person, from_day, to_day (inclusive, OPEN while it lasts), postcode, home (care
    home position, -1 none), lsoa (-1 outside the city).
    """

    row: Frame
    key: Array

    @classmethod
    def of(cls, geo: Geography, row: Frame) -> Residence:
        """Put rows in order and add the LSOA of each."""
        row = take(row, np.lexsort((row["from_day"], row["person"])))
        row["lsoa"] = geo.postcode_lsoa[row["postcode"]]
        return cls(row, _key(row["person"], row["from_day"]))

    def at(self, person: Array, days: Array) -> Array:
        """Position of the row a person lived at on a day (the nearest if between)."""
        found = np.searchsorted(self.key, _key(person, days), side="right") - 1
        found = np.maximum(found, 0)
        wrong = self.row["person"][found] != person
        return np.where(wrong, np.minimum(found + 1, len(self.key) - 1), found)

    def first(self, person: Array) -> Array:
        """Position of the first row of each person."""
        return np.searchsorted(self.row["person"], person, side="left")

    def home_at(self, person: Array, days: Array) -> Array:
        """Care home on a day, -1 if the person lives elsewhere."""
        return self.row["home"][self.at(person, days)]


def _key(person: Array, days: Array) -> Array:
    # Births reach back before 1970, so days are shifted to stay positive.
    place: Array = person.astype(np.int64) << 17
    place |= np.clip(days + 60_000, 0, 2**17 - 1)
    return place


@dataclass
class Homes:
    """The care home directory and who lived in which home when."""

    home: Frame
    names: list[str]
    stay: Frame

    def occupied(self, days: Array) -> Array:
        """(homes, days) residents at midnight."""
        count = len(self.home["postcode"])
        change = np.zeros((count, len(days) + 1), dtype=np.int64)
        first = np.clip(self.stay["from_day"] - days[0], 0, len(days))
        last = np.clip(
            np.minimum(self.stay["to_day"], days[-1] + 1) - days[0], 0, len(days)
        )
        np.add.at(change, (self.stay["home"], first), 1)
        np.add.at(change, (self.stay["home"], last), -1)
        return np.cumsum(change, axis=1)[:, :-1]


def draw_homes(
    city: settings.City, geo: Geography, people: People
) -> tuple[Homes, Residence]:
    """Draw the care homes, who moves into which, and where everyone lives when."""
    rng = part(city.seed, "care homes")
    count = max(6, round(REAL_HOMES * city.scale))
    ward_weight = geo.ward["people"]
    ward = rng.choice(len(ward_weight), size=count, p=ward_weight / ward_weight.sum())
    lsoa = pick_by_row(rng, geo.lsoa_weights, ward)
    opened = city.first_day - rng.integers(400, 9000, count)
    closed = np.full(count, OPEN)
    span = city.last_day - city.first_day
    if span > 300:
        opened[count - 1] = city.first_day + span // 3
        closed[0] = city.first_day + span * 2 // 3
    home = {
        "postcode": geo.random_postcode(rng, lsoa),
        "lsoa": lsoa,
        "nursing": chance(rng, 0.45, count),
        "opened": opened,
        "closed": closed,
    }
    names = [
        f"{_FIRST[n % len(_FIRST)]} {_SECOND[n // len(_FIRST) % len(_SECOND)]}"
        for n in range(count)
    ]
    size = rng.gamma(6, 1, count)
    who = people.person
    person = np.flatnonzero(who["care_day"] < OPEN)
    came = who["care_day"][person]
    choice = size * np.ones((len(ward_weight), 1))
    choice = choice * (1 + count / 6 * (ward == np.arange(len(ward_weight))[:, None]))
    always = (opened < city.first_day) & (closed == OPEN)
    of_ward = np.maximum(who["ward"][person], 0)
    chosen = pick_by_row(rng, choice, of_ward)
    fallback = pick_by_row(rng, choice * always, of_ward)
    unsuitable = (came < opened[chosen]) | (came > closed[chosen] - 180)
    chosen = np.where(unsuitable, fallback, chosen)
    left = np.where(who["death"][person] < OPEN, who["death"][person], OPEN)
    stay = {"person": person, "home": chosen, "from_day": came, "to_day": left}
    moving = stay["to_day"] > closed[stay["home"]]
    moved = take(stay, np.flatnonzero(moving))
    moved["from_day"] = closed[moved["home"]]
    moved["home"] = fallback[moving]
    stay["to_day"] = np.where(moving, closed[stay["home"]] - 1, stay["to_day"])
    stay = stack([stay, moved])
    stay = take(stay, np.lexsort((stay["from_day"], stay["person"])))
    homes = Homes(home, names, stay)
    peak = homes.occupied(city.days).max(axis=1)
    home["beds"] = np.maximum(np.ceil(peak / MOST_FULL), 4).astype(np.int64)

    households = residence_of_households(people)
    households["home"] = np.full(len(households["person"]), -1)
    in_home = {**stay, "postcode": home["postcode"][stay["home"]]}
    outside = np.arange(people.count - people.visitors, people.count)
    elsewhere = np.flatnonzero(geo.postcode_lsoa < 0)
    visiting = {
        "person": outside,
        "from_day": np.full(len(outside), city.first_day - 3650),
        "to_day": np.full(len(outside), OPEN),
        "postcode": elsewhere[outside % len(elsewhere)],
        "home": np.full(len(outside), -1),
    }
    return homes, Residence.of(geo, stack([households, in_home, visiting]))


def segments(city: settings.City, geo: Geography, residence: Residence) -> Frame:
    """Residence inside the period, one row per person and address.

    Columns person, first, last (inclusive days), years, ward, lsoa, home, middle.
    """
    row = residence.row
    first = np.maximum(row["from_day"], city.first_day)
    last = np.minimum(row["to_day"], city.last_day)
    inside = (first <= last) & (row["lsoa"] >= 0)
    first, last, lsoa = first[inside], last[inside], row["lsoa"][inside]
    return {
        "person": row["person"][inside],
        "first": first,
        "last": last,
        "years": (last - first + 1) / 365.25,
        "middle": (first + last) / 2,
        "lsoa": lsoa,
        "ward": geo.lsoa["ward"][lsoa],
        "home": row["home"][inside],
    }
