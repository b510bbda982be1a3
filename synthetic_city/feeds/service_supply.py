"""service_supply: capacity of each service and travel time to it, by ward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city.city.supply import SERVICES, draw_supply
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.feeds.common import base_rows, choice, marked


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the one table of service_supply: the same figures every quarter."""
    supply = draw_supply(world.city, world.wards)
    quarters, size = len(world.city.quarters), supply.capacity.size
    record = np.tile(np.arange(size), quarters)
    service, ward = np.divmod(record, supply.capacity.shape[1])
    yield FeedTable(
        "service_supply",
        "ward_service",
        ("15F",),
        base_rows(
            record,
            np.repeat(np.arange(quarters), size),
            0,
            ward=ward,
            service=service,
            minutes=supply.minutes[service, ward],
            capacity=supply.capacity[service, ward],
        ),
        {
            "ward_code": choice(world.geo.ward["code"].tolist(), "b.ward"),
            "service": choice(SERVICES, "b.service"),
            "travel_minutes": "b.minutes",
            "capacity_per_1000": "b.capacity",
        },
        "",
        own_key={"ward_code": marked("ward_code")},
        revised={"travel_minutes": "t.travel_minutes + 1"},
        broken=(
            {"ward_code": "null"},
            {"service": "'tea room'"},
            {"capacity_per_1000": "-1.0"},
        ),
        quarterly=True,
    )
