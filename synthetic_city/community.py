"""Community health: referrals, contacts, and stays in community beds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import (
    OPEN,
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
from synthetic_city.geography import Geography, calibration
from synthetic_city.health import Health
from synthetic_city.homes import Residence
from synthetic_city.hospital import EMERGENCY, Hospital
from synthetic_city.people import YEAR, People
from synthetic_city.stays import around, in_order, inside, without_overlaps
from synthetic_city.wards import Multipliers

CONTACTS_A_PERSON_YEAR = 1.62
_AGES = (2, 10, 30, 55, 70, 80, 90)
# After an emergency stay at 65 or over: chance of home-based intermediate care.
_INTERMEDIATE_CARE = 0.11
_INTERMEDIATE_CARE_CONTACTS = 13
HOME_BASED, BED_BASED = "53", "54"

SITES = (
    # provider, site code, name, purposes
    (
        "RY6",
        "RY6A1",
        "Northfield Recovery Hub",
        ("intermediate care", "rehabilitation"),
    ),
    (
        "RY6",
        "RY6A2",
        "Southfield Recovery Hub",
        ("intermediate care", "nursing assessment"),
    ),
    (
        "VLEEDS",
        "VLEED1",
        "Eastfield Care Centre",
        ("intermediate care", "nursing assessment"),
    ),
    ("VLEEDS", "VLEED2", "Westfield Hospice", ("end of life",)),
)
PURPOSES = ("intermediate care", "rehabilitation", "nursing assessment", "end of life")
DESTINATIONS = ("own home", "hospital", "care home", "other community bed", "died")
SOURCES = ("hospital", "own home", "care home", "emergency department")
_BED_STAYS_A_YEAR = 3_150  # at full size, for about 240 beds of 28 days
_FROM_HOSPITAL = 0.72
# For each site and purpose in the order of SITES.
_SITE_PURPOSE_WEIGHTS = (26, 14, 14, 12, 14, 12, 8)
PURPOSE_SHARES = np.array([0.54, 0.14, 0.24, 0.08])


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
    bed, bed_need = _beds(rng, city, geo, people, residence, segment, wards, hospital)
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
    """Referrals to one team with the contacts meant for each."""
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
    """Contacts along each referral, none in hospital; and the referrals that remain."""
    plan = take(plan, np.lexsort((plan["person"], plan["team"], plan["start"])))
    size = len(plan["person"])
    owner, ordinal = expand(plan["contacts"])
    # The first contact follows the referral by some days, urgent teams by none.
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


def _beds(
    rng: Rng,
    city: settings.City,
    geo: Geography,
    people: People,
    residence: Residence,
    segment: Frame,
    wards: Multipliers,
    hospital: Hospital,
) -> tuple[Frame, Array]:
    """Stays in community beds, most of them straight from hospital; planned by age."""
    who, spell = people.person, hospital.spell
    wanted = _BED_STAYS_A_YEAR * city.scale * city.years
    age = (spell["start"] - who["birth"][spell["person"]]) / YEAR
    row = residence.at(spell["person"], np.minimum(spell["end"], city.last_day))
    # Visitors have no ward, and no bed in the community.
    ward = geo.lsoa["ward"][np.maximum(residence.row["lsoa"][row], 0)]
    able = (spell["kind"] == EMERGENCY) & np.isin(spell["destination"], ("19", "29"))
    able &= (age >= 60) & (spell["end"] - spell["start"] >= 2)
    able &= (residence.row["home"][row] < 0) & (residence.row["lsoa"][row] >= 0)
    weight = able * np.exp(0.06 * (age - 80)) * wards.of("community_bed")[ward]
    share = np.minimum(weight * wanted * _FROM_HOSPITAL / max(weight.sum(), 1e-9), 0.9)
    chosen = np.flatnonzero(chance(rng, share, len(weight)))
    start = spell["end"][chosen]
    from_hospital = {
        "person": spell["person"][chosen],
        "start": start,
        "referred": start
        - np.minimum(rng.poisson(4, len(chosen)), start - spell["start"][chosen]),
        "source": np.zeros(len(chosen), dtype=np.int64),
    }
    middle = (segment["middle"] - who["birth"][segment["person"]]) / YEAR
    need = np.where(middle >= 60, np.exp(0.08 * (middle - 80)), 0.0) * segment["years"]
    need = need * wards.of("community_bed")[segment["ward"]]
    expected = need * wanted * (0.95 - _FROM_HOSPITAL) / max(float(need.sum()), 1e-9)
    at = poisson_events(rng, expected)
    calendar = Calendar.of(city.days, (1.1, 1.1, 1.1, 1.05, 1.0, 0.4, 0.3), 0.04, 0.01)
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    in_home = segment["home"][at] >= 0
    from_home = {
        "person": segment["person"][at],
        "start": start,
        "referred": start - rng.poisson(2, len(at)),
        "source": np.where(in_home, 2, np.where(chance(rng, 0.25, len(at)), 3, 1)),
    }
    bed = stack([from_hospital, from_home])
    size = len(bed["person"])
    site_purpose = [
        (s, PURPOSES.index(p)) for s, site in enumerate(SITES) for p in site[3]
    ]
    choice = pick(rng, _SITE_PURPOSE_WEIGHTS, size)
    bed["site"] = np.array([s for s, _ in site_purpose])[choice]
    bed["purpose"] = np.array([p for _, p in site_purpose])[choice]
    nights = np.clip(np.exp(rng.normal(3.12, 0.72, size)), 2, 150).astype(np.int64)
    nights = np.where(bed["purpose"] == 3, np.minimum(nights, 21), nights)
    delay = np.where(
        chance(rng, 0.35, size), np.exp(rng.normal(1.9, 0.7, size)), 0
    ).astype(np.int64)
    bed["end"] = bed["start"] + nights + delay
    bed["ready"] = bed["end"] - delay
    last = who["last_day"][bed["person"]]
    into_home = who["care_day"][bed["person"]]
    # Nobody leaves the community bed later than they enter a care home.
    enters = (into_home < OPEN) & (into_home >= bed["start"])
    bed["end"] = np.where(enters, np.minimum(bed["end"], into_home), bed["end"])
    dead = who["death"][bed["person"]]
    leaves_city = who["departure"][bed["person"]]
    planned = bed["end"].copy()
    bed = {**bed, "planned": planned}
    fixed = in_order(hospital.stays())
    fits = bed["start"] <= last
    bed["end"] = np.minimum(bed["end"], np.minimum(dead, leaves_city - 1))
    bed = take(bed, np.flatnonzero(fits))
    bed = without_overlaps(around(fixed, bed, touching=True))
    end = bed["end"]
    person = bed["person"]
    died = who["death"][person] == end
    to_hospital = (end < bed["planned"]) & ~died & (who["departure"][person] - 1 != end)
    open_ = end > city.last_day
    leaving = np.minimum(end, city.last_day)
    goes_home = residence.home_at(person, leaving + 1) >= 0
    destination = np.where(goes_home, 2, np.where(chance(rng, 0.03, len(end)), 3, 0))
    destination = np.where(to_hospital, 1, destination)
    destination = np.where(died, 4, destination)
    bed["destination"] = np.where(open_, -1, destination)
    bed["end"] = np.where(open_, OPEN, end)
    unready = died | to_hospital & (bed["ready"] > end) | (bed["ready"] > city.last_day)
    bed["ready"] = np.where(unready, OPEN, np.minimum(bed["ready"], bed["end"]))
    bed.pop("planned")
    planned_need = np.zeros((101, 2))
    for people_at, years, count in (
        (spell["person"], age, share),
        (segment["person"], middle, expected),
    ):
        of_age = np.clip(years.astype(np.int64), 0, 100)
        np.add.at(planned_need, (of_age, who["female"][people_at]), count)
    # Somebody already in a bed, in hospital or dead does not come after all.
    planned_need *= len(end) / max(size, 1)
    return take(bed, np.lexsort((bed["person"], bed["start"]))), planned_need


def open_beds(city: settings.City, bed: Frame) -> Frame:
    """Beds open by site, purpose and month: mean use of a year over 87 % occupancy."""
    frames = []
    for site, (_, _, _, purposes) in enumerate(SITES):
        for purpose in (PURPOSES.index(p) for p in purposes):
            of_it = (bed["site"] == site) & (bed["purpose"] == purpose)
            start, end = (
                bed["start"][of_it],
                np.minimum(bed["end"][of_it], city.last_day + 1),
            )
            months = len(city.months)
            used = np.array(
                [
                    np.maximum(
                        np.minimum(end, last + 1) - np.maximum(start, first), 0
                    ).sum()
                    / (last + 1 - first)
                    for first, last in zip(
                        city.months.first, city.months.last, strict=True
                    )
                ]
            )
            smooth = np.convolve(
                np.pad(used, 6, mode="edge"), np.ones(13) / 13, "valid"
            )
            beds = np.maximum(np.maximum(np.ceil(smooth / 0.87), np.ceil(used)), 1)
            frames.append(
                {
                    "site": np.full(months, site),
                    "purpose": np.full(months, purpose),
                    "month": np.arange(months),
                    "beds": beds.astype(np.int64),
                }
            )
    return stack(frames)
