"""What each organisation recorded about a person, rightly or wrongly.

An error belongs to the organisation's registration of the person and so is repeated in
every record; only in acute records are NHS numbers also missing one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.names import Names
from synthetic_city.city.people import People
from synthetic_city.city.registrations import Registers
from synthetic_city.draw import Array, Frame, Rng, chance, part

ORGANISATIONS = ("RR8", "RAE", "RY6", "VLEEDS", "RGD", "E08000035")
# Feed whose share of missing numbers applies to each organisation's register.
_OWN_FEED = (
    "acute_sus",
    "acute_sus",
    "community_csds",
    "community_beds",
    "mental_health_mhsds",
    "social_care_cld",
)


@dataclass
class Identities:
    """registration: one row per organisation and local number.

    Columns organisation, person, local (number), nhs_number, nhs_number_beds,
    nhs_number_delays (0 missing), forename, surname (numbers of texts), birth, sex,
    status, keeps_old_address. main and second: (organisations, people) positions, -1
    for none.
    """

    registration: Frame
    main: Array
    second: Array

    def of(self, rng: Rng, organisation: Array | int, person: Array) -> Array:
        """Registration of each record; some records use a person's second one."""
        first = self.main[organisation, person]
        other = self.second[organisation, person]
        second = (other >= 0) & chance(rng, 0.4, len(person))
        used: Array = np.where(second, other, first)
        return used


def draw_identities(
    city: settings.City,
    people: People,
    names: Names,
    registers: Registers,
    known: Mapping[int, Array],
) -> Identities:
    """Registrations of the people known to each organisation (position -> persons)."""
    frames: list[Frame] = []
    count = len(ORGANISATIONS)
    main = np.full((count, people.count), -1)
    second = np.full((count, people.count), -1)
    nicknames = names.nicknames()
    total = 0
    for organisation in range(count):
        rng = part(city.seed, f"register of {ORGANISATIONS[organisation]}")
        person = np.unique(known[organisation])
        twice = person[chance(rng, settings.TWO_LOCAL_NUMBERS, len(person))]
        main[organisation, person] = total + np.arange(len(person))
        second[organisation, twice] = total + len(person) + np.arange(len(twice))
        everyone = np.r_[person, twice]
        total += len(everyone)
        frames.append(
            _register(
                rng, city, people, names, nicknames, registers, organisation, everyone
            )
        )
    registration = {c: np.concatenate([f[c] for f in frames]) for c in frames[0]}
    return Identities(registration, main, second)


