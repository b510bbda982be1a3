"""The multipliers planted on wards, which make one ward use more than another.

multiplier = need x supply x unexplained, each log-normal. Need is the same for every
activity: it follows deprivation in part and the ward's own morbidity for the rest, and
morbidity also makes long-term conditions and frailty commoner, so that need can be seen
in the registers. Supply can be seen in capacity and travel (`supply`); the unexplained
part cannot be seen in any feed. The spreads are below. Rates by age, sex and the
deprivation of a person's own LSOA multiply with it and are the same in every ward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.draw import Array, part

ACTIVITIES = (
    "emergency_attendance",
    "emergency_admission",
    "elective_admission",
    "community_contact",
    "community_bed",
    "mental_health",
    "social_care",
    "care_home",
    "delay",
)
# Log-scale standard deviations, and the part of need that follows deprivation.
NEED_SIGMA = 0.10
SUPPLY_SIGMA = 0.12
UNEXPLAINED_SIGMA = 0.08
NEED_FOLLOWS_DEPRIVATION = 0.7
# How much commoner one standard deviation of morbidity makes conditions (log scale).
MORBIDITY_OF_CONDITIONS = 0.10


@dataclass(frozen=True)
class Multipliers:
    """need, supply, unexplained: (activities, wards), each around 1.

    morbidity: (wards,) standard deviations of illness beyond deprivation.
    """

    morbidity: Array
    need: Array
    supply: Array
    unexplained: Array

    def of(self, activity: str) -> Array:
        """The whole multiplier of one activity, (wards,)."""
        at = ACTIVITIES.index(activity)
        whole: Array = self.need[at] * self.supply[at] * self.unexplained[at]
        return whole


def draw_multipliers(city: settings.City, geo: Geography) -> Multipliers:
    """Draw the multipliers of every activity and ward."""
    rng = part(city.seed, "ward multipliers")
    shape = (len(ACTIVITIES), len(geo.ward["people"]))
    deprived = geo.ward["deprivation"]
    deprived = (deprived - deprived.mean()) / deprived.std()
    share = NEED_FOLLOWS_DEPRIVATION
    morbidity = np.round(part(city.seed, "morbidity").normal(0, 1, shape[1]), 6)
    need = share * deprived + np.sqrt(1 - share**2) * morbidity
    return Multipliers(
        morbidity,
        np.round(np.tile(np.exp(NEED_SIGMA * need), (shape[0], 1)), 6),
        np.round(np.exp(rng.normal(0, SUPPLY_SIGMA, shape)), 6),
        np.round(np.exp(rng.normal(0, UNEXPLAINED_SIGMA, shape)), 6),
    )
