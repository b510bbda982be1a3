"""People of the city: households, arrivals, births, moves, care homes, deaths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import (
    OPEN,
    Array,
    Frame,
    Rng,
    chance,
    expand,
    part,
    pick,
    pick_by_row,
    poisson_events,
    rank_in_group,
    stack,
    take,
)
from synthetic_city.geography import Geography
from synthetic_city.names import (
    CULTURE_OF_ETHNIC,
    CULTURES,
    Names,
    draw_forenames,
    draw_surnames,
)
from synthetic_city.wards import Multipliers

YEAR = 365.25
ETHNIC = tuple(CULTURE_OF_ETHNIC)
# Ethnic mix (per cent) of the least and the most deprived LSOAs, and what students add.
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

# Gompertz mortality: yearly hazard at age 0 (extrapolated) and its growth with age.
_HAZARD_AT_ZERO = 2.0e-5
_HAZARD_GROWTH = 0.0985
_CARE_HOME_HAZARD = 2.2

# People 65+ living in care homes at the start, and yearly entries, by age band.
_CARE_AGES = (65, 75, 85, 95)
_CARE_SHARE = (0.006, 0.030, 0.135, 0.24)
_CARE_ENTRY = (0.0026, 0.0105, 0.044, 0.085)


@dataclass
class People:
    """Everybody who ever lives in the city, then visitors.

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
        """Everybody, visitors included."""
        return len(self.person["birth"])


def _group_ethnic(rng: Rng, geo: Geography, lsoa: Array) -> Array:
    """Ethnic category index per household, by deprivation and students of its LSOA."""
    least, most = np.array(_MIX_LEAST, float), np.array(_MIX_MOST, float)
    student = np.array(_MIX_STUDENT, float)
    deprived = np.clip((geo.lsoa["score"] - 8) / 50, 0, 1)[:, None]
    studying = geo.ward["student"][geo.lsoa["ward"]][:, None]
    mix = (1 - deprived) * least / least.sum() + deprived * most / most.sum()
    mix = (1 - 0.7 * studying) * mix + 0.7 * studying * student / student.sum()
    return pick_by_row(rng, mix, lsoa)


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


def _cohort(rng: Rng, geo: Geography, size: int, arriving: bool) -> Frame:
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
    # Children of one home born within ten months of each other are twins.
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


def _name_everybody(
    rng: Rng, names: Names, who: Frame, household_culture: Array
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
    head[who["head"]] = True
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


def _death_days(
    rng: Rng, start: Array, birth: Array, care_day: Array, frailty: Array
) -> Array:
    """Day of death, drawn by inverting the Gompertz hazard; raised from care_day on."""
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


def _care_days(
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


def _household_moves(
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


def _births(rng: Rng, city: settings.City, who: Frame) -> Frame:
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


def _presence(city: settings.City, who: Frame, departure: Array) -> None:
    """Cut lives at departure and at the end of the period; adds the last day."""
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


def draw_people(
    city: settings.City, geo: Geography, names: Names, wards: Multipliers
) -> People:
    """Draw residents, arrivals, children born, and visitors."""
    rng = part(city.seed, "people")
    arriving = round(city.people * settings.YEARLY_ARRIVALS * city.years)
    cohorts = []
    for is_arriving, size in ((False, city.people), (True, arriving)):
        cohort = _cohort(rng, geo, size, is_arriving)
        cohort["arriving"] = np.full(size, is_arriving)
        cohorts.append(cohort)
    for column in ("guardian", "partner"):
        known = cohorts[1][column] >= 0
        cohorts[1][column][known] += city.people
    cohorts[1]["household"] = cohorts[1]["household"] + city.people
    who = stack(cohorts)

    head, who["household"] = np.unique(who["household"], return_inverse=True)
    who["head"] = head
    who.pop("head")
    lsoa = pick_by_row(rng, geo.lsoa_weights, who["ward"][head])
    settled = (
        city.first_day - 30 - (rng.exponential(8 * YEAR, len(head))).astype(np.int64)
    )
    came = city.first_day + rng.integers(1, city.last_day - city.first_day, len(head))
    home = {
        "age": who["age"][head],
        "postcode": geo.random_postcode(rng, lsoa),
        "arrival": np.where(who["arriving"][head], came, settled),
    }
    reference = np.where(
        who["arriving"], home["arrival"][who["household"]], city.first_day
    )
    who["birth"] = reference - np.floor(who.pop("age") * YEAR).astype(np.int64)
    who["arrival"] = np.maximum(home["arrival"][who["household"]], who["birth"])
    who["deprivation"] = geo.lsoa["deprivation"][lsoa][who["household"]]
    size = len(who["birth"])

    household_ethnic = _group_ethnic(rng, geo, lsoa)
    household_culture = pick_by_row(rng, _culture_shares(), household_ethnic)
    own_ethnic = _group_ethnic(rng, geo, lsoa[who["household"]])
    alone = ~who["child"] & (who["partner"] < 0)
    differs = chance(rng, np.where(alone, 0.5, 0.06), size)
    is_head = np.zeros(size, dtype=bool)
    is_head[head] = True
    differs &= ~is_head
    who["ethnic"] = np.where(differs, own_ethnic, household_ethnic[who["household"]])
    own_culture = pick_by_row(rng, _culture_shares(), who["ethnic"])
    who["culture"] = np.where(differs, own_culture, household_culture[who["household"]])
    who["head"] = head
    _name_everybody(rng, names, who, household_culture)
    who.pop("head")
    span = city.last_day - city.first_day
    changed = (
        city.first_day - 1500 + (rng.random(size) * (1500 + span)).astype(np.int64)
    )
    who["surname_day"] = np.where(who["former_surname"] >= 0, changed, who["birth"])
    who["mother"] = np.full(size, -1)

    start = np.maximum(who["arrival"], city.first_day)
    pressure = wards.of("care_home")[who["ward"]] * np.exp(0.1 * who["deprivation"])
    old = start - who["birth"] >= 65 * YEAR
    pressure = pressure / np.average(pressure, weights=old + 1e-9)
    who["care_day"] = _care_days(rng, city, start, who["birth"], pressure)
    frailty = np.exp(0.17 * who["deprivation"] + rng.normal(0, 0.2, size))
    frailty = frailty * np.where(who["female"] == 1, 0.85, 1.17)
    who["death"] = _death_days(rng, start, who["birth"], who["care_day"], frailty)
    leaving = np.interp(
        home["age"], [18, 24, 30, 45, 65], [0.10, 0.10, 0.055, 0.028, 0.014]
    )
    leaving = leaving * settings.YEARLY_DEPARTURES / 0.04
    away = np.maximum(home["arrival"], city.first_day) + 60
    away = away + (rng.exponential(YEAR, len(head)) / leaving).astype(np.int64)
    _presence(city, who, away[who["household"]])

    babies = _births(rng, city, who)
    newborn = _newborn(rng, names, who, babies)
    newborn["death"] = _death_days(
        rng,
        newborn["birth"],
        newborn["birth"],
        newborn["care_day"],
        np.ones(len(newborn["birth"])),
    )
    _presence(city, newborn, away[newborn["household"]])
    columns = [name for name in newborn if name in who]
    visitors = _visitors(rng, city, names, geo)
    everybody = stack([{c: f[c] for c in columns} for f in (who, newborn, visitors)])
    address, first = _household_moves(rng, city, geo, home)
    return People(everybody, address, first, len(visitors["birth"]))


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


def first_seen(city: settings.City, who: Frame) -> Array:
    """First day inside the period that each person lives in the city."""
    return np.maximum(who["arrival"], city.first_day)


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
