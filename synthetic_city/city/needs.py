"""What care people in beds need, what was assessed, and where they could have been.

Needs are drawn separately from the stays, so nothing else in the city depends on them.
The truth follows the hub's documented rules (seed `right_setting_rules`, set `base`);
what the feed says about it is incomplete and sometimes wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import ELECTIVE, EMERGENCY
from synthetic_city.city.community import Community
from synthetic_city.city.community_beds import PURPOSES
from synthetic_city.city.health import Health
from synthetic_city.city.homes import Homes
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.people import People
from synthetic_city.draw import OPEN, YEAR, Array, Frame, Rng, chance, part, stack, take

BED_KINDS = ("hospital", "community bed", "care home")
IN_HOSPITAL, IN_COMMUNITY_BED, IN_CARE_HOME = range(3)
NIGHT_NEEDS = ("none", "sleeping", "waking")
SETTINGS = ("hospital", "community bed", "care home", "own home")
REASONS = (
    "not medically ready",
    "rehabilitation goals not met",
    "end of life care",
    "care needed at night",
    "more daytime care than home care can provide",
    "home care not available",
    "home care available",
    "no care needed at home",
)
_SETTING_OF_REASON = np.array([0, 1, 1, 2, 2, 3, 3, 3])
MOST_HOURS = 28

# Chance of needing help at night without and with waking, by frailty 0 to 3; people in
# care homes need more.
_SLEEPING = np.array([0.14, 0.18, 0.24, 0.28])
_WAKING = np.array([0.04, 0.07, 0.13, 0.20])
_CARE_HOME_SLEEPING, _CARE_HOME_WAKING = 0.40, 0.47
_CARER = 0.42
_NO_CARE = 0.24
_CARE_HOME_NO_CARE = 0.03
_HOURS, _CARE_HOME_HOURS = 12.0, 27.0
_GOALS_IN_HOSPITAL = 0.22
_GOALS = np.array([0.85, 0.95, 0.10, 0.0])  # by bed purpose
# Days until home care is available (geometric) and the share who have it at once.
_WAIT_DAYS, _AT_ONCE = 7.0, 0.3
NOT_ASSESSED = 0.06
NIGHT_NEED_WRONG = 0.015


@dataclass
class Needs:
    """assessment: kind, stay (position in spells, bed stays or social care events),
        day, night, carer, hours, goals, goals_day (OPEN not met), home_care_day (OPEN
        no care needed)
    judged: kind, person, start (of the stay), first, until (the day after), reason
    """

    assessment: Frame
    judged: Frame


def draw_needs(
    city: settings.City,
    people: People,
    health: Health,
    hospital: Hospital,
    community: Community,
    homes: Homes,
) -> Needs:
    """Draw needs of everyone in a bed, what was recorded, and the right setting."""
    rng = part(city.seed, "care needs")
    frames = [
        _in_hospital(rng, city, people, health, hospital),
        _in_community_beds(rng, city, health, community),
        _in_care_homes(rng, city, health, homes),
    ]
    stay = stack(frames)
    return Needs(_assessments(rng, city, stay), _judged(city, stay))


def _needs(
    rng: Rng, health: Health, person: Array, in_care_home: bool = False
) -> Frame:
    """Night care, carer and hours of daytime care for each person in a bed."""
    size = len(person)
    frail = health.frail[person]
    sleeping = _CARE_HOME_SLEEPING if in_care_home else _SLEEPING[frail]
    waking = _CARE_HOME_WAKING if in_care_home else _WAKING[frail]
    drawn = rng.random(size)
    night = np.where(drawn < waking, 2, np.where(drawn < waking + sleeping, 1, 0))
    mean = _CARE_HOME_HOURS if in_care_home else _HOURS
    hours = np.clip(np.ceil(rng.gamma(2.5, mean / 2.5, size)), 1, 84).astype(np.int64)
    alone = chance(rng, _CARE_HOME_NO_CARE if in_care_home else _NO_CARE, size)
    wait = rng.geometric(1 / _WAIT_DAYS, size)
    return {
        "night": night,
        "carer": chance(rng, _CARER, size).astype(np.int64),
        "hours": np.where(alone, 0, hours),
        "wait": np.where(chance(rng, _AT_ONCE, size), 0, wait),
    }


def _in_hospital(
    rng: Rng, city: settings.City, people: People, health: Health, hospital: Hospital
) -> Frame:
    """Adults' ordinary stays at the city's own hospital; needs matter from ready on."""
    spell = hospital.spell
    age = (spell["start"] - people.person["birth"][spell["person"]]) / YEAR
    kept = np.isin(spell["kind"], (EMERGENCY, ELECTIVE)) & (spell["provider"] == 0)
    kept &= (age >= 18) & (spell["end"] > spell["start"])
    at = np.flatnonzero(kept)
    person, ready = spell["person"][at], spell["ready"][at]
    needs = _needs(rng, health, person)
    goals = chance(rng, _GOALS_IN_HOSPITAL, len(at)).astype(np.int64)
    until = np.minimum(spell["end"][at], city.last_day + 1)
    lag = rng.integers(0, 3, len(at))
    held = (ready < until) & (needs["hours"] > 0)
    return {
        **{name: needs[name] for name in ("night", "carer", "hours")},
        "kind": np.full(len(at), IN_HOSPITAL),
        "stay": at,
        "person": person,
        "start": spell["start"][at],
        "until": until,
        "ready": np.minimum(ready, until),
        "palliative": np.zeros(len(at), dtype=np.int64),
        "goals": goals,
        # Goals that need a rehabilitation bed are not met in a hospital bed.
        "goals_day": np.full(len(at), OPEN),
        "home_care_day": np.where(held, ready + needs["wait"], OPEN),
        "day": np.where(ready < until, np.minimum(ready + lag, until - 1), OPEN),
    }


def _in_community_beds(
    rng: Rng, city: settings.City, health: Health, community: Community
) -> Frame:
    """Every stay in a community bed; goals are met before or when ready to leave."""
    bed = community.bed
    size = len(bed["person"])
    needs = _needs(rng, health, bed["person"])
    until = np.minimum(bed["end"], city.last_day + 1)
    goals = chance(rng, _GOALS[bed["purpose"]], size)
    ready = bed["ready"]
    span = np.where(ready < OPEN, ready - bed["start"], 0)
    met = bed["start"] + np.ceil(span * rng.uniform(0.55, 1, size)).astype(np.int64)
    goals_day = np.where(goals & (ready < OPEN), met, OPEN)
    able = np.where(goals, goals_day, bed["start"])
    held = (able < OPEN) & (needs["hours"] > 0)
    return {
        **{name: needs[name] for name in ("night", "carer", "hours")},
        "kind": np.full(size, IN_COMMUNITY_BED),
        "stay": np.arange(size),
        "person": bed["person"],
        "start": bed["start"],
        "until": until,
        "ready": bed["start"],
        "palliative": (bed["purpose"] == PURPOSES.index("end of life")).astype(
            np.int64
        ),
        "goals": goals.astype(np.int64),
        "goals_day": goals_day,
        "home_care_day": np.where(held, able + needs["wait"], OPEN),
        "day": np.minimum(bed["start"] + rng.integers(0, 3, size), until),
    }


def _in_care_homes(
    rng: Rng, city: settings.City, health: Health, homes: Homes
) -> Frame:
    """All stays in care homes inside the period; the last day counts."""
    last = np.minimum(homes.stay["to_day"], city.last_day)
    at = np.flatnonzero(last >= np.maximum(homes.stay["from_day"], city.first_day))
    person = homes.stay["person"][at]
    who, owner = np.unique(person, return_inverse=True)
    # A move to another home does not change what a person needs.
    needs = take(_needs(rng, health, who, in_care_home=True), owner)
    seen = np.maximum(homes.stay["from_day"][at], city.first_day)
    none = np.zeros(len(at), dtype=np.int64)
    return {
        **{name: needs[name] for name in ("night", "carer", "hours")},
        "kind": np.full(len(at), IN_CARE_HOME),
        "stay": none - 1,
        "person": person,
        "start": homes.stay["from_day"][at],
        "until": last[at] + 1,
        "ready": homes.stay["from_day"][at],
        "palliative": none,
        "goals": none,
        "goals_day": none + OPEN,
        "home_care_day": np.where(needs["hours"] > 0, seen + 4 * needs["wait"], OPEN),
        "day": seen,
    }


def _assessments(rng: Rng, city: settings.City, stay: Frame) -> Frame:
    """What the transfer of care hub recorded: not everyone, not always correctly."""
    size = len(stay["person"])
    written = (stay["day"] <= city.last_day) & (stay["day"] < stay["until"])
    written &= ~chance(rng, NOT_ASSESSED, size)
    wrong = chance(rng, NIGHT_NEED_WRONG, size)
    other = (stay["night"] + rng.integers(1, 3, size)) % 3
    columns = (
        "kind",
        "stay",
        "person",
        "day",
        "night",
        "carer",
        "hours",
        "goals",
        "goals_day",
        "home_care_day",
    )
    found = {c: stay[c] for c in columns}
    found["night"] = np.where(wrong, other, stay["night"])
    found = take(found, np.flatnonzero(written))
    order = np.lexsort((found["person"], found["stay"], found["kind"], found["day"]))
    return take(found, order)


def _judged(city: settings.City, stay: Frame) -> Frame:
    """Each stay cut into runs of days with one reason, by the rules of the base set."""
    start = np.maximum(stay["start"], city.first_day)
    until = stay["until"]
    cuts = np.stack(
        [
            start,
            *(
                np.clip(stay[name], start, until)
                for name in ("ready", "goals_day", "home_care_day")
            ),
            until,
        ],
        axis=1,
    )
    cuts.sort(axis=1)
    frames = []
    for n in range(cuts.shape[1] - 1):
        at = np.flatnonzero(cuts[:, n] < cuts[:, n + 1])
        first, run = cuts[at, n], take(stay, at)
        night_at_home = (run["night"] == 0) | (run["night"] == 1) & (run["carer"] == 1)
        reason = np.select(
            [
                first < run["ready"],
                run["palliative"] == 1,
                (run["goals"] == 1) & (first < run["goals_day"]),
                ~night_at_home,
                run["hours"] > MOST_HOURS,
                run["hours"] == 0,
                first < run["home_care_day"],
            ],
            [0, 2, 1, 3, 4, 7, 5],
            default=6,
        )
        frames.append(
            {
                "kind": run["kind"],
                "person": run["person"],
                "start": run["start"],
                "first": first,
                "until": cuts[at, n + 1],
                "reason": reason,
            }
        )
    judged = stack(frames)
    return take(judged, np.lexsort((judged["first"], judged["person"], judged["kind"])))


def setting_of(reason: Array) -> Array:
    """Position in SETTINGS of the setting that a reason speaks for."""
    chosen: Array = _SETTING_OF_REASON[reason]
    return chosen
