"""Acute hospital: attendances, admissions, transfers, deaths, births, coding."""

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
    pick_by_row,
    poisson_events,
    stack,
    take,
    words,
)
from synthetic_city.geography import calibration
from synthetic_city.health import Health
from synthetic_city.homes import Residence
from synthetic_city.people import YEAR, People, first_seen
from synthetic_city.schemes import Schemes
from synthetic_city.stays import around, in_order, inside, without_overlaps
from synthetic_city.wards import Multipliers

# NHS England monthly returns for RR8, 2021-24, and the share of residents among them.
RESIDENT_SHARE = 0.777
ATTENDANCES_A_MONTH = 28_900 * RESIDENT_SHARE
ADMISSIONS_VIA_EMERGENCY_A_MONTH = 4_850 * RESIDENT_SHARE
VIA_EMERGENCY_SHARE = 0.80  # of emergency admissions; the rest come directly
ELECTIVE_RATE = 0.021  # ordinary elective admissions a person-year
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
# Chance that leaving is held up, and how long (log-normal).
_DELAYED = np.array([0.02, 0.02, 0.16, 0.30, 0.46, 0.60, 0.68])
_DELAY_LOG_DAYS, _DELAY_SPREAD = 1.74, 1.0


@dataclass
class Hospital:
    """Spells, their episodes and diagnoses, and emergency attendances.

    spell: person, start, end (OPEN), kind, group, provider (0 RR8, 1 RAE), ready
        (OPEN unknown), method, destination, source, classification, discharge_method,
        arrival_minute, died, from_emergency, chain_next (True when a transfer follows)
    episode: spell, number, start, end, last
    diagnosis: episode, position, code (position in `codes`)
    attendance: person, day, minute, stay_minutes, provider, spell (-1), ambulance,
        department, complaint, acuity, visitor
    """

    spell: Frame
    episode: Frame
    diagnosis: Frame
    codes: list[str]
    groups: list[dict[str, str]]
    attendance: Frame

    def stays(self) -> Frame:
        """person, start, end of every spell, in order."""
        return {k: self.spell[k] for k in ("person", "start", "end")}


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


def _scaled(weight: Array, city: settings.City, a_month: float) -> Array:
    """Expected events per segment so that the whole city has `a_month` at full size."""
    months = len(city.months)
    total = a_month * city.scale * months
    return weight * total / max(float(weight.sum()), 1e-9)


class _Maker:
    """Shared inputs of the steps that draw stays."""

    def __init__(
        self,
        city: settings.City,
        people: People,
        health: Health,
        segment: Frame,
        wards: Multipliers,
    ) -> None:
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
        return (days - self.who["birth"][person]) / YEAR


def _stay(
    rng: Rng, make: _Maker, person: Array, start: Array, kind: int, group: Array
) -> Frame:
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


def _groups_for(rng: Rng, groups: list[dict[str, str]], kind: str, age: Array) -> Array:
    """Position in `groups` of a reason for admission of that kind, by age."""
    rows = [i for i, g in enumerate(groups) if g["kind"] == kind]
    bands = ("w0", "w5", "w18", "w45", "w65", "w75", "w85")
    weight = np.array([[float(groups[i][b]) for i in rows] for b in bands])
    return np.array(rows)[pick_by_row(rng, weight, age_band(age))]


def _lengths(rng: Rng, make: _Maker, stay: Frame, delay: Array) -> None:
    """Clinical days, then days of delay; sets end, ready and delayed."""
    age = make.age_at(stay["person"], stay["start"])
    band = age_band(age)
    size = len(age)
    nights = np.exp(_LOG_DAYS[band] + rng.normal(0, 0.95, size))
    frail = np.array([1.0, 1.05, 1.15, 1.25])[make.health.frail[stay["person"]]]
    nights = np.where(chance(rng, _SAME_DAY[band], size), 0, np.ceil(nights * frail))
    nights = np.minimum(nights, 150).astype(np.int64)
    held = (nights >= 1) & chance(rng, np.minimum(_DELAYED[band] * delay, 0.95), size)
    extra = np.ceil(np.exp(_DELAY_LOG_DAYS + rng.normal(0, _DELAY_SPREAD, size)))
    extra = np.where(held, np.minimum(extra, 120), 0).astype(np.int64)
    stay["delayed"] = extra
    stay["ready"] = stay["start"] + nights
    stay["end"] = stay["ready"] + extra


