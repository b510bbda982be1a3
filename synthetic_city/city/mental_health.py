"""Mental health: referrals, contacts, hospital spells and delayed discharges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.community import Community
from synthetic_city.city.health import Health
from synthetic_city.city.homes import Residence
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.people import People
from synthetic_city.city.stays import around, in_order, inside, without_overlaps
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

REFERRALS_A_PERSON_YEAR = 0.045
SPELLS_A_YEAR = 2_100  # at full size
TEAMS = ("A06", "A02", "A07", "C10", "A05", "A11")
_TEAM_SHARE = (44, 20, 6, 5, 10, 15)
_CONTACTS = np.array([9, 5, 8, 10, 12, 3])
_GAP = np.array([16.0, 2.0, 12.0, 14.0, 9.0, 7.0])
_DELAYED = 0.16
# Reasons of delay: code in v5, code in v6, attribution, weight.
REASONS = (
    ("A2", "01", "04", 8),
    ("B1", "04", "06", 9),
    ("C1", "05", "04", 16),
    ("D1", "07", "05", 16),
    ("D2", "08", "06", 12),
    ("E1", "09", "05", 10),
    ("G2", "11", "04", 4),
    ("H1", "12", "04", 3),
    ("I2", "18", "07", 16),
    ("J2", "15", "07", 6),
)


@dataclass
class MentalHealth:
    """referral: person, start, end (OPEN), team, source, priority, reason
    contact: referral, day, minute, minutes, mechanism, place, status
    spell: person, start, end (OPEN), referral, method, source, destination,
        discharge_method, delay_start (OPEN none), delay_end, delay_reason
    """

    referral: Frame
    contact: Frame
    spell: Frame


def draw_mental_health(
    city: settings.City,
    people: People,
    health: Health,
    residence: Residence,
    segment: Frame,
    wards: Multipliers,
    hospital: Hospital,
    community: Community,
) -> MentalHealth:
    """Draw spells, then referrals and contacts."""
    rng = part(city.seed, "mental health")
    who = people.person
    person = segment["person"]
    age = (segment["middle"] - who["birth"][person]) / YEAR
    risk = np.interp(
        age,
        [0, 10, 16, 18, 25, 40, 60, 75, 88],
        [0, 0, 0.3, 1.6, 1.7, 1.2, 0.8, 0.9, 1.5],
    )
    risk = risk * np.exp(0.28 * who["deprivation"][person]) * health.luck[person]
    risk = risk * wards.of("mental_health")[segment["ward"]] * segment["years"]
    ill = np.where(health.has("smi"), 14.0, 1.0) * np.where(
        health.has("depression"), 2.0, 1.0
    )
    ill = ill * np.where(health.has("dementia"), 2.5, 1.0)
    weight = risk * ill[person]

    others = in_order(stack([hospital.stays(), community.stays()]))
    spell = _spells(
        rng,
        city,
        people,
        residence,
        segment,
        weight * np.where(health.has("smi"), 4.0, 1.0)[person],
        others,
    )
    total = REFERRALS_A_PERSON_YEAR * city.people * city.years
    at = poisson_events(rng, weight * total / max(float(weight.sum()), 1e-9))
    weekday = Calendar.of(city.days, (1.1, 1.1, 1.05, 1.05, 1.0, 0.4, 0.35), 0.0, 0.02)
    start = weekday.draw(rng, segment["first"][at], segment["last"][at])
    team = pick(rng, _TEAM_SHARE, len(at))
    # Each hospital spell belongs to its own crisis referral.
    for_spell = spell["person"]
    plan = {
        "person": np.r_[person[at], for_spell],
        "start": np.r_[start, spell["start"]],
        "team": np.r_[team, np.ones(len(for_spell), dtype=np.int64)],
        "spell": np.r_[np.full(len(at), -1), np.arange(len(for_spell))],
    }
    plan = take(plan, np.lexsort((plan["spell"], plan["person"], plan["start"])))
    referral, contact = _referrals(rng, city, people, hospital, plan, spell)
    spell["referral"] = np.zeros(len(for_spell), dtype=np.int64)
    on_spell = plan["spell"] >= 0
    spell["referral"][plan["spell"][on_spell]] = np.flatnonzero(on_spell)
    return MentalHealth(referral, contact, spell)


def _spells(
    rng: Rng,
    city: settings.City,
    people: People,
    residence: Residence,
    segment: Frame,
    weight: Array,
    others: Frame,
) -> Frame:
    """Hospital spells with their delays; none overlaps a stay in another bed."""
    who = people.person
    age = (segment["middle"] - who["birth"][segment["person"]]) / YEAR
    weight = weight * (age >= 17)
    total = SPELLS_A_YEAR * city.scale * city.years
    at = poisson_events(rng, weight * total / max(float(weight.sum()), 1e-9))
    calendar = Calendar.of(city.days, (1.05, 1.05, 1.0, 1.0, 1.0, 0.95, 0.95), 0.0, 0.0)
    person = segment["person"][at]
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    nights = np.clip(np.exp(rng.normal(3.2, 0.95, len(at))), 1, 400).astype(np.int64)
    delayed = chance(rng, _DELAYED, len(at)) & (nights > 10)
    delay = np.where(delayed, np.exp(rng.normal(3.0, 0.8, len(at))), 0).astype(np.int64)
    spell = {
        "person": person,
        "start": start,
        "end": start + nights + delay,
        "delay": delay,
    }
    spell = without_overlaps(around(others, spell, touching=False))
    last = who["last_day"][spell["person"]]
    dead = who["death"][spell["person"]]
    over = spell["end"] > last
    runs_on = (last == city.last_day) & (dead > last)
    died = over & (dead == last)
    end = np.where(over & ~runs_on, last, spell["end"])
    open_ = end > city.last_day
    delay_start = np.maximum(spell["end"] - spell["delay"], spell["start"])
    has_delay = (
        (spell["delay"] > 0) & (delay_start < np.minimum(end, city.last_day)) & ~died
    )
    size = len(end)
    usual = np.array(["19", "29", "53", "54"])[pick(rng, (85, 8, 4, 3), size)]
    in_home = residence.home_at(spell["person"], np.minimum(end, city.last_day)) >= 0
    destination = np.where(in_home, "85", usual)
    destination = np.where(died, "79", destination)
    spell = {
        "person": spell["person"],
        "start": spell["start"],
        "end": np.where(open_, OPEN, end),
        "method": np.array(["25", "21", "28", "11"])[pick(rng, (55, 20, 10, 15), size)],
        "source": np.array(["19", "51", "29", "39"])[pick(rng, (80, 12, 5, 3), size)],
        "destination": np.where(open_, "98", destination),
        "discharge_method": np.where(open_, "8", np.where(died, "4", "1")),
        "delay_start": np.where(has_delay, delay_start, OPEN),
        "delay_end": np.where(has_delay & ~open_, end, OPEN),
        "delay_reason": pick(rng, [r[3] for r in REASONS], size),
    }
    return take(spell, np.lexsort((spell["person"], spell["start"])))


def _referrals(
    rng: Rng,
    city: settings.City,
    people: People,
    hospital: Hospital,
    plan: Frame,
    spell: Frame,
) -> tuple[Frame, Frame]:
    """Referrals and their contacts; a referral stays open until its spell ends."""
    size = len(plan["person"])
    until = np.minimum(people.person["last_day"][plan["person"]], city.last_day)
    counts = 1 + np.minimum(rng.gamma(0.9, _CONTACTS[plan["team"]] / 0.9), 150).astype(
        np.int64
    )
    owner, ordinal = expand(counts)
    step = np.where(
        ordinal == 0,
        0.0,
        (0.5 + 0.5 * rng.exponential(1, len(owner))) * _GAP[plan["team"]][owner],
    )
    walked = np.cumsum(step)
    begin = walked[np.cumsum(counts) - counts]
    day = (plan["start"] + rng.poisson(_GAP[plan["team"]] * 0.5))[owner] + (
        walked - begin[owner]
    ).astype(np.int64)
    weekend = ((day + 3) % 7 >= 5) & (plan["team"][owner] != 1)
    day = np.where(weekend, day + 2, day)
    happens = (day <= until[owner]) & ~inside(
        hospital.stays(), plan["person"][owner], day
    )
    owner, day = owner[happens], day[happens]
    last = plan["start"].copy()
    np.maximum.at(last, owner, day)
    on_spell = plan["spell"] >= 0
    if len(spell["end"]):
        held = np.where(on_spell, spell["end"][plan["spell"]], -1)
        last = np.maximum(last, held)
    ended = np.minimum(last, OPEN // 2) + rng.poisson(14, size)
    limit = people.person["last_day"][plan["person"]]
    alive_after = limit >= city.last_day
    end = np.where(ended > limit, np.where(alive_after, OPEN, limit), ended)
    referral = {
        "person": plan["person"],
        "start": plan["start"],
        "end": np.where(end > city.last_day, OPEN, end),
        "team": plan["team"],
        "source": pick(rng, (40, 20, 15, 15, 10), size),
        "priority": np.where(
            plan["team"] == 1, pick(rng, (40, 40, 0, 20), size) + 1, 3
        ),
        "reason": rng.integers(1, 28, size),
    }
    count = len(owner)
    contact = {
        "referral": owner,
        "day": day,
        "minute": np.clip(rng.normal(780, 150, count), 420, 1320).astype(np.int64),
        "minutes": 5
        * np.clip(np.round(rng.gamma(5, 1.8, count)), 1, 40).astype(np.int64),
        "mechanism": np.array(["01", "02", "11"])[pick(rng, (70, 22, 8), count)],
        "place": np.array(["A01", "E01", "B01", "E02"])[
            pick(rng, (45, 40, 10, 5), count)
        ],
        "status": np.array(["5", "6", "3", "2", "4"])[
            pick(rng, (84, 3, 8, 3, 2), count)
        ],
    }
    order = np.lexsort((contact["minute"], contact["referral"], contact["day"]))
    return referral, take(contact, order)
