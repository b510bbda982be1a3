"""Better Care Fund schemes: what each claims, and what it truly does.

One works; one does nothing; one starts in a ward at its peak and only seems to work;
one counts again what the first prevents; one enrols people after a bad year that would
have passed anyway. Only the first changes anything: it prevents emergency admissions of
older people in its wards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from synthetic_city import settings
from synthetic_city.city.geography import Geography
from synthetic_city.city.homes import Residence
from synthetic_city.city.people import People
from synthetic_city.draw import YEAR, Array, Frame, chance, part, take

WORKS, DOES_NOTHING, PEAK, DOUBLE_COUNTS, ENROLS = range(5)
EMERGENCY_ADMISSION, UNPLANNED_ATTENDANCE = (
    "emergency_admission",
    "unplanned_attendance",
)
_WARDS_OF_FIRST, _WARDS_COUNTED_AGAIN, _WARDS_OF_SECOND = 10, 3, 8
_ENROLLED = 0.4  # of the people with a bad year


@dataclass(frozen=True)
class Scheme:
    """One scheme: whom it is for, what it claims, what it truly does.

    wards: positions of its wards. start: its first day. Effects are shares (0 to 1) of
    the events of its people once it runs in full, `ramp_months` after its start.
    overstated: ratio of claimed to actual people and events.
    """

    code: str
    name: str
    truth: str
    pathway: str
    age_from: int
    age_to: int
    start: int
    ramp_months: int
    claimed_effect: float
    true_effect: float
    overstated: float
    cost_a_person: int
    funder: str
    evidence: str
    wards: Array


@dataclass(frozen=True)
class Schemes:
    """All schemes of the city, in the order of their codes, and who is enrolled."""

    scheme: tuple[Scheme, ...]
    ward_of_lsoa: Array
    enrolled: Array

    def ward_at(self, residence: Residence, person: Array, days: Array) -> Array:
        """Ward a person lived in on a day, -1 outside the city."""
        lsoa = residence.row["lsoa"][residence.at(person, days)]
        ward: Array = np.where(lsoa >= 0, self.ward_of_lsoa[lsoa], -1)
        return ward

    def without_prevented(
        self,
        city: settings.City,
        people: People,
        residence: Residence,
        drawn: Frame,
        forced: Frame,
    ) -> Frame:
        """The drawn emergency stays that the scheme that works has not prevented.

        Stays that other events require (a death, a move to a care home) cannot be
        prevented, so more of the others are; the effect is that on all together.
        """
        works = self.scheme[WORKS]

        def covered(stay: Frame) -> Array:
            age = (stay["start"] - people.person["birth"][stay["person"]]) / YEAR
            ward = self.ward_at(residence, stay["person"], stay["start"])
            there = np.isin(ward, works.wards) & (stay["start"] >= works.start)
            found: Array = there & (age >= works.age_from) & (stay["kind"] == 0)
            return found

        touched = covered(drawn)
        unavoidable = int(covered(forced).sum())
        share = (touched.sum() + unavoidable) / max(int(touched.sum()), 1)
        running = (drawn["start"] - works.start) / (works.ramp_months * YEAR / 12)
        effect = works.true_effect * share * np.clip(running, 0, 1)
        prevented = chance(part(city.seed, "prevented"), effect, len(touched)) & touched
        return take(drawn, np.flatnonzero(~prevented))


def draw_schemes(city: settings.City, geo: Geography) -> Schemes:
    """Draw the wards of the schemes; `settle` adds what depends on what happened."""
    rng = part(city.seed, "schemes")
    order = rng.permutation(len(geo.ward["people"]))
    first = np.sort(order[:_WARDS_OF_FIRST])
    again = np.sort(order[:_WARDS_COUNTED_AGAIN])
    rest = np.sort(order[_WARDS_OF_FIRST:])
    second = np.sort(order[_WARDS_OF_FIRST : _WARDS_OF_FIRST + _WARDS_OF_SECOND])
    quarters = city.quarters.first
    begin = int(quarters[round(0.6 * len(quarters))])
    later = int(quarters[min(round(0.6 * len(quarters)) + 1, len(quarters) - 1)])
    council, board = "Leeds City Council", "NHS West Yorkshire ICB"
    scheme = (
        Scheme(
            "BCF-01",
            "Urgent community response for older people",
            "works",
            EMERGENCY_ADMISSION,
            *(65, 120, begin, 6, 0.30, 0.25, 1.0, 120),
            *(board, "Evaluation elsewhere with comparison areas"),
            first,
        ),
        Scheme(
            "BCF-02",
            "Health coaching for adults of working age",
            "does nothing",
            UNPLANNED_ATTENDANCE,
            *(20, 64, begin, 3, 0.15, 0.0, 1.4, 12),
            *(council, "Pilot without comparison"),
            second,
        ),
        Scheme(
            "BCF-03",
            "Falls prevention in one ward",
            "started at a peak",
            EMERGENCY_ADMISSION,
            *(65, 120, begin, 3, 0.20, 0.0, 1.0, 60),
            *(council, "Before and after in the same ward"),
            rest[:0],
        ),
        Scheme(
            "BCF-04",
            "Frailty clinics",
            "double-counts BCF-01",
            EMERGENCY_ADMISSION,
            *(75, 120, later, 3, 0.25, 0.0, 2.0, 150),
            *(board, "Before and after in the same wards"),
            again,
        ),
        Scheme(
            "BCF-05",
            "Case management after repeated admissions",
            "enrols people after a bad year",
            EMERGENCY_ADMISSION,
            *(65, 120, begin, 3, 0.30, 0.0, 1.0, 900),
            *(board, "Before and after in the people enrolled"),
            rest,
        ),
    )
    return Schemes(scheme, geo.lsoa["ward"], np.zeros(0, dtype=np.int64))


def settle(
    city: settings.City,
    schemes: Schemes,
    people: People,
    residence: Residence,
    spell: Frame,
    slowed: Array,
) -> Schemes:
    """Choose by what happened: the ward at its peak, and who is enrolled.

    The peak is that of the year before the start against all other years of the ward,
    so that the years before and after it are alike, and it is not in a ward whose care
    slows down anyway (`slowed`): each ward has one planted truth.
    """
    peak, enrols = schemes.scheme[PEAK], schemes.scheme[ENROLS]
    admitted = take(spell, np.flatnonzero(spell["kind"] == 0))
    age = (admitted["start"] - people.person["birth"][admitted["person"]]) / YEAR
    admitted = take(admitted, np.flatnonzero(age >= peak.age_from))
    ward = schemes.ward_at(residence, admitted["person"], admitted["start"])
    before = (admitted["start"] >= peak.start - 365) & (admitted["start"] < peak.start)
    wards = int(schemes.ward_of_lsoa.max()) + 1
    year = np.bincount(ward[before & (ward >= 0)], minlength=wards)
    others = np.bincount(ward[~before & (ward >= 0)], minlength=wards)
    free = np.setdiff1d(enrols.wards, schemes.scheme[DOES_NOTHING].wards)
    free = np.setdiff1d(free, np.flatnonzero(slowed))
    height = (year[free] + 0.5) / (others[free] + 2.0)
    at_peak = free[[int(np.argmax(height))]]

    bad = np.bincount(admitted["person"][before], minlength=people.count) >= 2
    who = people.person
    there = bad & (who["death"] >= enrols.start) & (who["departure"] >= enrols.start)
    person = np.flatnonzero(there & (who["household"] >= 0))
    lives = schemes.ward_at(residence, person, np.full(len(person), enrols.start))
    person = person[np.isin(lives, enrols.wards)]
    enrolled = person[chance(part(city.seed, "enrolled"), _ENROLLED, len(person))]
    scheme = list(schemes.scheme)
    scheme[PEAK] = replace(peak, wards=at_peak)
    return replace(schemes, scheme=tuple(scheme), enrolled=enrolled)


def target(scheme: Scheme, segment: Frame, people: People) -> Array:
    """Rows of the residence segments of a scheme's people on its first day."""
    age = (scheme.start - people.person["birth"][segment["person"]]) / YEAR
    there = (segment["first"] <= scheme.start) & (segment["last"] >= scheme.start)
    aged = (age >= scheme.age_from) & (age < scheme.age_to + 1)
    return np.flatnonzero(there & aged & np.isin(segment["ward"], scheme.wards))


