"""People of the city: who lives in it, what they are called, and when they go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.city.households import (
    draw_cohort,
    ethnic_groups,
    household_moves,
)
from synthetic_city.city.lifetimes import (
    care_home_days,
    cut_lives,
    death_days,
    draw_births,
)
from synthetic_city.city.names import (
    CULTURE_OF_ETHNIC,
    CULTURES,
    Names,
    draw_forenames,
    draw_surnames,
)
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Frame,
    Rng,
    chance,
    expand,
    part,
    pick,
    pick_by_row,
    stack,
)

ETHNIC = tuple(CULTURE_OF_ETHNIC)


@dataclass
class People:
    """Everyone who ever lives in the city, then visitors.

    person: one row per person, columns by name:
        household, birth, female, ethnic, culture, forename, surname, former_surname
        (-1 none), surname_day (day the present surname began), partner, mother (-1
        none), arrival (first day in the city), last_day (last day of life in the city
        inside the period), death, departure (first day elsewhere), care_day (first day
        in a care home), deprivation (of the first LSOA, in standard deviations), ward.
    address: one row per spell of a household at an address, by household and day:
        household, from_day, postcode.
    """

    person: Frame
    address: Frame
    address_first: Array
    visitors: int

    @property
    def count(self) -> int:
        """How many there are, visitors included."""
        return len(self.person["birth"])


def draw_people(
    city: settings.City, geo: Geography, names: Names, wards: Multipliers
) -> People:
    """Draw residents, arrivals, children born, and visitors."""
    rng = part(city.seed, "people")
    who = _cohorts(rng, city, geo)
    head, who["household"] = np.unique(who["household"], return_inverse=True)
    lsoa = pick_by_row(rng, geo.lsoa_weights, who["ward"][head])
    home = _homes(rng, city, geo, who, head, lsoa)
    reference = np.where(
        who["arriving"], home["arrival"][who["household"]], city.first_day
    )
    who["birth"] = reference - np.floor(who.pop("age") * YEAR).astype(np.int64)
    who["arrival"] = np.maximum(home["arrival"][who["household"]], who["birth"])
    who["deprivation"] = geo.lsoa["deprivation"][lsoa][who["household"]]
    household_culture = _add_origins(rng, geo, who, head, lsoa)
    _add_names(rng, names, who, household_culture, head)
    size = len(who["birth"])
    span = city.last_day - city.first_day
    changed = (
        city.first_day - 1500 + (rng.random(size) * (1500 + span)).astype(np.int64)
    )
    who["surname_day"] = np.where(who["former_surname"] >= 0, changed, who["birth"])
    who["mother"] = np.full(size, -1)
    _add_care_and_death(rng, city, who, wards)
    away = _departures(rng, city, home)
    cut_lives(city, who, away[who["household"]])

    newborn = _newborn(rng, names, who, draw_births(rng, city, who))
    newborn["death"] = death_days(
        rng,
        newborn["birth"],
        newborn["birth"],
        newborn["care_day"],
        np.ones(len(newborn["birth"])),
    )
    cut_lives(city, newborn, away[newborn["household"]])
    columns = [name for name in newborn if name in who]
    visitors = _visitors(rng, city, names, geo)
    everyone = stack([{c: f[c] for c in columns} for f in (who, newborn, visitors)])
    address, first = household_moves(rng, city, geo, home)
    return People(everyone, address, first, len(visitors["birth"]))


def _cohorts(rng: Rng, city: settings.City, geo: Geography) -> Frame:
    """People there at the start, then those who arrive; positions are of all."""
    arriving = round(city.people * settings.YEARLY_ARRIVALS * city.years)
    there = draw_cohort(rng, geo, city.people, arriving=False)
    there["arriving"] = np.zeros(city.people, dtype=bool)
    coming = draw_cohort(rng, geo, arriving, arriving=True)
    coming["arriving"] = np.ones(arriving, dtype=bool)
    for column in ("guardian", "partner"):
        coming[column][coming[column] >= 0] += city.people
    coming["household"] = coming["household"] + city.people
    return stack([there, coming])


def _homes(
    rng: Rng, city: settings.City, geo: Geography, who: Frame, head: Array, lsoa: Array
) -> Frame:
    """age of the head, first postcode and arrival of each household."""
    settled = (
        city.first_day - 30 - (rng.exponential(8 * YEAR, len(head))).astype(np.int64)
    )
    came = city.first_day + rng.integers(1, city.last_day - city.first_day, len(head))
    return {
        "age": who["age"][head],
        "postcode": geo.random_postcode(rng, lsoa),
        "arrival": np.where(who["arriving"][head], came, settled),
    }


def _add_origins(
    rng: Rng, geo: Geography, who: Frame, head: Array, lsoa: Array
) -> Array:
    """Ethnic category and culture of each person; returns the culture of households."""
    size = len(who["birth"])
    household_ethnic = ethnic_groups(rng, geo, lsoa)
    household_culture = pick_by_row(rng, _culture_shares(), household_ethnic)
    own_ethnic = ethnic_groups(rng, geo, lsoa[who["household"]])
    alone = ~who["child"] & (who["partner"] < 0)
    differs = chance(rng, np.where(alone, 0.5, 0.06), size)
    differs[head] = False
    who["ethnic"] = np.where(differs, own_ethnic, household_ethnic[who["household"]])
    own_culture = pick_by_row(rng, _culture_shares(), who["ethnic"])
    who["culture"] = np.where(differs, own_culture, household_culture[who["household"]])
    return household_culture


def _add_care_and_death(
    rng: Rng, city: settings.City, who: Frame, wards: Multipliers
) -> None:
    """First day in a care home and day of death, whether in the period or after it."""
    start = np.maximum(who["arrival"], city.first_day)
    pressure = wards.of("care_home")[who["ward"]] * np.exp(0.1 * who["deprivation"])
    old = start - who["birth"] >= 65 * YEAR
    pressure = pressure / np.average(pressure, weights=old + 1e-9)
    who["care_day"] = care_home_days(rng, city, start, who["birth"], pressure)
    frailty = np.exp(0.17 * who["deprivation"] + rng.normal(0, 0.2, len(start)))
    frailty = frailty * np.where(who["female"] == 1, 0.85, 1.17)
    who["death"] = death_days(rng, start, who["birth"], who["care_day"], frailty)


def _departures(rng: Rng, city: settings.City, home: Frame) -> Array:
    """(households,) first day elsewhere, most of them after the period."""
    leaving = np.interp(
        home["age"], [18, 24, 30, 45, 65], [0.10, 0.10, 0.055, 0.028, 0.014]
    )
    leaving = leaving * settings.YEARLY_DEPARTURES / 0.04
    away = np.maximum(home["arrival"], city.first_day) + 60
    days: Array = away + (rng.exponential(YEAR, len(away)) / leaving).astype(np.int64)
    return days


def _add_names(
    rng: Rng, names: Names, who: Frame, household_culture: Array, heads: Array
) -> None:
    """Surnames by household, forenames by culture, sex and birth year; adds columns."""
    size = len(who["birth"])
    of_household = draw_surnames(rng, names, household_culture)
    own = draw_surnames(rng, names, who["culture"])
    couple = who["partner"] >= 0
    keeps_own = ~who["child"] & ~couple
    keeps_own |= couple & (who["female"] == 1) & chance(rng, 0.22, size)
    keeps_own |= who["child"] & chance(rng, 0.06, size)
    head = np.zeros(size, dtype=bool)
    head[heads] = True
    keeps_own &= ~(head & ~couple)
    who["surname"] = np.where(keeps_own, own, of_household[who["household"]])
    year = 1970 + who["birth"] / YEAR
    who["forename"] = draw_forenames(rng, names, who["culture"], who["female"], year)
    # A son named after his father.
    sons = who["child"] & (who["female"] == 0) & chance(rng, 0.03, size)
    father = np.where(who["guardian"] >= 0, who["partner"][who["guardian"]], -1)
    sons &= father >= 0
    who["forename"][sons] = who["forename"][father[sons]]
    married = couple & (who["female"] == 1) & ~keeps_own
    changed = married & chance(rng, 0.2, size)
    who["former_surname"] = np.where(changed, own, -1)


def _culture_shares() -> Array:
    return np.array([CULTURE_OF_ETHNIC[code] for code in ETHNIC], dtype=float)


def _newborn(rng: Rng, names: Names, who: Frame, babies: Frame) -> Frame:
    """Persons for the children born, with the household and culture of the mother."""
    mother = babies["mother"]
    size = len(mother)
    father = who["partner"][mother]
    surname = np.where(
        (father >= 0) & chance(rng, 0.85, size),
        who["surname"][father],
        who["surname"][mother],
    )
    female = chance(rng, 0.487, size).astype(np.int64)
    year = 1970 + babies["birth"] / YEAR
    none = np.full(size, -1)
    return {
        "ward": who["ward"][mother],
        "household": who["household"][mother],
        "birth": babies["birth"],
        "female": female,
        "ethnic": who["ethnic"][mother],
        "culture": who["culture"][mother],
        "forename": draw_forenames(rng, names, who["culture"][mother], female, year),
        "surname": surname,
        "former_surname": none,
        "surname_day": babies["birth"],
        "partner": none,
        "mother": mother,
        "arrival": babies["birth"],
        "deprivation": who["deprivation"][mother],
        "care_day": np.full(size, OPEN),
        "death": np.full(size, OPEN),
        "departure": np.full(size, OPEN),
        "last_day": np.full(size, OPEN),
    }


def _visitors(rng: Rng, city: settings.City, names: Names, geo: Geography) -> Frame:
    """People from elsewhere who come to the city's hospital; they never live in it."""
    share = settings.VISITOR_SHARE_OF_ATTENDANCES
    attendances = settings.ATTENDANCES_A_PERSON_YEAR * city.people * city.years
    size = round(share * attendances)
    ages = (geo.ward["age"] * geo.ward["people"][:, None]).sum(axis=0)
    age = pick(rng, ages, size) + rng.random(size)
    birth = city.first_day - np.floor(age * YEAR).astype(np.int64)
    female = chance(rng, 0.5, size).astype(np.int64)
    culture = np.full(size, CULTURES.index("english"))
    none = np.full(size, -1)
    never = np.full(size, OPEN)
    return {
        "ward": none,
        "household": none,
        "birth": birth,
        "female": female,
        "ethnic": np.zeros(size, dtype=np.int64),
        "culture": culture,
        "forename": draw_forenames(rng, names, culture, female, 1970 + birth / YEAR),
        "surname": draw_surnames(rng, names, culture),
        "former_surname": none,
        "surname_day": birth,
        "partner": none,
        "mother": none,
        "arrival": np.full(size, city.first_day),
        "deprivation": np.zeros(size),
        "care_day": never,
        "death": never,
        "departure": never,
        "last_day": np.full(size, city.last_day),
    }


def residence_of_households(people: People) -> Frame:
    """One row per person and household address while living there (visitors none).

    Columns person, from_day, to_day (inclusive, OPEN while it lasts), postcode; sorted
    by person and day. Ends at death, departure or entry to a care home.
    """
    who = people.person
    residents = np.flatnonzero(who["household"] >= 0)
    home = who["household"][residents]
    first, stop = people.address_first[home], people.address_first[home + 1]
    owner, ordinal = expand(stop - first)
    spell = first[owner] + ordinal
    person = residents[owner]
    last = ordinal == (stop - first)[owner] - 1
    following = people.address["from_day"][
        np.minimum(spell + 1, len(people.address["from_day"]) - 1)
    ]
    to_day = np.where(last, OPEN, following - 1)
    end = np.minimum(
        np.minimum(who["death"], who["departure"] - 1), who["care_day"] - 1
    )[person]
    end = np.where(end >= OPEN - 1, OPEN, end)
    from_day = np.maximum(people.address["from_day"][spell], who["arrival"][person])
    to_day = np.minimum(to_day, end)
    lived = from_day <= to_day
    return {
        "person": person[lived],
        "from_day": from_day[lived],
        "to_day": to_day[lived],
        "postcode": people.address["postcode"][spell][lived],
    }
