"""Admissions as spells: cut at death, split by transfers, and coded."""

from __future__ import annotations

import numpy as np

from synthetic_city.city.admissions import (
    ANTENATAL,
    BABY,
    DAY_CASE,
    DELIVERY,
    ELECTIVE,
    EMERGENCY,
    TRANSFER,
    VIA_EMERGENCY_SHARE,
    Given,
)
from synthetic_city.city.homes import Residence
from synthetic_city.draw import OPEN, Frame, Rng, chance, pick, stack, take


def within_life(given: Given, stay: Frame) -> Frame:
    """End stays at death or departure; a stay beyond the period remains open."""
    who = given.who
    last = who["last_day"][stay["person"]]
    fits = (stay["start"] <= last) & (stay["start"] >= given.city.first_day)
    stay = take(stay, np.flatnonzero(fits))
    last = last[fits]
    dead = who["death"][stay["person"]] == last
    runs_on = (last == given.city.last_day) & ~dead
    over = stay["end"] > last
    stay["end"] = np.where(over & ~runs_on, last, stay["end"])
    stay["died"] = dead & (stay["end"] == last)
    return stay


def with_transfers(rng: Rng, given: Given, stay: Frame) -> Frame:
    """Split some RR8 emergency stays into RR8, RAE and sometimes RR8 again."""
    long = (stay["kind"] == EMERGENCY) & (stay["provider"] == 0)
    long &= (stay["end"] - stay["start"] >= 4) & (stay["end"] <= given.city.last_day)
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


def describe(rng: Rng, given: Given, residence: Residence, stay: Frame) -> None:
    """Codes of admission and discharge; adds columns to the stays."""
    size = len(stay["person"])
    kind = stay["kind"]
    open_ = stay["end"] > given.city.last_day
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
    leaving = np.where(open_, given.city.last_day, stay["end"])
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
        stay["died"] | open_ & (stay["ready"] > given.city.last_day),
        OPEN,
        # A wait for another place begins within the stay.
        np.clip(stay["ready"], stay["start"], stay["end"]),
    )
    minute = rng.normal(14 * 60, 260, size).astype(np.int64) % 1440
    minute = np.where(np.isin(kind, (ELECTIVE, DAY_CASE)), 420 + minute // 6, minute)
    stay["arrival_minute"] = minute
