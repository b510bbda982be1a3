"""What a run is asked for, and how often each organisation gets a thing wrong.

Every rate is a share (0 to 1). `MISSING_NUMBER` follows the shares the feeds are known
for; the other identity errors are plausible for hospital and council registers and are
meant to be read, argued with and changed here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthetic_city.draw import Array, Periods

# Population of the real city in mid-2020; volumes of the real city scale by it.
REAL_PEOPLE = 798_786

# Yearly flows, as shares of the population.
YEARLY_ARRIVALS = 0.04
YEARLY_DEPARTURES = 0.04
YEARLY_MOVES = 0.09
YEARLY_BIRTHS = 0.0118
VISITOR_SHARE_OF_ATTENDANCES = 0.02
ATTENDANCES_A_PERSON_YEAR = 0.337

# NHS number not submitted, by feed.
MISSING_NUMBER = {
    "primary_care": 0.02,
    "acute_sus": 0.08,
    "community_csds": 0.18,
    "social_care_cld": 0.30,
    "mental_health_mhsds": 0.10,
    "community_beds": 0.15,
    "delays": 0.12,
    "deaths": 0.03,
}
# Of the acute share, this much belongs to the single attendance or spell.
ACUTE_MISSING_PER_RECORD = 0.05

WRONG_NUMBER = 0.005  # someone else's number, check digit right
WRONG_NUMBER_NEARBY = 0.8  # of these, a household member's or neighbour's
INVALID_NUMBER = 0.003  # check digit wrong
TYPO = 0.02
NICKNAME = 0.04
OLD_SURNAME_KEPT = 0.35  # of registrations of people who changed surname
SWAPPED_BIRTH_DATE = 0.005
FIRST_OF_JANUARY = 0.01
OLD_ADDRESS_KEPT = 0.05
WRONG_SEX = 0.002
TWO_LOCAL_NUMBERS = 0.01
MERGED_NUMBERS = 0.003  # people whose PDS records were merged
OLD_NUMBER_USED = 0.5  # of registrations of people with merged numbers

# How files are delivered.
RESUBMITTED_FILES = 0.15
LATE_TO_RESUBMISSION = 0.03  # rows missing from a first submission
REVISED_IN_RESUBMISSION = 0.01
WITHDRAWN_IN_RESUBMISSION = 0.005
LATE_TO_NEXT_PERIOD = 0.005
CORRECTED_NEXT_PERIOD = 0.002
DUPLICATED = 0.003
RULE_BREAKING = 0.001
# Rule-breaking rows of one table at 20,000 people; larger cities have more.
RULE_BREAKING_MOST = 12
MALFORMED_LINES_PER_FEED = 5

# Opt-outs, as shares of registered people.
NATIONAL_OPT_OUT = 0.036
TYPE_1_OPT_OUT = 0.027

# Provider codes.
ACUTE = ("RR8", "RAE")
COMMUNITY = "RY6"
INDEPENDENT_BEDS = "VLEEDS"
MENTAL_HEALTH = "RGD"
COUNCIL = "E08000035"
LOCAL_AUTHORITY = "E08000035"


@dataclass(frozen=True)
class City:
    """What to make: size, days (since 1970-01-01), format, seed, place, secrecy.

    slow_down: whether unplanned care slows down from a planted month on.
    """

    people: int
    first_day: int
    last_day: int
    seed: int
    parquet: bool
    out: Path
    pseudonymised: bool = False
    slow_down: bool = True
    months: Periods = field(init=False)
    quarters: Periods = field(init=False)

    def __post_init__(self) -> None:
        """Derive the reporting periods."""
        object.__setattr__(
            self, "months", Periods.between(self.first_day, self.last_day, 1)
        )
        object.__setattr__(
            self, "quarters", Periods.between(self.first_day, self.last_day, 3)
        )

    @property
    def scale(self) -> float:
        """Size relative to the real city."""
        return self.people / REAL_PEOPLE

    @property
    def years(self) -> float:
        """Length of the period."""
        return (self.last_day - self.first_day + 1) / 365.25

    @property
    def days(self) -> Array:
        """Every day of the period, int64 days since 1970-01-01."""
        return np.arange(self.first_day, self.last_day + 1)
