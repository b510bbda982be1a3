"""Stays in community beds, and the beds open for them."""

from __future__ import annotations

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import EMERGENCY
from synthetic_city.city.geography import Geography
from synthetic_city.city.homes import Residence
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.people import People
from synthetic_city.city.stays import around, in_order, without_overlaps
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Calendar,
    Frame,
    Rng,
    chance,
    pick,
    poisson_events,
    stack,
    take,
)

SITES = (
    # provider, site code, name, purposes
    (
        "RY6",
        "RY6A1",
        "Northfield Recovery Hub",
        ("intermediate care", "rehabilitation"),
    ),
    (
        "RY6",
        "RY6A2",
        "Southfield Recovery Hub",
        ("intermediate care", "nursing assessment"),
    ),
    (
        "VLEEDS",
        "VLEED1",
        "Eastfield Care Centre",
        ("intermediate care", "nursing assessment"),
    ),
    ("VLEEDS", "VLEED2", "Westfield Hospice", ("end of life",)),
)
PURPOSES = ("intermediate care", "rehabilitation", "nursing assessment", "end of life")
DESTINATIONS = ("own home", "hospital", "care home", "other community bed", "died")
SOURCES = ("hospital", "own home", "care home", "emergency department")
_BED_STAYS_A_YEAR = 3_150  # at full size, for about 240 beds of 28 days
_FROM_HOSPITAL = 0.72
# For each site and purpose in the order of SITES.
_SITE_PURPOSE_WEIGHTS = (26, 14, 14, 12, 14, 12, 8)
PURPOSE_SHARES = np.array([0.54, 0.14, 0.24, 0.08])


def draw_beds(
    rng: Rng,
    city: settings.City,
    geo: Geography,
    people: People,
    residence: Residence,
    segment: Frame,
    wards: Multipliers,
    hospital: Hospital,
) -> tuple[Frame, Array]:
    """Stays in community beds, most of them straight from hospital, and planned ones.

    Returns `Community.bed` and `Community.bed_need`.
    """
    wanted = _BED_STAYS_A_YEAR * city.scale * city.years
    after, share = _after_hospital(
        rng, city, geo, people, residence, wards, hospital, wanted
    )
    from_home, expected = _from_home(rng, city, people, segment, wards, wanted)
    planned = _plan(rng, people, stack([after, from_home]))
    bed = _as_it_went(rng, city, people, residence, hospital, planned)
    spell = hospital.spell
    need = np.zeros((101, 2))
    for person, days, count in (
        (spell["person"], spell["start"], share),
        (segment["person"], segment["middle"], expected),
    ):
        age = (days - people.person["birth"][person]) / YEAR
        of_age = np.clip(age.astype(np.int64), 0, 100)
        np.add.at(need, (of_age, people.person["female"][person]), count)
    # Planned admissions of people in a bed, in hospital or dead do not happen.
    need *= len(bed["end"]) / max(len(planned["person"]), 1)
    return take(bed, np.lexsort((bed["person"], bed["start"]))), need


def _after_hospital(
    rng: Rng,
    city: settings.City,
    geo: Geography,
    people: People,
    residence: Residence,
    wards: Multipliers,
    hospital: Hospital,
    wanted: float,
) -> tuple[Frame, Array]:
    """Admissions to beds from hospital, and the chance that each spell had of one."""
    who, spell = people.person, hospital.spell
    age = (spell["start"] - who["birth"][spell["person"]]) / YEAR
    row = residence.at(spell["person"], np.minimum(spell["end"], city.last_day))
    # Visitors have no ward, and no bed in the community.
    ward = geo.lsoa["ward"][np.maximum(residence.row["lsoa"][row], 0)]
    able = (spell["kind"] == EMERGENCY) & np.isin(spell["destination"], ("19", "29"))
    able &= (age >= 60) & (spell["end"] - spell["start"] >= 2)
    able &= (residence.row["home"][row] < 0) & (residence.row["lsoa"][row] >= 0)
    weight = able * np.exp(0.06 * (age - 80)) * wards.of("community_bed")[ward]
    share = np.minimum(weight * wanted * _FROM_HOSPITAL / max(weight.sum(), 1e-9), 0.9)
    chosen = np.flatnonzero(chance(rng, share, len(weight)))
    start = spell["end"][chosen]
    waited = np.minimum(rng.poisson(4, len(chosen)), start - spell["start"][chosen])
    admission = {
        "person": spell["person"][chosen],
        "start": start,
        "referred": start - waited,
        "source": np.zeros(len(chosen), dtype=np.int64),
    }
    return admission, share


