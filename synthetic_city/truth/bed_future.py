"""The community beds that the planted rates call for as the city ages.

Rates of admission are those the stays were drawn with, not those that happened; people
are those of the published projection; lengths of stay and days of admission are those
that happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthetic_city.city.community_beds import PURPOSE_SHARES, PURPOSES
from synthetic_city.city.world import World
from synthetic_city.draw import OPEN, YEAR, Array, Rng
from synthetic_city.feeds.reference import projected_people

FUTURE_COLUMNS = (
    "year",
    "bed_purpose",
    "admissions",
    "mean_nights",
    "occupied_beds",
    "chance_of_no_bed",
    "beds_needed",
)
CHANCE_OF_NO_BED = 0.05
YEARS = (2025, 2033, 2043)
_BAND_YEARS = 5
_SETTLING_DAYS, _DAYS, _REPLICAS = 600, 12_000, 4
_NIGHTS_KEPT = 1000


@dataclass(frozen=True)
class Ward:
    """Beds of one purpose in one year: people a day, nights of each, weekly cycle."""

    a_day: float
    nights: Array
    weekday: Array
    waits: bool


def bed_future(world: World) -> Iterator[tuple[object, ...]]:
    """Rows of the truth file, one per year and purpose."""
    rates = _rates(world)
    bed, city = world.community.bed, world.city
    over = bed["end"] < OPEN
    weekday = np.bincount((bed["start"] + 3) % 7, minlength=7) + 1.0
    keys, wards = [], []
    for year in YEARS:
        people = projected_people(world)[year - 2018]
        admissions = float((rates * people).sum())
        for number, purpose in enumerate(PURPOSES):
            of_it = over & (bed["purpose"] == number) & (bed["start"] >= city.first_day)
            if not of_it.any():
                continue
            nights = (bed["end"] - bed["start"])[of_it]
            keys.append((year, purpose, admissions * PURPOSE_SHARES[number]))
            wards.append(
                Ward(
                    admissions * float(PURPOSE_SHARES[number]) / 365.25,
                    np.maximum(nights, 1),
                    weekday / weekday.mean(),
                    purpose != "end of life",
                )
            )
    if not wards:
        return
    beds = beds_that_suffice(world.rng("bed future"), wards, CHANCE_OF_NO_BED)
    for (year, purpose, admissions), ward, needed in zip(
        keys, wards, beds, strict=True
    ):
        mean = float(ward.nights.mean())
        yield (
            year,
            purpose,
            round(admissions, 3),
            round(mean, 3),
            round(ward.a_day * mean, 3),
            CHANCE_OF_NO_BED,
            needed,
        )


def _rates(world: World) -> Array:
    """(101, 2) admissions per person-year by age and sex (male, female) as planned."""
    segment, who = world.segment, world.people.person
    age: Array = (segment["middle"] - who["birth"][segment["person"]]) / YEAR
    age = np.minimum(age.astype(np.int64), 100)
    years: Array = np.zeros((101, 2))
    np.add.at(years, (age, who["female"][segment["person"]]), segment["years"])
    band: Array = np.arange(101) // _BAND_YEARS
    of_band: Array = np.zeros((band[-1] + 1, 2))
    lived: Array = np.zeros_like(of_band)
    np.add.at(of_band, band, world.community.bed_need)
    np.add.at(lived, band, years)
    rates: Array = (of_band / np.maximum(lived, 1e-9))[band]
    return rates


def beds_that_suffice(
    rng: Rng, wards: list[Ward], chance_of_no_bed: float
) -> list[int]:
    """Fewest beds, by ward, with which at most this share finds no bed free on the day.

    Every number of beds is simulated over many years, several times. Each day people
    leave in the morning, then those who have waited longest come in, then those who
    arrive that day.
    """
    ward, beds = [], []
    for number, each in enumerate(wards):
        load = each.a_day * float(each.nights.mean())
        tried = np.arange(max(int(load), 1), int(load + 3 * load**0.5) + 4)
        ward.append(np.full(len(tried), number))
        beds.append(tried)
    of, size = np.tile(np.concatenate(ward), _REPLICAS), np.concatenate(beds)
    lanes, size = len(size), np.tile(size, _REPLICAS)
    # Each replica of a ward has its own arrivals.
    stream = of + len(wards) * (np.arange(len(of)) // lanes)
    # Evenly spaced quantiles keep the mean; a random draw of so few would miss it.
    levels = (np.arange(_NIGHTS_KEPT) + 0.5) / _NIGHTS_KEPT
    nights = np.stack(
        [np.quantile(w.nights, levels, method="inverted_cdf") for w in wards]
    )
    a_day = np.stack([w.a_day * w.weekday for w in wards])
    waits = np.array([w.waits for w in wards])[of]
    window = int(nights.max()) + 1
    leaving = np.zeros((len(of), window), dtype=np.int64)
    used, queue, asked, without = (np.zeros(len(of), dtype=np.int64) for _ in range(4))
    for day in range(_SETTLING_DAYS + _DAYS):
        used -= leaving[:, day % window]
        leaving[:, day % window] = 0
        came = rng.poisson(np.tile(a_day[:, day % 7], _REPLICAS))[stream]
        free = size - used
        from_queue = np.minimum(queue, free)
        at_once = np.minimum(came, free - from_queue)
        enter = from_queue + at_once
        owner = np.repeat(np.arange(len(of)), enter)
        until = day + nights[of[owner], rng.integers(0, _NIGHTS_KEPT, len(owner))]
        np.add.at(leaving, (owner, until % window), 1)
        used += enter
        queue = np.where(waits, queue - from_queue + came - at_once, 0)
        if day >= _SETTLING_DAYS:
            asked += came
            without += came - at_once
    shares = [v.reshape(_REPLICAS, lanes).sum(axis=0) for v in (without, asked)]
    enough = shares[0] <= chance_of_no_bed * shares[1]
    return [
        int(size[:lanes][enough & (of[:lanes] == n)].min()) for n in range(len(wards))
    ]