def events_a_year(
    scheme: Scheme, schemes: Schemes, people: People, residence: Residence, event: Frame
) -> int:
    """Events (person, day) of a scheme's people in the year before its start."""
    age = (event["day"] - people.person["birth"][event["person"]]) / YEAR
    in_year = (event["day"] >= scheme.start - 365) & (event["day"] < scheme.start)
    near = in_year & (age >= scheme.age_from) & (age < scheme.age_to + 1)
    at = take({k: event[k] for k in ("person", "day")}, np.flatnonzero(near))
    ward = schemes.ward_at(residence, at["person"], at["day"])
    return int(np.isin(ward, scheme.wards).sum())


def truth_rows(schemes: Schemes, ward_code: Array) -> list[tuple[object, ...]]:
    """Rows of the truth: what each scheme is, claims and does, and where."""
    return [
        (
            scheme.code,
            scheme.truth,
            scheme.pathway,
            scheme.claimed_effect,
            scheme.true_effect,
            np.datetime64(scheme.start, "D"),
            ";".join(ward_code[scheme.wards].tolist()),
        )
        for scheme in schemes.scheme
    ]


TRUTH_COLUMNS = (
    "scheme_id",
    "truth",
    "pathway",
    "claimed_effect_share",
    "true_effect_share",
    "start_date",
    "ward_codes",
)