def _from_home(
    rng: Rng,
    city: settings.City,
    people: People,
    segment: Frame,
    wards: Multipliers,
    wanted: float,
) -> tuple[Frame, Array]:
    """Admissions from elsewhere, and how many were expected of each segment."""
    age = (segment["middle"] - people.person["birth"][segment["person"]]) / YEAR
    need = np.where(age >= 60, np.exp(0.08 * (age - 80)), 0.0) * segment["years"]
    need = need * wards.of("community_bed")[segment["ward"]]
    expected = need * wanted * (0.95 - _FROM_HOSPITAL) / max(float(need.sum()), 1e-9)
    at = poisson_events(rng, expected)
    calendar = Calendar.of(city.days, (1.1, 1.1, 1.1, 1.05, 1.0, 0.4, 0.3), 0.04, 0.01)
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    in_home = segment["home"][at] >= 0
    admission = {
        "person": segment["person"][at],
        "start": start,
        "referred": start - rng.poisson(2, len(at)),
        "source": np.where(in_home, 2, np.where(chance(rng, 0.25, len(at)), 3, 1)),
    }
    return admission, expected


def _plan(rng: Rng, people: People, bed: Frame) -> Frame:
    """Add site, purpose, and the planned days of being ready and of leaving."""
    size = len(bed["person"])
    site_purpose = [
        (s, PURPOSES.index(p)) for s, site in enumerate(SITES) for p in site[3]
    ]
    choice = pick(rng, _SITE_PURPOSE_WEIGHTS, size)
    site, purpose = (
        np.array(column)[choice] for column in zip(*site_purpose, strict=True)
    )
    nights = np.clip(np.exp(rng.normal(3.12, 0.72, size)), 2, 150).astype(np.int64)
    nights = np.where(purpose == 3, np.minimum(nights, 21), nights)
    delay = np.where(
        chance(rng, 0.35, size), np.exp(rng.normal(1.9, 0.7, size)), 0
    ).astype(np.int64)
    end = bed["start"] + nights + delay
    ready = end - delay
    # No one leaves the community bed later than they enter a care home.
    into_home = people.person["care_day"][bed["person"]]
    enters = (into_home < OPEN) & (into_home >= bed["start"])
    end = np.where(enters, np.minimum(end, into_home), end)
    return {
        **bed,
        "site": site,
        "purpose": purpose,
        "end": end,
        "ready": ready,
        "planned": end.copy(),
    }


def _as_it_went(
    rng: Rng,
    city: settings.City,
    people: People,
    residence: Residence,
    hospital: Hospital,
    bed: Frame,
) -> Frame:
    """Stays as they happened, cut at death, departure or hospital; destinations."""
    who = people.person
    fits = bed["start"] <= who["last_day"][bed["person"]]
    limit = np.minimum(who["death"], who["departure"] - 1)[bed["person"]]
    bed = take({**bed, "end": np.minimum(bed["end"], limit)}, np.flatnonzero(fits))
    bed = without_overlaps(around(in_order(hospital.stays()), bed, touching=True))
    end, person = bed["end"], bed["person"]
    died = who["death"][person] == end
    to_hospital = (
        (end < bed.pop("planned")) & ~died & (who["departure"][person] - 1 != end)
    )
    open_ = end > city.last_day
    leaving = np.minimum(end, city.last_day)
    goes_home = residence.home_at(person, leaving + 1) >= 0
    destination = np.where(goes_home, 2, np.where(chance(rng, 0.03, len(end)), 3, 0))
    destination = np.where(to_hospital, 1, destination)
    destination = np.where(died, 4, destination)
    bed["destination"] = np.where(open_, -1, destination)
    bed["end"] = np.where(open_, OPEN, end)
    unready = died | to_hospital & (bed["ready"] > end) | (bed["ready"] > city.last_day)
    bed["ready"] = np.where(unready, OPEN, np.minimum(bed["ready"], bed["end"]))
    return bed


def open_beds(city: settings.City, bed: Frame) -> Frame:
    """Beds open by site, purpose and month: a year's mean use at 87 % occupancy."""
    frames = []
    for site, (_, _, _, purposes) in enumerate(SITES):
        for purpose in (PURPOSES.index(p) for p in purposes):
            of_it = (bed["site"] == site) & (bed["purpose"] == purpose)
            start, end = (
                bed["start"][of_it],
                np.minimum(bed["end"][of_it], city.last_day + 1),
            )
            months = len(city.months)
            used = np.array(
                [
                    np.maximum(
                        np.minimum(end, last + 1) - np.maximum(start, first), 0
                    ).sum()
                    / (last + 1 - first)
                    for first, last in zip(
                        city.months.first, city.months.last, strict=True
                    )
                ]
            )
            smooth = np.convolve(
                np.pad(used, 6, mode="edge"), np.ones(13) / 13, "valid"
            )
            beds = np.maximum(np.maximum(np.ceil(smooth / 0.87), np.ceil(used)), 1)
            frames.append(
                {
                    "site": np.full(months, site),
                    "purpose": np.full(months, purpose),
                    "month": np.arange(months),
                    "beds": beds.astype(np.int64),
                }
            )
    return stack(frames)
