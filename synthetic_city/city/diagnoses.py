"""Consultant episodes of spells, and the diagnoses coded in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthetic_city.city.admissions import (
    BABY,
    DAY_CASE,
    EMERGENCY,
    Given,
    groups_for,
)
from synthetic_city.draw import (
    Array,
    Frame,
    Rng,
    chance,
    expand,
    poisson_events,
    stack,
    take,
    words,
)


def draw_episodes(rng: Rng, spell: Frame, last_day: int) -> Frame:
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


# Other diagnoses of older patients (some are codes of frailty scores), and of younger.
_OLD_EXTRA = words(
    """R296 N390 R410 F059 L89X Z740 R32X I951 N179 E86X R263 M818 K590 G301 Z935 H919
    E871 R634 J181 D649 Z755 W190"""
)
_YOUNG_EXTRA = words("Z720 F171 E669 R11X R51X Z864 K219 Z867 E039 D649 R509 F419 Z600")
_FALLS = words("W010 W019 W050 W060 W100 W180 W190")
_FALL_GROUPS = ("hip_fracture", "fall_injury", "head_injury", "fall_no_fracture")


class _Codes:
    """ICD-10 codes, numbered in the order in which they are first asked for."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}

    def of(self, codes: list[str]) -> Array:
        """The numbers of some codes."""
        return np.array(
            [self.number.setdefault(c, len(self.number)) for c in codes], dtype=np.int64
        )


def draw_diagnoses(
    rng: Rng, given: Given, groups: list[dict[str, str]], spell: Frame, episode: Frame
) -> tuple[Frame, list[str]]:
    """ICD-10 codes of each episode, primary first, none twice.

    Returns episode, position (from 1) and code (position in the list of codes).
    """
    codes = _Codes()
    of_group = [codes.of(g["icd10"].split()) for g in groups]
    width = max(len(g) for g in of_group)
    table = np.array([np.resize(g, width) for g in of_group])
    size = len(episode["spell"])
    of_episode = take(spell, episode["spell"])
    age = given.age_at(of_episode["person"], episode["start"])
    group = _groups_of_episodes(rng, groups, of_episode, episode, age)
    choice = np.minimum((rng.random(size) ** 1.6 * width).astype(np.int64), width - 1)
    everyone = np.arange(size)
    fallen = _falls(rng, codes, groups, group, age)
    dying = np.flatnonzero(of_episode["died"] & chance(rng, 0.45, size))
    palliative = np.repeat(codes.of(["Z515"]), len(dying))
    coded = (
        (everyone, table[group, choice]),
        fallen,
        (dying, palliative),
        _own_conditions(rng, given, codes, of_episode, episode),
        _others(rng, given, codes, of_episode, age),
    )
    return _in_position(coded), list(codes.number)


def _groups_of_episodes(
    rng: Rng, groups: list[dict[str, str]], spell: Frame, episode: Frame, age: Array
) -> Array:
    """Reason for each episode: that of its spell, sometimes another in later ones."""
    later = (episode["number"] > 1) & chance(rng, 0.35, len(age))
    elsewhere = groups_for(rng, groups, "emergency", age)
    return np.where(later & (spell["kind"] == EMERGENCY), elsewhere, spell["group"])


def _falls(
    rng: Rng, codes: _Codes, groups: list[dict[str, str]], group: Array, age: Array
) -> tuple[Array, Array]:
    """Episodes after a fall, and the code of the fall."""
    names = [g["group"] for g in groups]
    fell = np.isin(group, [names.index(n) for n in _FALL_GROUPS]) & (age > 1)
    fallen = np.flatnonzero(fell & chance(rng, 0.92, len(age)))
    falls = codes.of(_FALLS)
    return fallen, falls[rng.integers(0, len(falls), len(fallen))]


def _own_conditions(
    rng: Rng, given: Given, codes: _Codes, spell: Frame, episode: Frame
) -> tuple[Array, Array]:
    """Episodes and codes of the patient's conditions, each coded two times in three."""
    held = given.health.condition
    order = np.argsort(held["person"], kind="stable")
    holder = held["person"][order]
    condition_code = np.array(
        [codes.of(c)[0] if c else -1 for c in given.health.icd10], dtype=np.int64
    )
    first = np.searchsorted(holder, spell["person"], side="left")
    count = np.searchsorted(holder, spell["person"], side="right") - first
    owner, ordinal = expand(np.where(spell["kind"] == BABY, 0, count))
    row = order[first[owner] + ordinal]
    known = held["diagnosed"][row] <= episode["start"][owner]
    coded = condition_code[held["condition"][row]]
    use = known & (coded >= 0) & chance(rng, 0.66, len(owner))
    return owner[use], coded[use]


def _others(
    rng: Rng, given: Given, codes: _Codes, spell: Frame, age: Array
) -> tuple[Array, Array]:
    """Episodes and codes of further diagnoses, more of them the frailer people are."""
    frail = given.health.frail[spell["person"]]
    expected = np.where(age >= 65, 0.8 + 0.7 * frail, np.where(age >= 18, 0.7, 0.35))
    expected = expected * np.where(spell["kind"] == DAY_CASE, 0.4, 1.0)
    at = poisson_events(rng, expected)
    old, young = codes.of(_OLD_EXTRA), codes.of(_YOUNG_EXTRA)
    return at, np.where(
        age[at] >= 65,
        old[rng.integers(0, len(old), len(at))],
        young[rng.integers(0, len(young), len(at))],
    )


def _in_position(coded: Sequence[tuple[Array, Array]]) -> Frame:
    """Codes of each episode numbered from 1 in the order given, without repeats."""
    rows = stack(
        [
            {"episode": episode, "rank": np.full(len(episode), rank), "code": code}
            for rank, (episode, code) in enumerate(coded)
        ]
    )
    rows = take(rows, np.lexsort((rows["rank"], rows["code"], rows["episode"])))
    same = (rows["episode"][1:] == rows["episode"][:-1]) & (
        rows["code"][1:] == rows["code"][:-1]
    )
    rows = take(rows, np.flatnonzero(np.r_[True, ~same]))
    rows = take(rows, np.lexsort((rows["code"], rows["rank"], rows["episode"])))
    starts = np.searchsorted(rows["episode"], rows["episode"], side="left")
    rows["position"] = np.arange(len(starts)) - starts + 1
    return {k: rows[k] for k in ("episode", "position", "code")}
