"""Community health: referrals to teams and their contacts, and community beds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import EMERGENCY
from synthetic_city.city.community_beds import draw_beds
from synthetic_city.city.geography import Geography, calibration
from synthetic_city.city.health import Health
from synthetic_city.city.homes import Residence
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.people import People
from synthetic_city.city.stays import inside
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Calendar,
    Frame,
    Rng,
    chance,
    expand,
    part,
    pick,
    poisson_events,
    stack,
    take,
)

CONTACTS_A_PERSON_YEAR = 1.62
_AGES = (2, 10, 30, 55, 70, 80, 90)
# After an emergency stay at 65 or over: chance of home-based intermediate care.
_INTERMEDIATE_CARE = 0.11
_INTERMEDIATE_CARE_CONTACTS = 13
HOME_BASED, BED_BASED = "53", "54"


@dataclass
class Community:
    """referral: person, start, end (OPEN), team (position in `teams`), source, priority
    contact: referral, day, minute, minutes, mechanism, place, status
    bed: person, referred, start, end (OPEN), ready (OPEN), site, purpose, source,
        destination (-1 while open)
    bed_need: (101, 2) admissions to beds as planned, by age and sex (male, female)
    """

    teams: list[str]
    reasons: list[str]
    referral: Frame
    contact: Frame
    bed: Frame
    bed_need: Array

    def stays(self) -> Frame:
        """person, start, end of every community bed stay, by start."""
        return {k: self.bed[k] for k in ("person", "start", "end")}


def draw_community(
    city: settings.City,
    geo: Geography,
    people: People,
    health: Health,
    residence: Residence,
    segment: Frame,
    wards: Multipliers,
    hospital: Hospital,
) -> Community:
    """Draw bed stays, then referrals and contacts of every team."""
    rng = part(city.seed, "community beds")
    bed, bed_need = draw_beds(
        rng, city, geo, people, residence, segment, wards, hospital
    )
    rng = part(city.seed, "community contacts")
    rows = calibration("community_team")
    teams = [r["team"] for r in rows] + [HOME_BASED, BED_BASED]
    plans = [
        _team_plans(rng, city, people, health, segment, wards, row, n)
        for n, row in enumerate(rows)
    ]
    plans.append(_after_discharge(rng, city, people, residence, hospital, len(rows)))
    stay_length = np.minimum(bed["end"], city.last_day) - bed["start"]
    plans.append(
        {
            "person": bed["person"],
            "start": bed["start"],
            "until": np.minimum(bed["end"], city.last_day),
            "contacts": np.minimum(1 + stay_length // 4, 12),
            "gap": np.full(len(stay_length), 4.0),
            "team": np.full(len(stay_length), len(rows) + 1),
        }
    )
    referral, contact = _contacts(
        rng, city, people, hospital, rows, stack(plans), residence
    )
    reasons = [r["reason"] for r in rows] + ["073", "074"]
    return Community(teams, reasons, referral, contact, bed, bed_need)


def _team_plans(
    rng: Rng,
    city: settings.City,
    people: People,
    health: Health,
    segment: Frame,
    wards: Multipliers,
    row: dict[str, str],
    team: int,
) -> Frame:
    """Referrals to one team, with the number of contacts planned for each."""
    person = segment["person"]
    age = (segment["middle"] - people.person["birth"][person]) / YEAR
    need = np.interp(age, _AGES, [float(row[f"at_{a}"]) for a in _AGES])
    need = need * np.exp(0.1 * people.person["deprivation"][person])
    need = need * (1 + 0.25 * health.frail[person] + 0.08 * health.burden[person])
    need = need * health.luck[person] * wards.of("community_contact")[segment["ward"]]
    weight = need * segment["years"]
    mean = float(row["contacts"])
    total = CONTACTS_A_PERSON_YEAR * float(row["share"]) * city.people * city.years
    at = poisson_events(rng, weight * total / mean / max(float(weight.sum()), 1e-9))
    weekday = Calendar.of(
        city.days, (1.1, 1.1, 1.05, 1.05, 1.0, 0.3, 0.25), 0.02, 0.015
    )
    start = weekday.draw(rng, segment["first"][at], segment["last"][at])
    spread = rng.gamma(0.9, mean / 0.9, len(at))
    return {
        "person": person[at],
        "start": start,
        "until": people.person["last_day"][person[at]],
        "contacts": 1 + np.minimum(spread, 260).astype(np.int64),
        "gap": np.full(len(at), float(row["gap"])),
        "team": np.full(len(at), team),
    }


def _after_discharge(
    rng: Rng,
    city: settings.City,
    people: People,
    residence: Residence,
    hospital: Hospital,
    team: int,
) -> Frame:
    """Home-based intermediate care after emergency stays of older people."""
    spell = hospital.spell
    age = (spell["start"] - people.person["birth"][spell["person"]]) / YEAR
    to_home = (
        (spell["destination"] == "19") & (spell["kind"] == EMERGENCY) & (age >= 65)
    )
    to_home &= spell["end"] - spell["start"] >= 1
    chosen = np.flatnonzero(to_home & chance(rng, _INTERMEDIATE_CARE, len(age)))
    start = spell["end"][chosen] + np.minimum(rng.geometric(0.6, len(chosen)) - 1, 6)
    until = people.person["last_day"][spell["person"][chosen]]
    fits = start <= until
    size = int(fits.sum())
    return {
        "person": spell["person"][chosen][fits],
        "start": start[fits],
        "until": until[fits],
        "contacts": 1 + rng.poisson(_INTERMEDIATE_CARE_CONTACTS, size),
        "gap": np.full(size, 2.2),
        "team": np.full(size, team),
    }


def _contacts(
    rng: Rng,
    city: settings.City,
    people: People,
    hospital: Hospital,
    rows: list[dict[str, str]],
    plan: Frame,
    residence: Residence,
) -> tuple[Frame, Frame]:
    """Referrals, and the contacts of each; no contacts while in hospital."""
    plan = take(plan, np.lexsort((plan["person"], plan["team"], plan["start"])))
    size = len(plan["person"])
    owner, ordinal = expand(plan["contacts"])
    # The first contact follows the referral after some days, or at once if urgent.
    first = plan["start"] + rng.poisson(np.minimum(plan["gap"] * 0.4, 12), size)
    step = (
        np.maximum(rng.exponential(1.0, len(owner)) * 0.6 + 0.4, 0.4)
        * plan["gap"][owner]
    )
    walked = np.cumsum(np.where(ordinal == 0, 0.0, step))
    day = first[owner] + (
        walked - walked[np.cumsum(plan["contacts"]) - plan["contacts"]][owner]
    ).astype(np.int64)
    weekend = (day + 3) % 7 >= 5
    shifted = np.where(weekend & ~chance(rng, 0.25, len(day)), day + 2, day)
    happens = shifted <= np.minimum(plan["until"][owner], city.last_day)
    bed_based = plan["team"] == len(rows) + 1
    happens &= bed_based[owner] | ~inside(
        hospital.stays(), plan["person"][owner], shifted
    )
    owner, day = owner[happens], shifted[happens]

    count = len(owner)
    last_contact = np.full(size, -1)
    np.maximum.at(last_contact, owner, day)
    ended = np.maximum(last_contact, plan["start"]) + rng.poisson(9, size)
    limit = plan["until"]
    alive_after = limit >= city.last_day
    end = np.where(
        ended > limit, np.where(alive_after & ~bed_based, OPEN, limit), ended
    )
    forgotten = chance(rng, 0.012, size) & alive_after
    end = np.where(forgotten | (end > city.last_day), OPEN, end)
    referral = {
        "person": plan["person"],
        "start": plan["start"],
        "end": end,
        "team": plan["team"],
        "source": pick(rng, (38, 22, 12, 10, 8, 10), size),
        "priority": np.where(
            plan["gap"] <= 2.5, 2, np.where(chance(rng, 0.12, size), 2, 1)
        ),
    }
    place = np.array([r["place"] for r in rows] + ["A01", "E02"])
    at_home = residence.home_at(plan["person"], plan["start"]) >= 0
    usual = np.where(at_home & ~bed_based, "G02", place[plan["team"]])
    remote = np.array(["01", "02", "11", "05"])[pick(rng, (84, 11, 4, 1), count)]
    contact = {
        "referral": owner,
        "day": day,
        "minute": np.clip(rng.normal(750, 150, count), 420, 1260).astype(np.int64),
        "minutes": 5
        * np.clip(np.round(rng.gamma(4, 1.6, count)), 1, 36).astype(np.int64),
        "mechanism": remote,
        "place": usual[owner],
        "status": np.array(["5", "6", "3", "2", "4"])[
            pick(rng, (90, 2, 5, 2, 1), count)
        ],
    }
    order = np.lexsort((contact["minute"], contact["referral"], contact["day"]))
    return referral, take(contact, order)
