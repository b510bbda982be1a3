"""Do the intervals of ratios hold the ratio that a city is made to have?

A ward differs from its city by its planted multiplier, and by much else that is planted
too: stays in community beds follow emergency admissions, illness and deprivation act on
single people and not along a line, and people move. So the ratio that a ward is made to
have is not worked out: the city is drawn again and again, each time with other people
and other chance but with the same wards, multipliers, care homes, schemes and
slow-down, and the mean over all draws is the ratio planted in each ward and financial
year.

The table says how many of the intervals of single draws hold the mean of the others, by
activity. The events are those of the generator; `studies.pipeline` asks the same of the
tables built from its feeds. Intervals are those of `fct_neighbourhood_indicator`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from intelligence.statistics.rates import standardised_ratio
from synthetic_city.city.admissions import DAY_CASE, ELECTIVE, EMERGENCY
from synthetic_city.city.community import draw_community
from synthetic_city.city.geography import Geography, draw_geography
from synthetic_city.city.health import draw_health
from synthetic_city.city.homes import Residence, draw_homes, segments
from synthetic_city.city.hospital import draw_hospital
from synthetic_city.city.mental_health import draw_mental_health
from synthetic_city.city.names import Names
from synthetic_city.city.people import People, draw_people
from synthetic_city.city.schemes import draw_schemes
from synthetic_city.city.slow_down import plant_slow_down
from synthetic_city.city.social_care import REQUEST, draw_social_care
from synthetic_city.city.wards import draw_multipliers
from synthetic_city.draw import YEAR, Array, Frame, day, part
from synthetic_city.settings import City

FIRST_YEAR, YEARS = 2020, 5
"""Financial years from April 2020 on, the period of the demo city."""
BANDS = 19
STRATA = 2 * BANDS
OLDER = 65
LIMITS = np.array([day(f"{FIRST_YEAR + year}-04-01") for year in range(YEARS + 1)])
HELD = 0.92
"""Intervals of 95 % hold less where some wards have more repeat events than the city,
whose dispersion they have; below this share something is wrong."""


@dataclass(frozen=True)
class Counts:
    """One activity in one city: events, their squares per person, and person-years.

    events, person_years: (wards, YEARS, STRATA); squares: (YEARS,), the sum over people
    of the square of each one's events of the year.
    """

    events: Array
    person_years: Array
    squares: Array

    def expected(self) -> Array:
        """(wards, YEARS) events at the city's rates by age and sex."""
        people = np.maximum(self.person_years.sum(axis=0), 1e-9)
        rate = self.events.sum(axis=0) / people
        found: Array = (self.person_years * rate).sum(axis=2)
        return found

    def dispersion(self) -> Array:
        """(YEARS,) variance over mean, as in int_neighbourhood__indicator_totals."""
        events = self.events.sum(axis=0)
        people = np.maximum(self.person_years.sum(axis=0), 1e-9)
        beyond = self.squares - (events**2 / people).sum(axis=1)
        found: Array = np.maximum(beyond / np.maximum(events.sum(axis=1), 1), 1.0)
        return found


def the_city(people: int, seed: int) -> City:
    """The demo city of this size and seed."""
    return City(
        people,
        int(LIMITS[0]),
        int(LIMITS[-1]) - 1,
        seed,
        True,
        Path(),
    )


def draw_again(city: City, number: int) -> dict[str, Counts]:
    """Draw the people and events of a city anew, by activity; 0 draws the city itself.

    Wards, multipliers, care homes, schemes and the slow-down stay as they are.
    """
    geo = draw_geography(part(city.seed, "geography"), city.people)
    wards, schemes = draw_multipliers(city, geo), draw_schemes(city, geo)
    again = replace(city, seed=city.seed + 7919 * number)
    people = draw_people(again, geo, Names.invented(), wards)
    # The first of their random numbers place the care homes.
    homes, residence = draw_homes(city, geo, people)
    segment = segments(again, geo, residence)
    health = draw_health(again, people, wards)
    hospital = draw_hospital(again, people, health, residence, segment, wards, schemes)
    hospital, _ = plant_slow_down(city, geo, people, residence, hospital, schemes)
    community = draw_community(
        again, geo, people, health, residence, segment, wards, hospital
    )
    mental = draw_mental_health(
        again, people, health, residence, segment, wards, hospital, community
    )
    social = draw_social_care(again, people, health, homes, segment, wards, hospital)
    spell, attendance = hospital.spell, hospital.attendance
    emergency = (spell["kind"] == EMERGENCY) & ~spell["came_by_transfer"]
    planned = np.isin(spell["kind"], (ELECTIVE, DAY_CASE))
    without_stay = (attendance["spell"] < 0) & (attendance["category"] != 4)
    happened: dict[str, tuple[Frame, Array, Array | slice]] = {
        "emergency_attendance": (attendance, attendance["day"], without_stay),
        "emergency_admission": (spell, spell["start"], emergency),
        "elective_admission": (spell, spell["start"], planned),
        "community_contact": _seen(community.referral, community.contact),
        "community_bed": (community.bed, community.bed["start"], slice(None)),
        "mental_health": _seen(mental.referral, mental.contact),
        "social_care": (social, social["start"], social["kind"] == REQUEST),
    }
    lived = _person_years(people, segment, len(geo.ward["people"]))
    return {
        activity: _counts(
            people,
            geo,
            residence,
            lived,
            event["person"][chosen],
            days[chosen],
            OLDER if activity == "community_bed" else 0,
        )
        for activity, (event, days, chosen) in happened.items()
    }


