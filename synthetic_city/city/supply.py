"""How much of each service each ward has: capacity and travel time.

The planted supply multiplier of a ward and activity is split over the two: more
capacity and a shorter journey mean more activity. So log(supply) = CAPACITY_BRINGS x
log(capacity / usual) - TRAVEL_BRINGS x log(minutes / usual).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.wards import ACTIVITIES, SUPPLY_SIGMA, Multipliers
from synthetic_city.draw import Array, part

# Service, usual capacity per 1,000 residents and usual minutes of travel, by judgement.
# Capacity counts what limits the service: cubicles, beds, nurses, places.
USUAL = {
    "emergency_attendance": ("emergency department", 0.25, 22.0),
    "emergency_admission": ("emergency hospital care", 1.9, 24.0),
    "elective_admission": ("planned hospital care", 0.7, 26.0),
    "community_contact": ("community nursing", 1.1, 9.0),
    "community_bed": ("community beds", 0.3, 18.0),
    "mental_health": ("mental health", 0.9, 15.0),
    "social_care": ("social care", 3.2, 12.0),
    "care_home": ("care homes", 6.0, 8.0),
    "delay": ("discharge", 0.4, 16.0),
}
SERVICES = tuple(USUAL[activity][0] for activity in ACTIVITIES)
CAPACITY_BRINGS = 0.5
TRAVEL_BRINGS = 0.4


@dataclass(frozen=True)
class Supply:
    """capacity per 1,000 residents, minutes of travel: (activities, wards)."""

    capacity: Array
    minutes: Array


def draw_supply(city: settings.City, wards: Multipliers) -> Supply:
    """Split every supply multiplier over capacity and travel."""
    rng = part(city.seed, "ward supply")
    half = np.log(wards.supply) / 2
    of_capacity = half + rng.normal(0, SUPPLY_SIGMA / 2, half.shape)
    of_travel = 2 * half - of_capacity
    usual = np.array([USUAL[activity][1:] for activity in ACTIVITIES])
    return Supply(
        np.round(usual[:, :1] * np.exp(of_capacity / CAPACITY_BRINGS), 3),
        np.round(usual[:, 1:] * np.exp(-of_travel / TRAVEL_BRINGS), 1),
    )
