"""The slow-down planted in unplanned care: from one month on, fewer people come.

Each attendance and emergency admission after that month is left out with a chance that
grows slowly and depends on ward, age and route: strongest in some wards, in old age and
for arrivals by ambulance. Stays that other events require (deaths, transfers, moves to
a care home) are left alone. Disruptions such as that of 2020 are not planted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import EMERGENCY
from synthetic_city.city.geography import Geography
from synthetic_city.city.homes import Residence
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.people import People
from synthetic_city.city.schemes import DOES_NOTHING, WORKS, Schemes
from synthetic_city.draw import YEAR, Array, Frame, chance, part, take

STARTS_AFTER = 0.55  # of the months
STEP = 0.45  # log of those who still come, where the slow-down is strongest
A_YEAR = 0.04
STRONG_WARDS = 1 / 3
ELSEWHERE = 0.8
_AGES = ("0-19", "20-64", "65-74", "75-84", "85 and over")
_AGE_LIMITS = np.array([20, 65, 75, 85])
_OF_AGE = np.array([0.0, 0.8, 1.0, 1.0, 1.0])
ROUTES = ("ambulance to A&E", "own way to A&E", "directly to a ward")
_OF_ROUTE = np.array([1.0, 0.9, 0.5])


@dataclass
class SlowDown:
    """What was planted: first month, strong wards, and each event since, with outcome.

    event: measure (0 attendance, 1 admission), ward (-1 outside), age (position in
    _AGES), route, month (position among the city's), prevented (1: it did not come).
    """

    first_month: int | None = None
    strong: Array = field(default_factory=lambda: np.zeros(0, dtype=bool))
    event: Frame = field(default_factory=dict)


def plant_slow_down(
    city: settings.City,
    geo: Geography,
    people: People,
    residence: Residence,
    hospital: Hospital,
    schemes: Schemes,
) -> tuple[Hospital, SlowDown]:
    """Take the prevented events out of the hospital; without one, nothing changes.

    It is strong in as large a share of each scheme's wards as elsewhere, so comparing
    wards separates the effect of a scheme from it.
    """
    if not city.slow_down:
        return hospital, SlowDown()
    rng = part(city.seed, "slow-down of unplanned care")
    first_month = round(STARTS_AFTER * len(city.months))
    wards = len(geo.ward["people"])
    strong = np.zeros(wards, dtype=bool)
    of_scheme = np.zeros(wards, dtype=np.int64)
    for number in (WORKS, DOES_NOTHING):
        of_scheme[schemes.scheme[number].wards] = number + 1
    for number in np.unique(of_scheme):
        these = np.flatnonzero(of_scheme == number)
        count = round(STRONG_WARDS * len(these))
        strong[rng.choice(these, count, replace=False)] = True
    first_day = int(city.months.first[first_month])
    spell, attendance = hospital.spell, hospital.attendance

    def described(person: Array, day: Array, route: Array, measure: int) -> Frame:
        lsoa = residence.row["lsoa"][residence.at(person, day)]
        age = (day - people.person["birth"][person]) / YEAR
        return {
            "measure": np.full(len(person), measure),
            "ward": np.where(lsoa >= 0, geo.lsoa["ward"][lsoa], -1),
            "age": np.searchsorted(_AGE_LIMITS, age, side="right"),
            "route": route,
            "month": city.months.of(day),
        }

    def stays_away(event: Frame, day: Array, may: Array) -> Array:
        reach = np.where(np.r_[strong, False][event["ward"]], 1.0, ELSEWHERE)
        reach = reach * _OF_AGE[event["age"]] * _OF_ROUTE[event["route"]]
        weaker = (STEP + A_YEAR * (day - first_day) / 365.25) * reach
        wanted = chance(rng, -np.expm1(-weaker), len(day))
        return wanted & may & (day >= first_day) & (event["ward"] >= 0)

    by_ambulance = np.zeros(len(spell["person"]), dtype=bool)
    led = np.flatnonzero(attendance["spell"] >= 0)
    by_ambulance[attendance["spell"][led]] = attendance["ambulance"][led]
    route = np.where(spell["from_emergency"], np.where(by_ambulance, 0, 1), 2)
    admission = described(spell["person"], spell["start"], route, 1)
    emergency = (spell["kind"] == EMERGENCY) & ~spell["came_by_transfer"]
    to_a_home = people.person["care_day"][spell["person"]] == spell["end"]
    may = emergency & ~spell["died"] & ~spell["moves_on"] & ~to_a_home
    gone = stays_away(admission, spell["start"], may)

    route = np.where(attendance["ambulance"], 0, 1)
    visit = described(attendance["person"], attendance["day"], route, 0)
    away = stays_away(visit, attendance["day"], attendance["spell"] < 0)
    away[led] = gone[attendance["spell"][led]]

    frames = []
    for event, prevented, counts in (
        (visit, away, attendance["category"] != 4),
        (admission, gone, emergency),
    ):
        since = np.flatnonzero(counts & (event["month"] >= first_month))
        frames.append(take({**event, "prevented": prevented.astype(int)}, since))
    event = {k: np.concatenate([f[k] for f in frames]) for k in frames[0]}
    planted = SlowDown(first_month, strong, event)
    return _without(hospital, gone, away), planted


def _without(hospital: Hospital, gone: Array, away: Array) -> Hospital:
    """The hospital without these spells, their episodes and codes, and attendances."""
    episode_gone = gone[hospital.episode["spell"]]
    diagnosis_gone = episode_gone[hospital.diagnosis["episode"]]
    new_spell = np.r_[np.cumsum(~gone) - 1, -1]
    new_episode = np.cumsum(~episode_gone) - 1
    episode = take(hospital.episode, ~episode_gone)
    episode["spell"] = new_spell[episode["spell"]]
    diagnosis = take(hospital.diagnosis, ~diagnosis_gone)
    diagnosis["episode"] = new_episode[diagnosis["episode"]]
    attendance = take(hospital.attendance, ~away)
    attendance["spell"] = new_spell[attendance["spell"]]
    return replace(
        hospital,
        spell=take(hospital.spell, ~gone),
        episode=episode,
        diagnosis=diagnosis,
        attendance=attendance,
    )


TRUTH_COLUMNS = (
    "measure",
    "dimension",
    "part",
    "first_month",
    "prevented_count",
    "left_count",
)


def truth_rows(
    city: settings.City, geo: Geography, planted: SlowDown
) -> Iterator[tuple[object, ...]]:
    """Yield TRUTH_COLUMNS: events prevented and left, by measure and dimension."""
    if planted.first_month is None:
        return
    event = planted.event
    first_month = f"{city.months.label[planted.first_month]}-01"
    wards = (*geo.ward["code"].tolist(), "outside")
    dimensions = {
        "city": (np.zeros_like(event["ward"]), ("all",)),
        "ward": (event["ward"] % len(wards), wards),
        "age group": (event["age"], _AGES),
        "route": (event["route"], ROUTES),
        "month": (event["month"], city.months.label),
    }
    for number, measure in enumerate(("unplanned_attendance", "emergency_admission")):
        counted = event["measure"] == number
        prevented = counted & (event["prevented"] == 1)
        for dimension, (position, names) in dimensions.items():
            lost = np.bincount(position[prevented], minlength=len(names)).tolist()
            left = np.bincount(position[counted & ~prevented], minlength=len(names))
            for name, gone, came in zip(names, lost, left.tolist(), strict=True):
                if gone + came:
                    yield measure, dimension, name, first_month, gone, came
