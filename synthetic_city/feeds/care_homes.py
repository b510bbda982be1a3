"""care_homes: the register of homes, and the weekly count of vacancies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.feeds.common import as_of, base_rows, marked

_FEED = "care_homes"
_PROVIDERS = ("CQC",)


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of care_homes."""
    yield _homes(world)
    yield _vacancies(world)


def _homes(world: World) -> FeedTable:
    quarters, home = world.city.quarters, world.homes.home
    count = len(home["beds"])
    record = np.tile(np.arange(count), len(quarters))
    quarter = np.repeat(np.arange(len(quarters)), count)
    listed = home["opened"][record] <= quarters.last[quarter]
    record, quarter = record[listed], quarter[listed]
    return FeedTable(
        _FEED,
        "home",
        _PROVIDERS,
        base_rows(record, quarter, 0),
        {
            "cqc_location_id": "h.cqc",
            "home_name": "h.name",
            "postcode": "a.postcode",
            "lsoa_code": "a.lsoa21",
            "care_home_type": (
                "case when h.nursing then 'nursing' else 'residential' end"
            ),
            "registered_beds": "cast(h.beds as integer)",
            "opened_date": "h.opened_date",
            "closed_date": as_of("h.closed_date"),
        },
        "join home as h on h.id = b.record join postcode as a on a.id = h.postcode",
        own_key={"cqc_location_id": marked("cqc_location_id")},
        revised={"registered_beds": "t.registered_beds + 4"},
        broken=(
            {"cqc_location_id": "null"},
            {"registered_beds": "-10"},
            {"care_home_type": "'hotel'"},
        ),
        quarterly=True,
    )


def _vacancies(world: World) -> FeedTable:
    city, home = world.city, world.homes.home
    mondays = city.days[(city.days + 3) % 7 == 0]
    occupied = world.homes.occupied(city.days)[:, mondays - city.first_day]
    rng = world.rng("vacancies")
    shape = occupied.shape
    beds = home["beds"][:, None]
    usable = np.maximum(beds - rng.poisson(0.03 * beds, shape), occupied)
    running = (home["opened"][:, None] <= mondays) & (home["closed"][:, None] > mondays)
    answered = running & (rng.random(shape) < 0.96)
    at, week = np.nonzero(answered)
    return FeedTable(
        _FEED,
        "vacancy",
        _PROVIDERS,
        base_rows(
            at * len(mondays) + week,
            city.months.of(mondays[week]),
            0,
            home=at,
            week_date=mondays[week],
            usable=usable[at, week],
            occupied=occupied[at, week],
        ),
        {
            "cqc_location_id": "h.cqc",
            "week_start": "b.week_date",
            "beds_available": "cast(b.usable as integer)",
            "beds_occupied": "cast(b.occupied as integer)",
            "beds_vacant": "cast(b.usable - b.occupied as integer)",
        },
        "join home as h on h.id = b.home",
        own_key={"cqc_location_id": marked("cqc_location_id")},
        revised={
            "beds_vacant": "t.beds_vacant + 1",
            "beds_available": "t.beds_available + 1",
        },
        broken=(
            {"beds_vacant": "-2"},
            {"cqc_location_id": "null"},
            {"week_start": "null"},
        ),
        event=True,
    )