def _forced(rng: Rng, make: _Maker, groups: list[dict[str, str]]) -> Frame:
    """Stays that must be: births, deaths in hospital, admissions before a care home."""
    who, city = make.who, make.city
    frames = []
    names = [g["group"] for g in groups]

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
    last = _stay(
        rng,
        make,
        dying,
        start,
        EMERGENCY,
        _groups_for(rng, groups, "emergency", make.age_at(dying, start)),
    )
    last["end"] = who["death"][dying]
    frames.append(last)

    entering = np.flatnonzero(
        (who["care_day"] < OPEN)
        & (who["care_day"] > city.first_day + 40)
        & chance(rng, 0.55, len(who["care_day"]))
    )
    entering = entering[
        first_seen(city, who)[entering] + 60 < who["care_day"][entering]
    ]
    delay = (
        np.minimum(np.exp(rng.normal(2.5, 0.8, len(entering))), 60).astype(np.int64) + 1
    )
    nights = (
        np.minimum(np.exp(rng.normal(1.9, 0.8, len(entering))), 60).astype(np.int64) + 2
    )
    # Leaves hospital on the day before the first whole day in the home.
    end = who["care_day"][entering]
    start = np.maximum(end - nights - delay, first_seen(city, who)[entering])
    before = _stay(
        rng,
        make,
        entering,
        start,
        EMERGENCY,
        _groups_for(rng, groups, "emergency", make.age_at(entering, start)),
    )
    before["end"] = end
    before["delayed"] = np.minimum(delay, end - start)
    before["ready"] = end - before["delayed"]
    frames.append(before)

    baby = np.flatnonzero(who["mother"] >= 0)
    mother, born = who["mother"][baby], who["birth"][baby]
    length = np.minimum(rng.poisson(1.4, len(baby)), 6)
    single = np.unique(mother.astype(np.int64) << 20 | born, return_index=True)[1]
    delivering = _stay(
        rng,
        make,
        mother[single],
        born[single],
        DELIVERY,
        np.full(len(single), names.index("delivery")),
    )
    delivering["start"] = np.maximum(
        born[single] - chance(rng, 0.35, len(single)), city.first_day
    )
    delivering["end"] = born[single] + length[single]
    frames.append(delivering)
    newborn = _stay(
        rng, make, baby, born, BABY, np.full(len(baby), names.index("newborn"))
    )
    intensive = chance(rng, 0.06, len(baby)) * np.exp(rng.normal(2.0, 1.0, len(baby)))
    newborn["end"] = born + length + np.minimum(intensive, 90).astype(np.int64)
    frames.append(newborn)
    return without_overlaps(stack(frames))


