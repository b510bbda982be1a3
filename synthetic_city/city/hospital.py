"""The acute hospital: spells, attendances, episodes and diagnoses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import (
    EMERGENCY,
    NEIGHBOUR_SHARE,
    Given,
    forced_stays,
    stays_by_rates,
)
from synthetic_city.city.attendances import draw_attendances
from synthetic_city.city.diagnoses import draw_diagnoses, draw_episodes
from synthetic_city.city.geography import calibration
from synthetic_city.city.health import Health
from synthetic_city.city.homes import Residence
from synthetic_city.city.people import People
from synthetic_city.city.schemes import Schemes
from synthetic_city.city.spells import describe, with_transfers, within_life
from synthetic_city.city.stays import around, in_order, without_overlaps
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import Frame, chance, part, stack


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
    given = Given(city, people, health, segment, wards)
    forced = forced_stays(rng, given, groups)
    drawn = around(forced, stays_by_rates(rng, given, groups, forced), touching=False)
    drawn = without_overlaps(drawn)
    drawn = schemes.without_prevented(city, people, residence, drawn, forced)
    stay = within_life(given, stack([forced, drawn]))
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
    stay = in_order(with_transfers(rng, given, stay))
    describe(rng, given, residence, stay)
    attendance = draw_attendances(rng, given, stay)
    episode = draw_episodes(rng, stay, city.last_day)
    diagnosis, codes = draw_diagnoses(rng, given, groups, stay, episode)
    return Hospital(stay, episode, diagnosis, codes, groups, attendance)
