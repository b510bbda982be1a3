"""Long-term conditions, frailty, and the risk that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import calibration
from synthetic_city.city.people import People
from synthetic_city.city.wards import MORBIDITY_OF_CONDITIONS, Multipliers
from synthetic_city.draw import OPEN, YEAR, Array, Frame, chance, part, stack

_AGES = (10, 30, 50, 70, 90)
_FRAILTY = ("frailty_mild", "frailty_moderate", "frailty_severe")


@dataclass(frozen=True)
class Health:
    """condition: person, condition (position in `codes`), diagnosed, resolved (OPEN).

    burden: number of conditions per person; frail: 0 to 3; luck: risk of each person
    relative to similar people, mean 1. A ward's morbidity adds conditions, but not to
    burden and frail: its effect on risk is already in the ward's multiplier.
    """

    codes: list[str]
    icd10: list[list[str]]
    condition: Frame
    burden: Array
    frail: Array
    luck: Array

    def has(self, code: str) -> Array:
        """(people,) booleans: ever on the register."""
        held = np.zeros(len(self.burden), dtype=bool)
        rows = self.condition["condition"] == self.codes.index(code)
        held[self.condition["person"][rows]] = True
        return held


def draw_health(city: settings.City, people: People, wards: Multipliers) -> Health:
    """Draw conditions by age, deprivation and ward, and what they mean for risk."""
    rng = part(city.seed, "long-term conditions")
    rows = calibration("long_term_condition")
    who = people.person
    size = people.count
    end = np.minimum(who["last_day"], city.last_day)
    age = (end - who["birth"]) / YEAR
    in_care = who["care_day"] < OPEN
    resident = who["household"] >= 0
    commoner = np.exp(MORBIDITY_OF_CONDITIONS * wards.morbidity)[who["ward"]]
    frail = np.zeros(size, dtype=np.int64)
    frames: list[Frame] = []
    burden = np.zeros(size, dtype=np.int64)
    frailty_draw = rng.random(size)
    registered_draw = frailty_draw.copy()
    for number, row in enumerate(rows):
        code = row["condition"]
        share = np.interp(age, _AGES, [float(row[f"at_{a}"]) for a in _AGES])
        share = share * np.exp(float(row["deprivation"]) * who["deprivation"])
        if code == "dementia":
            share = share + 0.4 * in_care
        share = np.clip(share, 0, 0.95)
        if code in _FRAILTY:
            # One draw for three bands keeps them apart; care homes are frailest.
            share = np.where(in_care, (0.15, 0.35, 0.48)[_FRAILTY.index(code)], share)
            bears, frailty_draw = _next_band(resident, frailty_draw, share)
            held, registered_draw = _next_band(
                resident, registered_draw, share * commoner
            )
            frail[bears] = _FRAILTY.index(code) + 1
        else:
            drawn = rng.random(size)
            bears = resident & (drawn < share)
            held = resident & (drawn < share * commoner)
        burden += bears
        person = np.flatnonzero(held)
        recent = code == "palliative" or code in _FRAILTY
        span = np.where(recent, np.minimum(age, 3.0), age * 0.5)[person] * YEAR
        diagnosed = end[person] - (rng.random(len(person)) * span).astype(np.int64)
        passes = code in ("asthma", "depression")
        ended = passes & chance(rng, 0.12, len(person))
        length = (rng.random(len(person)) * 2500).astype(np.int64) + 180
        resolved = np.where(ended, diagnosed + length, OPEN)
        frames.append(
            {
                "person": person,
                "condition": np.full(len(person), number),
                "diagnosed": diagnosed,
                "resolved": np.where(resolved > end[person], OPEN, resolved),
            }
        )
    condition = stack(frames)
    return Health(
        codes=[row["condition"] for row in rows],
        icd10=[row["icd10"].split() for row in rows],
        condition=condition,
        burden=burden,
        frail=frail,
        luck=rng.gamma(1.6, 1 / 1.6, size),
    )


def _next_band(resident: Array, drawn: Array, share: Array) -> tuple[Array, Array]:
    """Who falls into the next band, and the draws that are left for the bands after."""
    inside = resident & (drawn >= 0) & (drawn < share)
    return inside, np.where(inside, -1.0, drawn - share)