def _random(
    rng: Rng, make: _Maker, groups: list[dict[str, str]], forced: Frame
) -> Frame:
    """Emergency, elective, day-case and antenatal stays by rates."""
    city, segment, who = make.city, make.segment, make.who
    days = city.days
    frames = []
    person = segment["person"]
    deprivation = who["deprivation"][person]
    in_home = np.where(segment["home"] >= 0, 1.25, 1.0)

    wanted = ADMISSIONS_VIA_EMERGENCY_A_MONTH / VIA_EMERGENCY_SHARE
    already = (forced["kind"] == EMERGENCY).sum() / max(
        len(city.months) * city.scale, 1e-9
    )
    base = max(wanted - float(already), 0.1 * wanted) / (1 + READMISSION) * 1.04
    weight = segment["years"] * _emergency_risk(make.age, deprivation)
    weight = weight * make.frailty * make.luck * in_home
    weight = weight * make.wards.of("emergency_admission")[segment["ward"]]
    expected = _scaled(weight, city, base)
    at = poisson_events(rng, expected)
    calendar = Calendar.of(
        days, (1.08, 1.04, 1.02, 1.02, 1.02, 0.91, 0.91), 0.06, 0.012
    )
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    age = make.age_at(person[at], start)
    stay = _stay(
        rng,
        make,
        person[at],
        start,
        EMERGENCY,
        _groups_for(rng, groups, "emergency", age),
    )
    delay = make.wards.of("delay")[segment["ward"][at]]
    _lengths(rng, make, stay, delay)
    again = np.flatnonzero(chance(rng, READMISSION, len(at)))
    back = take(stay, again)
    back["start"] = (
        stay["end"][again] + 1 + np.minimum(rng.geometric(0.09, len(again)), 29)
    )
    _lengths(rng, make, back, delay[again])
    frames += [stay, back]

    elective = np.exp(0.03 * deprivation) * (1 + 0.12 * make.health.burden[person])
    elective = elective * np.interp(
        make.age,
        [0, 5, 18, 40, 60, 75, 85, 95],
        [0.5, 0.45, 0.4, 0.8, 1.6, 2.3, 1.4, 0.5],
    )
    weekdays = Calendar.of(days, (1.05, 1.1, 1.1, 1.05, 0.95, 0.12, 0.06), -0.03, 0.02)
    for kind, rate in ((ELECTIVE, ELECTIVE_RATE), (DAY_CASE, DAY_CASE_RATE)):
        weight = (
            segment["years"] * elective * np.where(kind == DAY_CASE, make.luck, 1.0)
        )
        weight = weight * make.wards.of("elective_admission")[segment["ward"]]
        expected = _scaled(weight, city, rate / 12 * settings.REAL_PEOPLE)
        at = poisson_events(rng, expected)
        start = weekdays.draw(rng, segment["first"][at], segment["last"][at])
        age = make.age_at(person[at], start)
        stay = _stay(
            rng,
            make,
            person[at],
            start,
            kind,
            _groups_for(rng, groups, KINDS[kind], age),
        )
        if kind == ELECTIVE:
            nights = np.exp(rng.normal(0.7, 0.8, len(at)))
            stay["end"] = start + np.minimum(np.ceil(nights), 60).astype(np.int64)
        stay["ready"] = stay["end"].copy()
        frames.append(stay)

    babies = np.flatnonzero(who["mother"] >= 0)
    before = babies[chance(rng, 0.45, len(babies))]
    start = who["birth"][before] - rng.integers(10, 200, len(before))
    mother = who["mother"][before]
    known = start >= first_seen(city, who)[mother]
    names = [g["group"] for g in groups]
    stay = _stay(
        rng,
        make,
        mother[known],
        start[known],
        ANTENATAL,
        np.full(int(known.sum()), names.index("antenatal")),
    )
    stay["end"] = stay["start"] + rng.poisson(0.6, len(stay["start"]))
    stay["ready"] = stay["end"].copy()
    frames.append(stay)
    return stack(frames)


def _within_life(make: _Maker, stay: Frame) -> Frame:
    """End stays at death or departure; a stay beyond the period stays open."""
    who = make.who
    last = who["last_day"][stay["person"]]
    fits = (stay["start"] <= last) & (stay["start"] >= make.city.first_day)
    stay = take(stay, np.flatnonzero(fits))
    last = last[fits]
    dead = who["death"][stay["person"]] == last
    runs_on = (last == make.city.last_day) & ~dead
    over = stay["end"] > last
    stay["end"] = np.where(over & ~runs_on, last, stay["end"])
    stay["died"] = dead & (stay["end"] == last)
    return stay


