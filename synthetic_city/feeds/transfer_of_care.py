"""transfer_of_care: the care that people in beds would need elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.community_beds import SITES
from synthetic_city.city.needs import (
    BED_KINDS,
    IN_CARE_HOME,
    IN_COMMUNITY_BED,
    IN_HOSPITAL,
    NIGHT_NEEDS,
)
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN
from synthetic_city.feeds.common import (
    as_of,
    base_rows,
    choice,
    key,
    marked,
    rolling,
)

_PROVIDERS = (
    settings.ACUTE[0],
    settings.COMMUNITY,
    settings.INDEPENDENT_BEDS,
    settings.COUNCIL,
)


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the one table of transfer_of_care."""
    found, city = world.needs.assessment, world.city
    kind, stay = found["kind"], found["stay"]
    size = len(kind)
    provider = np.zeros(size, dtype=np.int64)
    of_site = np.array([_PROVIDERS.index(site[0]) for site in SITES])
    beds = kind == IN_COMMUNITY_BED
    provider[beds] = of_site[world.community.bed["site"][stay[beds]]]
    provider[kind == IN_CARE_HOME] = _PROVIDERS.index(settings.COUNCIL)
    # A row is sent each month until its open questions are settled, a year at most.
    settled = np.maximum(
        np.where(found["goals_day"] < OPEN, found["goals_day"], found["day"]),
        np.where(found["home_care_day"] < OPEN, found["home_care_day"], found["day"]),
    )
    end = np.minimum(np.maximum(settled, found["day"]), found["day"] + 365)
    at, month = rolling(city.months, found["day"], end)
    stay_key = (
        f"case n.kind when {IN_HOSPITAL} then {key('S', 'n.stay', 9)} "
        f"when {IN_COMMUNITY_BED} then {key('B', 'n.stay', 7)} "
        "else nhs(p.nhs_number) end"
    )
    yield FeedTable(
        "transfer_of_care",
        "need_assessment",
        _PROVIDERS,
        base_rows(at, month, provider[at]),
        {
            "provider_code": choice(_PROVIDERS, "b.provider"),
            "bed_kind": choice(BED_KINDS, "n.kind"),
            "stay_id": stay_key,
            "assessed_date": "n.day_date",
            "night_care_need": choice(NIGHT_NEEDS, "n.night"),
            "has_carer": "case n.carer when 1 then 'Y' else 'N' end",
            "care_hours_per_week": "cast(n.hours as integer)",
            "has_rehabilitation_goals": "case n.goals when 1 then 'Y' else 'N' end",
            "rehabilitation_goals_met_date": as_of("n.goals_day_date"),
            "home_care_available_date": as_of("n.home_care_day_date"),
        },
        "join need as n on n.id = b.record join person as p on p.id = n.person",
        own_key={"stay_id": marked("stay_id")},
        revised={"care_hours_per_week": "t.care_hours_per_week + 2"},
        broken=(
            {"night_care_need": "'often'"},
            {"stay_id": "null"},
            {"care_hours_per_week": "-4"},
            {"has_carer": "'maybe'"},
            {"assessed_date": "null"},
        ),
    )