def _register(
    rng: Rng,
    city: settings.City,
    people: People,
    names: Names,
    nicknames: Array,
    registers: Registers,
    organisation: int,
    person: Array,
) -> Frame:
    who = people.person
    size = len(person)
    feed = _OWN_FEED[organisation]
    missing = settings.MISSING_NUMBER[feed]
    if feed == "acute_sus":
        per_record = settings.ACUTE_MISSING_PER_RECORD
        missing = (missing - per_record) / (1 - per_record)
    number, status = _numbers(rng, people, registers, person)
    absent = chance(rng, missing, size)
    absent_beds = chance(rng, settings.MISSING_NUMBER["community_beds"], size)
    absent_delays = chance(rng, settings.MISSING_NUMBER["delays"], size)
    if feed == "community_beds":
        absent_beds = absent
    unit = 10**8
    local = (np.arange(size) * 7919 + int(rng.integers(10**6))) % unit
    local = rng.permutation(local) + (unit // 10)
    wrong_sex = chance(rng, settings.WRONG_SEX, size)
    female = np.where(wrong_sex, 1 - who["female"][person], who["female"][person])
    # A wrong birth date is not later than the first care that may come with it.
    birth = who["birth"][person]
    latest = np.minimum(who["last_day"][person], np.maximum(birth, city.first_day))
    return {
        "organisation": np.full(size, organisation),
        "person": person,
        "local": local % unit,
        "nhs_number": np.where(absent, 0, number),
        "nhs_number_beds": np.where(absent_beds, 0, number),
        "nhs_number_delays": np.where(absent_delays, 0, number),
        "status": np.where(absent, np.where(chance(rng, 0.6, size), 3, 7), status),
        "forename": _forenames(rng, names, nicknames, who["forename"][person]),
        "surname": _surnames(rng, city, names, who, person),
        "birth": _birth_days(rng, birth, latest),
        "sex": female + 1,
        "keeps_old_address": chance(rng, settings.OLD_ADDRESS_KEPT, size),
    }


def _numbers(
    rng: Rng, people: People, registers: Registers, person: Array
) -> tuple[Array, Array]:
    """NHS number as known, and its status code as an integer."""
    size = len(person)
    number = registers.nhs_number[person]
    old = registers.old_number[person]
    number = np.where(
        (old > 0) & chance(rng, settings.OLD_NUMBER_USED, size), old, number
    )
    # A neighbour in the list of people lives in the same household or nearby.
    home = people.person["household"]
    by_home = np.argsort(home, kind="stable")
    place = np.empty(len(home), dtype=np.int64)
    place[by_home] = np.arange(len(home))
    near = by_home[(place[person] + rng.choice([-1, 1], size)) % len(home)]
    anyone = rng.integers(0, people.count, size)
    other = np.where(chance(rng, settings.WRONG_NUMBER_NEARBY, size), near, anyone)
    wrong = chance(rng, settings.WRONG_NUMBER, size) & (other != person)
    number = np.where(wrong, registers.nhs_number[other], number)
    invalid = chance(rng, settings.INVALID_NUMBER, size)
    spoilt = number - number % 10 + (number % 10 + rng.integers(1, 10, size)) % 10
    number = np.where(invalid, spoilt, number)
    untraced = chance(rng, 0.02, size)
    return number, np.where(invalid, 4, np.where(wrong | untraced, 2, 1))


def _forenames(rng: Rng, names: Names, nicknames: Array, forename: Array) -> Array:
    size = len(forename)
    nick = np.where(
        forename < len(nicknames),
        nicknames[np.minimum(forename, len(nicknames) - 1)],
        -1,
    )
    short = chance(rng, settings.NICKNAME, size) & (nick >= 0)
    forename = np.where(short, nick, forename)
    return _with_typos(rng, names, forename)


def _surnames(
    rng: Rng, city: settings.City, names: Names, who: Frame, person: Array
) -> Array:
    surname, former = who["surname"][person], who["former_surname"][person]
    kept = (former >= 0) & chance(rng, settings.OLD_SURNAME_KEPT, len(person))
    return _with_typos(rng, names, np.where(kept, former, surname))


def _with_typos(rng: Rng, names: Names, name: Array) -> Array:
    """Mistype a letter of some names: swapped, dropped, doubled or replaced."""
    wrong = np.flatnonzero(chance(rng, settings.TYPO, len(name)))
    kinds = rng.integers(0, 4, len(wrong))
    places = rng.random(len(wrong))
    letters = rng.integers(0, 26, len(wrong))
    texts = []
    for at, kind, place, letter in zip(
        name[wrong].tolist(),
        kinds.tolist(),
        places.tolist(),
        letters.tolist(),
        strict=True,
    ):
        text = names.texts[at]
        i = 1 + int(place * (len(text) - 1)) if len(text) > 1 else 0
        if kind == 0:
            text = text[: i - 1] + text[i : i + 1] + text[i - 1 : i] + text[i + 1 :]
        elif kind == 1:
            text = text[:i] + text[i + 1 :]
        elif kind == 2:
            text = text[:i] + text[i - 1 : i] + text[i:]
        else:
            text = text[:i] + chr(97 + letter) + text[i + 1 :]
        texts.append(text or names.texts[at])
    name = name.copy()
    name[wrong] = names.add(texts)
    return name


def _birth_days(rng: Rng, birth: Array, latest: Array) -> Array:
    """Birth dates with day and month swapped, none so that it is after `latest`, or set
    to the first of January.
    """
    size = len(birth)
    date = birth.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]")
    day_of_month = (date - month.astype("datetime64[D]")).astype(np.int64) + 1
    month_of_year = (month - year.astype("datetime64[M]")).astype(np.int64) + 1
    swapped = (year.astype("datetime64[M]") + (day_of_month - 1)).astype(
        "datetime64[D]"
    )
    swapped_day = (swapped + (month_of_year - 1)).astype(np.int64)
    can = (
        (day_of_month <= 12) & (day_of_month != month_of_year) & (swapped_day <= latest)
    )
    # Only two days in five can be swapped, so their rate is higher.
    swap = can & chance(rng, settings.SWAPPED_BIRTH_DATE / 0.36, size)
    first = chance(rng, settings.FIRST_OF_JANUARY, size)
    january = year.astype("datetime64[D]").astype(np.int64)
    return np.where(first, january, np.where(swap, swapped_day, birth))