def _transfers(rng: Rng, make: _Maker, stay: Frame) -> Frame:
    """Split some RR8 emergency stays into RR8, RAE and sometimes RR8 again."""
    long = (stay["kind"] == EMERGENCY) & (stay["provider"] == 0)
    long &= (stay["end"] - stay["start"] >= 4) & (stay["end"] <= make.city.last_day)
    moved = long & chance(rng, TRANSFER, len(long))
    kept = take(stay, np.flatnonzero(~moved))
    first = take(stay, np.flatnonzero(moved))
    span = first["end"] - first["start"]
    cut = first["start"] + 1 + (rng.random(len(span)) * (span - 2)).astype(np.int64)
    gap = chance(rng, 0.25, len(span)).astype(np.int64)
    returns = chance(rng, 0.4, len(span)) & (first["end"] - cut - gap >= 2)
    back_cut = first["end"] - 1
    second, third = {**first}, take(first, np.flatnonzero(returns))
    second["start"] = cut + gap
    second["end"] = np.where(returns, back_cut, first["end"])
    second["provider"] = np.ones(len(span), dtype=np.int64)
    second["came_by_transfer"] = np.ones(len(span), dtype=bool)
    second["moves_on"] = returns
    third["start"] = back_cut[returns]
    third["came_by_transfer"] = np.ones(len(third["start"]), dtype=bool)
    first = {**first, "end": cut, "moves_on": np.ones(len(span), dtype=bool)}
    for leg in (first, take(second, np.arange(len(span)))):
        leg["delayed"] = np.zeros(len(span), dtype=np.int64)
    first["died"] = np.zeros(len(span), dtype=bool)
    first["ready"] = first["end"].copy()
    second["died"] = np.where(returns, False, second["died"])
    second["delayed"] = np.where(returns, 0, second["delayed"])
    second["ready"] = np.where(returns, second["end"], second["ready"])
    return stack([kept, first, second, third])


