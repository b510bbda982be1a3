"""Admissions to hospital: those that other events require, and those by rates."""

from __future__ import annotations

import numpy as np

from synthetic_city import settings
from synthetic_city.city.health import Health
from synthetic_city.city.lifetimes import first_seen
from synthetic_city.city.people import People
from synthetic_city.city.stays import without_overlaps
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Calendar,
    Frame,
    Rng,
    chance,
    pick_by_row,
    poisson_events,
    stack,
    take,
)

# NHS England monthly returns for RR8, 2021-24, and the share of residents among them.
RESIDENT_SHARE = 0.777
ATTENDANCES_A_MONTH = 28_900 * RESIDENT_SHARE
ADMISSIONS_VIA_EMERGENCY_A_MONTH = 4_850 * RESIDENT_SHARE
VIA_EMERGENCY_SHARE = 0.80  # of emergency admissions; the rest come directly
ELECTIVE_RATE = 0.021  # ordinary elective admissions per person-year
DAY_CASE_RATE = 0.098
NEIGHBOUR_SHARE = 0.03  # treated at the neighbouring trust
READMISSION = 0.10
TRANSFER = 0.02  # of emergency stays of three days or more at RR8
DIED_IN_HOSPITAL = 0.44

EMERGENCY, ELECTIVE, DAY_CASE, DELIVERY, ANTENATAL, BABY = range(6)
KINDS = ("emergency", "elective", "daycase", "maternity", "maternity", "baby")
_BANDS = np.array([5, 18, 45, 65, 75, 85])
# Clinical days (mean of the log) by age band, and the share of same-day stays.
_LOG_DAYS = np.array([0.2, 0.35, 0.6, 0.95, 1.3, 1.52, 1.65])
_SAME_DAY = np.array([0.45, 0.45, 0.42, 0.32, 0.22, 0.16, 0.13])
# Chance that discharge is delayed, and for how long (log-normal).
_DELAYED = np.array([0.02, 0.02, 0.16, 0.30, 0.46, 0.60, 0.68])
_DELAY_LOG_DAYS, _DELAY_SPREAD = 1.74, 1.0


class Given:
    """What the steps that draw stays share."""

    def __init__(
        self,
        city: settings.City,
        people: People,
        health: Health,
        segment: Frame,
        wards: Multipliers,
    ) -> None:
        """Work out age, frailty and luck of the people of each segment."""
        self.city, self.people, self.health = city, people, health
        self.segment, self.wards = segment, wards
        self.who = people.person
        person = segment["person"]
        self.age = (segment["middle"] - self.who["birth"][person]) / YEAR
        self.frailty = (1 + 0.22 * np.minimum(health.burden[person], 6)) * np.array(
            [1.0, 1.2, 1.5, 1.9]
        )[health.frail[person]]
        self.luck = health.luck[person]

    def age_at(self, person: Array, days: Array) -> Array:
        """Age in years of each person on each day."""
        return (days - self.who["birth"][person]) / YEAR


def age_band(age: Array) -> Array:
    """0-4, 5-17, 18-44, 45-64, 65-74, 75-84, 85+ as 0..6."""
    return np.searchsorted(_BANDS, age, side="right")


def _emergency_risk(age: Array, deprivation: Array) -> Array:
    """Relative risk of an emergency admission: J-shaped, exponential after 40."""
    young = np.interp(
        age, [0, 1, 3, 8, 16, 25, 40], [3.6, 2.2, 1.0, 0.55, 0.7, 0.9, 0.9]
    )
    risk = np.where(age < 40, young, 0.9 * np.exp(0.042 * (age - 40)))
    slope = np.where(age < 65, 0.21, 0.12)
    whole: Array = risk * np.exp(slope * deprivation)
    return whole


def scaled(weight: Array, city: settings.City, a_month: float) -> Array:
    """Expected events per segment so that the whole city has `a_month` at full size."""
    months = len(city.months)
    total = a_month * city.scale * months
    return weight * total / max(float(weight.sum()), 1e-9)


def new_stays(person: Array, start: Array, kind: int, group: Array) -> Frame:
    """Stays of one kind that end on the day they start."""
    size = len(person)
    return {
        "person": person,
        "start": start,
        "end": start.copy(),
        "ready": np.full(size, OPEN),
        "kind": np.full(size, kind),
        "group": group,
        "delayed": np.zeros(size, dtype=np.int64),
    }


def groups_for(rng: Rng, groups: list[dict[str, str]], kind: str, age: Array) -> Array:
    """Position in `groups` of a reason for admission of that kind, by age."""
    rows = [i for i, g in enumerate(groups) if g["kind"] == kind]
    bands = ("w0", "w5", "w18", "w45", "w65", "w75", "w85")
    weight = np.array([[float(groups[i][b]) for i in rows] for b in bands])
    return np.array(rows)[pick_by_row(rng, weight, age_band(age))]