def _cell(people: People, ward: Array, year: Array, person: Array, at: Array) -> Array:
    """Position of ward, year, and age and sex of a person on a day, in one number."""
    age = np.clip((at - people.person["birth"][person]) / YEAR, 0, 5 * BANDS - 1)
    stratum = (age // 5).astype(np.int64) * 2 + people.person["female"][person]
    return (ward * YEARS + year) * STRATA + stratum


def _person_years(people: People, segment: Frame, wards: int) -> Array:
    """(wards, YEARS, STRATA) years lived, at the age in the middle of each stay."""
    lived = np.zeros(wards * YEARS * STRATA)
    for year in range(YEARS):
        first = np.maximum(segment["first"], LIMITS[year])
        until = np.minimum(segment["last"] + 1, LIMITS[year + 1])
        at = np.flatnonzero(first < until)
        cell = _cell(
            people,
            segment["ward"][at],
            np.full(len(at), year),
            segment["person"][at],
            (first[at] + until[at]) / 2,
        )
        days = (until - first)[at]
        lived += np.bincount(cell, days / 365.25, minlength=len(lived))
    return lived.reshape(wards, YEARS, STRATA)


def _counts(
    people: People,
    geo: Geography,
    residence: Residence,
    lived: Array,
    person: Array,
    days: Array,
    age_from: int,
) -> Counts:
    """Events of residents of this age or older, by where they lived on the day."""
    lsoa = residence.row["lsoa"][residence.at(person, days)]
    year = np.searchsorted(LIMITS, days, side="right") - 1
    age = (days - people.person["birth"][person]) / YEAR
    inside = (lsoa >= 0) & (year >= 0) & (year < YEARS) & (age >= age_from)
    person, days, year = person[inside], days[inside], year[inside]
    cell = _cell(people, geo.lsoa["ward"][lsoa[inside]], year, person, days)
    events = np.bincount(cell, minlength=lived.size).reshape(lived.shape)
    own, each = np.unique(person * YEARS + year, return_counts=True)
    squares = np.bincount(own % YEARS, each.astype(float) ** 2, minlength=YEARS)
    old = np.arange(STRATA) >= age_from // 5 * 2
    return Counts(events.astype(float), lived * old, squares)


def _seen(referral: Frame, contact: Frame) -> tuple[Frame, Array, Array]:
    """Contacts as events of people, and those at which the patient was seen."""
    person = {"person": referral["person"][contact["referral"]]}
    return person, contact["day"], np.isin(contact["status"], ("5", "6"))


def planted_ratios(draws: Sequence[Mapping[str, Counts]]) -> dict[str, Array]:
    """(wards, YEARS) observed over expected events of all draws, by activity."""
    return {
        activity: sum(draw[activity].events.sum(axis=2) for draw in draws)
        / np.maximum(sum(draw[activity].expected() for draw in draws), 1e-9)
        for activity in draws[0]
    }


def nearer(planted: Array, found: Array, draws: int) -> Array:
    """Planted ratios, as if they came from more draws than so many.

    The chance left in the mean of draws makes its distance to the ratio found larger by
    the square root of 1 + 1 / draws; it is divided by that on the log scale.
    """
    seen = np.maximum(found, 1e-9)
    ratios: Array = seen * (planted / seen) ** (1 / np.sqrt(1 + 1 / draws))
    return ratios


def coverage(draws: Sequence[Mapping[str, Counts]]) -> dict[str, float]:
    """Share of the intervals of each draw that hold the planted ratio, by activity.

    The planted ratio is that of the other draws.
    """
    held: dict[str, list[Array]] = {activity: [] for activity in draws[0]}
    for number, draw in enumerate(draws):
        others = planted_ratios([*draws[:number], *draws[number + 1 :]])
        for activity, counts in draw.items():
            found = standardised_ratio(
                counts.events.sum(axis=2).ravel(),
                counts.expected().ravel(),
                dispersion=np.broadcast_to(
                    counts.dispersion(), others[activity].shape
                ).ravel(),
            )
            true = nearer(others[activity].ravel(), found.value, len(draws) - 1)
            held[activity].append((found.lower <= true) & (true <= found.upper))
    return {activity: float(np.mean(rows)) for activity, rows in held.items()}


def ward_codes(people: int, seed: int) -> Array:
    """(wards,) codes of the wards of planted ratios, in their order."""
    codes: Array = draw_geography(part(seed, "geography"), people).ward["code"]
    return codes


def draw_often(people: int, seed: int, draws: int) -> list[dict[str, Counts]]:
    """Draw the city of this size and seed so many times, without the city itself."""
    city = the_city(people, seed)
    return [draw_again(city, number) for number in range(1, draws + 1)]


def main(given: list[str] | None = None) -> int:
    """Print the table; 1 when intervals of any activity hold too little."""
    parser = argparse.ArgumentParser(prog="python -m studies.planted_ratios")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(given)
    draws = draw_often(asked.people, asked.seed, asked.draws)
    print(f"{asked.draws} draws of a city of {asked.people:,} people")
    print(f"{'activity':<24}{'dispersion':>12}{'spread':>9}{'intervals hold':>18}")
    rows = coverage(draws)
    planted = planted_ratios(draws)
    for activity, share in rows.items():
        dispersion = float(np.mean([draw[activity].dispersion() for draw in draws]))
        spread = float(np.std(np.log(planted[activity])))
        print(f"{activity:<24}{dispersion:>12.1f}{spread:>9.2f}{share:>18.1%}")
    return int(min(rows.values()) < HELD)


if __name__ == "__main__":
    sys.exit(main())