def _describe(rng: Rng, make: _Maker, residence: Residence, stay: Frame) -> None:
    """Codes of admission and discharge; adds columns to the stays."""
    size = len(stay["person"])
    kind = stay["kind"]
    open_ = stay["end"] > make.city.last_day
    stay["end"] = np.where(open_, OPEN, stay["end"])
    home_in = residence.home_at(stay["person"], stay["start"]) >= 0
    via = (kind == EMERGENCY) & ~stay["came_by_transfer"]
    via &= chance(rng, VIA_EMERGENCY_SHARE, size)
    stay["from_emergency"] = via
    direct = np.array(["22", "23", "24", "28", "2A", "2D", "25"])[
        pick(rng, (40, 8, 20, 14, 8, 8, 2), size)
    ]
    transfer = np.where(chance(rng, 0.7, size), "81", "2B")
    birth = np.where(
        chance(rng, 0.98, size), "82", np.where(chance(rng, 0.5, size), "83", "2C")
    )
    elective = np.array(["11", "12", "13"])[pick(rng, (55, 25, 20), size)]
    method = np.where(via, "21", direct)
    method = np.where(np.isin(kind, (ELECTIVE, DAY_CASE)), elective, method)
    maternity = np.where((kind == DELIVERY) & chance(rng, 0.03, size), "32", "31")
    method = np.where(np.isin(kind, (DELIVERY, ANTENATAL)), maternity, method)
    method = np.where(kind == BABY, birth, method)
    stay["method"] = np.where(stay["came_by_transfer"], transfer, method)
    source = np.where(home_in, np.where(chance(rng, 0.75, size), "85", "65"), "19")
    source = np.where(stay["came_by_transfer"], "51", source)
    stay["source"] = np.where(kind == BABY, "79", source)
    regular = (kind == DAY_CASE) & chance(rng, 0.06, size)
    facilities = (kind == DELIVERY) & chance(rng, 0.05, size)
    stay["classification"] = np.where(
        regular, "3", np.where(facilities, "5", np.where(kind == DAY_CASE, "2", "1"))
    )
    leaving = np.where(open_, make.city.last_day, stay["end"])
    home_out = residence.home_at(stay["person"], leaving + 1) >= 0
    usual = np.array(["19", "29", "88", "87"])[pick(rng, (965, 22, 7, 6), size)]
    care = np.array(["85", "65", "54"])[pick(rng, (70, 18, 12), size)]
    destination = np.where(home_out & (kind != BABY), care, usual)
    destination = np.where(kind == BABY, "19", destination)
    destination = np.where(stay["moves_on"], "51", destination)
    destination = np.where(stay["died"], "79", destination)
    stay["destination"] = np.where(open_, "98", destination)
    how = np.where(chance(rng, 0.015, size), "2", "1")
    stay["discharge_method"] = np.where(open_, "8", np.where(stay["died"], "4", how))
    stay["ready"] = np.where(
        stay["died"] | open_ & (stay["ready"] > make.city.last_day),
        OPEN,
        # Nobody waits for another place before the stay that they wait in.
        np.clip(stay["ready"], stay["start"], stay["end"]),
    )
    minute = rng.normal(14 * 60, 260, size).astype(np.int64) % 1440
    minute = np.where(np.isin(kind, (ELECTIVE, DAY_CASE)), 420 + minute // 6, minute)
    stay["arrival_minute"] = minute


def _attendances(rng: Rng, make: _Maker, spell: Frame) -> Frame:
    """Attendances: those that led to a spell, and the others by rate; visitors last."""
    city, segment, who = make.city, make.segment, make.who
    via = np.flatnonzero(spell["from_emergency"])
    wait = np.clip(np.exp(rng.normal(5.75, 0.5, len(via))), 40, 1400).astype(np.int64)
    arrived = spell["arrival_minute"][via] - wait
    admitted = {
        "person": spell["person"][via],
        "day": spell["start"][via] + arrived // 1440,
        "minute": arrived % 1440,
        "stay_minutes": wait,
        "provider": spell["provider"][via],
        "spell": via,
    }
    early = admitted["day"] < np.maximum(
        first_seen(city, who)[admitted["person"]], who["birth"][admitted["person"]]
    )
    admitted["day"] = np.where(early, spell["start"][via], admitted["day"])
    admitted["minute"] = np.where(early, 1, admitted["minute"])
    admitted["stay_minutes"] = np.where(
        early, np.maximum(spell["arrival_minute"][via], 2), admitted["stay_minutes"]
    )

    person = segment["person"]
    risk = np.interp(
        make.age,
        [0, 1, 4, 10, 18, 24, 40, 60, 75, 85, 95],
        [2.6, 2.3, 1.3, 0.9, 1.1, 1.25, 0.9, 0.75, 1.05, 1.5, 1.8],
    )
    weight = segment["years"] * risk * np.exp(0.2 * who["deprivation"][person])
    weight = weight * make.luck * np.where(segment["home"] >= 0, 1.15, 1.0)
    rest = ATTENDANCES_A_MONTH - ADMISSIONS_VIA_EMERGENCY_A_MONTH
    weight = weight * make.wards.of("emergency_attendance")[segment["ward"]]
    expected = _scaled(weight, city, rest * 1.015)
    at = poisson_events(rng, expected)
    calendar = Calendar.of(
        city.days, (1.13, 1.03, 1.0, 0.98, 0.96, 0.93, 0.97), 0.03, 0.01
    )
    day = calendar.draw(rng, segment["first"][at], segment["last"][at])
    free = ~inside(spell, person[at], day)
    at, day = at[free], day[free]
    provider = chance(rng, NEIGHBOUR_SHARE, len(at)).astype(np.int64)
    visitor = np.arange(make.people.count - make.people.visitors, make.people.count)
    seen = np.concatenate([person[at], visitor])
    day = np.concatenate(
        [
            day,
            calendar.draw(
                rng,
                np.full(len(visitor), city.first_day),
                np.full(len(visitor), city.last_day),
            ),
        ]
    )
    size = len(seen)
    other = {
        "person": seen,
        "day": day,
        "minute": rng.normal(15 * 60, 300, size).astype(np.int64) % 1440,
        "stay_minutes": np.clip(np.exp(rng.normal(5.1, 0.55, size)), 5, 1400).astype(
            np.int64
        ),
        "provider": np.r_[provider, np.zeros(len(visitor), dtype=np.int64)],
        "spell": np.full(size, -1),
    }
    seen_at = stack([admitted, other])
    seen_at = take(
        seen_at, np.lexsort((seen_at["minute"], seen_at["day"], seen_at["person"]))
    )
    size = len(seen_at["person"])
    age = make.age_at(seen_at["person"], seen_at["day"])
    led = seen_at["spell"] >= 0
    by_ambulance = np.interp(age, [0, 20, 60, 80, 95], [0.08, 0.15, 0.3, 0.6, 0.8])
    seen_at["ambulance"] = chance(
        rng, np.minimum(by_ambulance * np.where(led, 1.35, 0.8), 0.96), size
    )
    department = np.array([1, 2, 3, 5])[pick(rng, (83, 2, 12, 3), size)]
    seen_at["department"] = np.where(led | seen_at["ambulance"], 1, department)
    seen_at["complaint"] = rng.integers(0, 12, size)
    seen_at["acuity"] = np.where(
        led, pick(rng, (5, 30, 55, 9, 1), size), pick(rng, (0.5, 7, 38, 46, 8.5), size)
    )
    repeat = np.r_[
        False,
        (seen_at["person"][1:] == seen_at["person"][:-1])
        & (seen_at["day"][1:] - seen_at["day"][:-1] <= 7),
    ]
    seen_at["category"] = np.where(repeat, np.where(chance(rng, 0.15, size), 4, 2), 1)
    left = pick(rng, (94, 3, 3), size)
    seen_at["status"] = np.where(led, 0, left)
    return seen_at


def _episodes(rng: Rng, spell: Frame, last_day: int) -> Frame:
    """Consultant episodes: one more, on average, for each tripling of the stay."""
    end = np.minimum(spell["end"], last_day)
    nights = end - spell["start"]
    count = 1 + np.minimum(rng.poisson(0.35 * np.log1p(nights)), np.minimum(nights, 5))
    owner, number = expand(count)
    cut = spell["start"][owner] + (nights[owner] * number) // count[owner]
    last = number == count[owner] - 1
    following = np.r_[cut[1:], np.int64(0)]
    return {
        "spell": owner,
        "number": number + 1,
        "start": cut,
        "end": np.where(last, spell["end"][owner], following),
        "last": last,
    }


# Other diagnoses of older patients (frailty-score codes among them) and of younger.
_OLD_EXTRA = words(
    """R296 N390 R410 F059 L89X Z740 R32X I951 N179 E86X R263 M818 K590 G301 Z935 H919
    E871 R634 J181 D649 Z755 W190"""
)
_YOUNG_EXTRA = words("Z720 F171 E669 R11X R51X Z864 K219 Z867 E039 D649 R509 F419 Z600")
_FALLS = words("W010 W019 W050 W060 W100 W180 W190")
_FALL_GROUPS = ("hip_fracture", "fall_injury", "head_injury", "fall_no_fracture")


def _diagnoses(
    rng: Rng, make: _Maker, groups: list[dict[str, str]], spell: Frame, episode: Frame
) -> tuple[Frame, list[str]]:
    """ICD-10 codes of each episode, primary first, none twice."""
    number: dict[str, int] = {}

    def numbered(codes: list[str]) -> Array:
        return np.array(
            [number.setdefault(c, len(number)) for c in codes], dtype=np.int64
        )

    of_group = [numbered(g["icd10"].split()) for g in groups]
    width = max(len(g) for g in of_group)
    table = np.array([np.resize(g, width) for g in of_group])
    size = len(episode["spell"])
    person = spell["person"][episode["spell"]]
    group = spell["group"][episode["spell"]]
    age = make.age_at(person, episode["start"])
    later = (episode["number"] > 1) & chance(rng, 0.35, size)
    elsewhere = _groups_for(rng, groups, "emergency", age)
    group = np.where(
        later & (spell["kind"][episode["spell"]] == EMERGENCY), elsewhere, group
    )
    choice = np.minimum((rng.random(size) ** 1.6 * width).astype(np.int64), width - 1)
    primary = table[group, choice]
    parts = [
        {
            "episode": np.arange(size),
            "rank": np.zeros(size, dtype=np.int64),
            "code": primary,
        }
    ]

    names = [g["group"] for g in groups]
    fell = np.isin(group, [names.index(n) for n in _FALL_GROUPS]) & (age > 1)
    fallen = np.flatnonzero(fell & chance(rng, 0.92, size))
    falls = numbered(_FALLS)
    parts.append(
        {
            "episode": fallen,
            "rank": np.ones(len(fallen), dtype=np.int64),
            "code": falls[rng.integers(0, len(falls), len(fallen))],
        }
    )
    dying = np.flatnonzero(spell["died"][episode["spell"]] & chance(rng, 0.45, size))
    parts.append(
        {
            "episode": dying,
            "rank": np.full(len(dying), 2),
            "code": np.repeat(numbered(["Z515"]), len(dying)),
        }
    )

    # The patient's own conditions, each coded two times in three.
    held = make.health.condition
    order = np.argsort(held["person"], kind="stable")
    holder = held["person"][order]
    condition_code = np.array(
        [numbered(c)[0] if c else -1 for c in make.health.icd10], dtype=np.int64
    )
    first = np.searchsorted(holder, person, side="left")
    count = np.searchsorted(holder, person, side="right") - first
    count = np.where(np.isin(spell["kind"][episode["spell"]], (BABY,)), 0, count)
    owner, ordinal = expand(count)
    row = order[first[owner] + ordinal]
    known = held["diagnosed"][row] <= episode["start"][owner]
    coded = condition_code[held["condition"][row]]
    use = known & (coded >= 0) & chance(rng, 0.66, len(owner))
    parts.append(
        {"episode": owner[use], "rank": np.full(int(use.sum()), 3), "code": coded[use]}
    )

    frail = make.health.frail[person]
    extras = np.where(age >= 65, 0.8 + 0.7 * frail, np.where(age >= 18, 0.7, 0.35))
    extras = extras * np.where(spell["kind"][episode["spell"]] == DAY_CASE, 0.4, 1.0)
    at = poisson_events(rng, extras)
    old, young = numbered(_OLD_EXTRA), numbered(_YOUNG_EXTRA)
    code = np.where(
        age[at] >= 65,
        old[rng.integers(0, len(old), len(at))],
        young[rng.integers(0, len(young), len(at))],
    )
    parts.append({"episode": at, "rank": np.full(len(at), 4), "code": code})

    rows = stack(parts)
    rows = take(rows, np.lexsort((rows["rank"], rows["code"], rows["episode"])))
    same = (rows["episode"][1:] == rows["episode"][:-1]) & (
        rows["code"][1:] == rows["code"][:-1]
    )
    rows = take(rows, np.flatnonzero(np.r_[True, ~same]))
    rows = take(rows, np.lexsort((rows["code"], rows["rank"], rows["episode"])))
    starts = np.searchsorted(rows["episode"], rows["episode"], side="left")
    rows["position"] = np.arange(len(starts)) - starts + 1
    return {k: rows[k] for k in ("episode", "position", "code")}, list(number)


def draw_hospital(
    city: settings.City,
    people: People,
    health: Health,
    residence: Residence,
    segment: Frame,
    wards: Multipliers,
    schemes: Schemes,
) -> Hospital:
    """Draw spells by rates and by need, then attendances and coding."""
    rng = part(city.seed, "hospital")
    groups = calibration("diagnosis_group")
    make = _Maker(city, people, health, segment, wards)
    forced = _forced(rng, make, groups)
    drawn = around(forced, _random(rng, make, groups, forced), touching=False)
    drawn = without_overlaps(drawn)
    drawn = schemes.without_prevented(city, people, residence, drawn, forced)
    stay = _within_life(make, stack([forced, drawn]))
    size = len(stay["person"])
    none = np.zeros(size, dtype=bool)
    stay["provider"] = (chance(rng, NEIGHBOUR_SHARE, size) & ~stay["died"]).astype(
        np.int64
    )
    stay["came_by_transfer"], stay["moves_on"] = none, none.copy()
    stay["provider"] = np.where(
        stay["kind"] == EMERGENCY,
        stay["provider"],
        stay["provider"] * chance(rng, 0.8, size),
    )
    stay = in_order(_transfers(rng, make, stay))
    _describe(rng, make, residence, stay)
    attendance = _attendances(rng, make, stay)
    episode = _episodes(rng, stay, city.last_day)
    diagnosis, codes = _diagnoses(rng, make, groups, stay, episode)
    return Hospital(stay, episode, diagnosis, codes, groups, attendance)