def set_lengths(rng: Rng, given: Given, stay: Frame, delay: Array) -> None:
    """Clinical days, then days of delay; sets end, ready and delayed."""
    age = given.age_at(stay["person"], stay["start"])
    band = age_band(age)
    size = len(age)
    nights = np.exp(_LOG_DAYS[band] + rng.normal(0, 0.95, size))
    frail = np.array([1.0, 1.05, 1.15, 1.25])[given.health.frail[stay["person"]]]
    nights = np.where(chance(rng, _SAME_DAY[band], size), 0, np.ceil(nights * frail))
    nights = np.minimum(nights, 150).astype(np.int64)
    held = (nights >= 1) & chance(rng, np.minimum(_DELAYED[band] * delay, 0.95), size)
    extra = np.ceil(np.exp(_DELAY_LOG_DAYS + rng.normal(0, _DELAY_SPREAD, size)))
    extra = np.where(held, np.minimum(extra, 120), 0).astype(np.int64)
    stay["delayed"] = extra
    stay["ready"] = stay["start"] + nights
    stay["end"] = stay["ready"] + extra


def forced_stays(rng: Rng, given: Given, groups: list[dict[str, str]]) -> Frame:
    """Stays that other events require: deaths, moves to a care home, births."""
    return without_overlaps(
        stack(
            [
                _before_death(rng, given, groups),
                _before_care_home(rng, given, groups),
                *_births(rng, given, groups),
            ]
        )
    )


def _before_death(rng: Rng, given: Given, groups: list[dict[str, str]]) -> Frame:
    """The last stay of those who die in hospital."""
    who, city = given.who, given.city
    dying = np.flatnonzero(
        (who["death"] < OPEN) & chance(rng, DIED_IN_HOSPITAL, len(who["death"]))
    )
    dying = dying[who["household"][dying] >= 0]
    length = np.minimum(np.exp(rng.normal(1.7, 1.0, len(dying))), 70).astype(np.int64)
    earliest = np.maximum(first_seen(city, who)[dying], who["birth"][dying])
    came = who["care_day"][dying]
    earliest = np.where(came < OPEN, np.maximum(earliest, came + 2), earliest)
    death = who["death"][dying]
    start = np.maximum(death - length, earliest)
    fits = start <= death
    dying, start = dying[fits], start[fits]
    age = given.age_at(dying, start)
    group = groups_for(rng, groups, "emergency", age)
    stay = new_stays(dying, start, EMERGENCY, group)
    stay["end"] = who["death"][dying]
    return stay


def _before_care_home(rng: Rng, given: Given, groups: list[dict[str, str]]) -> Frame:
    """The stay before the move to a care home; its last days are a delay."""
    who, city = given.who, given.city
    entering = np.flatnonzero(
        (who["care_day"] < OPEN)
        & (who["care_day"] > city.first_day + 40)
        & chance(rng, 0.55, len(who["care_day"]))
    )
    entering = entering[
        first_seen(city, who)[entering] + 60 < who["care_day"][entering]
    ]
    size = len(entering)
    delay = np.minimum(np.exp(rng.normal(2.5, 0.8, size)), 60).astype(np.int64) + 1
    nights = np.minimum(np.exp(rng.normal(1.9, 0.8, size)), 60).astype(np.int64) + 2
    # Leaves hospital on the day before the first whole day in the home.
    end = who["care_day"][entering]
    start = np.maximum(end - nights - delay, first_seen(city, who)[entering])
    age = given.age_at(entering, start)
    group = groups_for(rng, groups, "emergency", age)
    stay = new_stays(entering, start, EMERGENCY, group)
    stay["end"] = end
    stay["delayed"] = np.minimum(delay, end - start)
    stay["ready"] = end - stay["delayed"]
    return stay


def _births(rng: Rng, given: Given, groups: list[dict[str, str]]) -> list[Frame]:
    """Stays of mothers and of newborns."""
    who, city = given.who, given.city
    names = [g["group"] for g in groups]
    baby = np.flatnonzero(who["mother"] >= 0)
    mother, born = who["mother"][baby], who["birth"][baby]
    length = np.minimum(rng.poisson(1.4, len(baby)), 6)
    # One stay for the mother of twins.
    single = np.unique(mother.astype(np.int64) << 20 | born, return_index=True)[1]
    group = np.full(len(single), names.index("delivery"))
    delivering = new_stays(mother[single], born[single], DELIVERY, group)
    delivering["start"] = np.maximum(
        born[single] - chance(rng, 0.35, len(single)), city.first_day
    )
    delivering["end"] = born[single] + length[single]
    newborn = new_stays(baby, born, BABY, np.full(len(baby), names.index("newborn")))
    intensive = chance(rng, 0.06, len(baby)) * np.exp(rng.normal(2.0, 1.0, len(baby)))
    newborn["end"] = born + length + np.minimum(intensive, 90).astype(np.int64)
    return [delivering, newborn]


def stays_by_rates(
    rng: Rng, given: Given, groups: list[dict[str, str]], forced: Frame
) -> Frame:
    """Emergency stays and readmissions, planned stays and antenatal stays."""
    already = int((forced["kind"] == EMERGENCY).sum())
    return stack(
        [
            *_emergencies(rng, given, groups, already),
            *_planned(rng, given, groups),
            _antenatal(rng, given, groups),
        ]
    )


def _emergencies(
    rng: Rng, given: Given, groups: list[dict[str, str]], already: int
) -> list[Frame]:
    """Emergency stays in addition to those there are `already`, and readmissions."""
    city, segment, who = given.city, given.segment, given.who
    person = segment["person"]
    wanted = ADMISSIONS_VIA_EMERGENCY_A_MONTH / VIA_EMERGENCY_SHARE
    have = already / max(len(city.months) * city.scale, 1e-9)
    base = max(wanted - have, 0.1 * wanted) / (1 + READMISSION) * 1.04
    weight = segment["years"] * _emergency_risk(given.age, who["deprivation"][person])
    weight = weight * given.frailty * given.luck
    weight = weight * np.where(segment["home"] >= 0, 1.25, 1.0)
    weight = weight * given.wards.of("emergency_admission")[segment["ward"]]
    at = poisson_events(rng, scaled(weight, city, base))
    calendar = Calendar.of(
        city.days, (1.08, 1.04, 1.02, 1.02, 1.02, 0.91, 0.91), 0.06, 0.012
    )
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    age = given.age_at(person[at], start)
    group = groups_for(rng, groups, "emergency", age)
    stay = new_stays(person[at], start, EMERGENCY, group)
    delay = given.wards.of("delay")[segment["ward"][at]]
    set_lengths(rng, given, stay, delay)
    again = np.flatnonzero(chance(rng, READMISSION, len(at)))
    back = take(stay, again)
    back["start"] = (
        stay["end"][again] + 1 + np.minimum(rng.geometric(0.09, len(again)), 29)
    )
    set_lengths(rng, given, back, delay[again])
    return [stay, back]


def _planned(rng: Rng, given: Given, groups: list[dict[str, str]]) -> list[Frame]:
    """Elective stays, then day cases."""
    city, segment, who = given.city, given.segment, given.who
    person = segment["person"]
    need = np.exp(0.03 * who["deprivation"][person])
    need = need * (1 + 0.12 * given.health.burden[person])
    need = need * np.interp(
        given.age,
        [0, 5, 18, 40, 60, 75, 85, 95],
        [0.5, 0.45, 0.4, 0.8, 1.6, 2.3, 1.4, 0.5],
    )
    weekdays = Calendar.of(
        city.days, (1.05, 1.1, 1.1, 1.05, 0.95, 0.12, 0.06), -0.03, 0.02
    )
    frames = []
    for kind, rate in ((ELECTIVE, ELECTIVE_RATE), (DAY_CASE, DAY_CASE_RATE)):
        weight = segment["years"] * need
        weight = weight * np.where(kind == DAY_CASE, given.luck, 1.0)
        weight = weight * given.wards.of("elective_admission")[segment["ward"]]
        expected = scaled(weight, city, rate / 12 * settings.REAL_PEOPLE)
        at = poisson_events(rng, expected)
        start = weekdays.draw(rng, segment["first"][at], segment["last"][at])
        age = given.age_at(person[at], start)
        group = groups_for(rng, groups, KINDS[kind], age)
        stay = new_stays(person[at], start, kind, group)
        if kind == ELECTIVE:
            nights = np.exp(rng.normal(0.7, 0.8, len(at)))
            stay["end"] = start + np.minimum(np.ceil(nights), 60).astype(np.int64)
        stay["ready"] = stay["end"].copy()
        frames.append(stay)
    return frames


def _antenatal(rng: Rng, given: Given, groups: list[dict[str, str]]) -> Frame:
    """Stays of mothers before a birth."""
    who = given.who
    names = [g["group"] for g in groups]
    babies = np.flatnonzero(who["mother"] >= 0)
    before = babies[chance(rng, 0.45, len(babies))]
    start = who["birth"][before] - rng.integers(10, 200, len(before))
    mother = who["mother"][before]
    known = start >= first_seen(given.city, who)[mother]
    group = np.full(int(known.sum()), names.index("antenatal"))
    stay = new_stays(mother[known], start[known], ANTENATAL, group)
    stay["end"] = stay["start"] + rng.poisson(0.6, len(stay["start"]))
    stay["ready"] = stay["end"].copy()
    return stay
