"""delays: patient lists of each organisation, and the aggregate return."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city.city.delays import ORGANISATIONS, returned_days
from synthetic_city.city.world import DELAY_REGISTERS, World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    marked,
    rolling,
)

_FEED = "delays"


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of delays."""
    yield _lists(world)
    yield _returns(world)


def _lists(world: World) -> FeedTable:
    city, delays = world.city, world.delays
    listed = delays.listed
    person = delays.true["person"][listed["delay"]]
    register = DELAY_REGISTERS[listed["organisation"]]
    registration = world.identities.of(world.rng("delay records"), register, person)
    at, month = rolling(city.months, listed["start"], np.minimum(listed["end"], OPEN))
    last = world.people.person["last_day"][person]
    seen = np.minimum(np.minimum(listed["start"], last)[at], city.months.last[month])
    return FeedTable(
        _FEED,
        "patient_delay",
        ORGANISATIONS,
        base_rows(
            at,
            month,
            listed["organisation"][at],
            registration=registration[at],
            postcode=world.postcode_at(person[at], seen, registration[at]),
        ),
        {
            "organisation_code": choice(ORGANISATIONS, "b.provider"),
            "delay_id": (
                f"{choice(ORGANISATIONS, 'b.provider')} || '-W' || cast(l.id as "
                "varchar)"
            ),
            "local_patient_id": "r.local_id",
            "nhs_number": "r.nhs_number_delays",
            "forename": "r.forename",
            "surname": "r.surname",
            "date_of_birth": "r.birth_date",
            "sex": "r.sex",
            "postcode": "a.postcode",
            "lsoa_code": "a.lsoa21",
            "bed_organisation_code": choice(ORGANISATIONS, "l.bed"),
            "delay_start_date": "l.start_date",
            "delay_end_date": as_of("l.end_date"),
            "reason_code": choice(delays.pair_reason, "l.pair"),
            "responsible_body": choice(delays.pair_body, "l.pair"),
            "next_setting": choice(delays.all_settings, "l.setting"),
        },
        "join listed as l on l.id = b.record join registration as r on r.id = "
        "b.registration "
        "join postcode as a on a.id = b.postcode",
        own_key={"delay_id": marked("delay_id")},
        revised={"next_setting": "'other'"},
        broken=(
            {"delay_end_date": earlier("delay_start_date", 1)},
            {"reason_code": "'I'", "responsible_body": "'Social Care'"},
            {"reason_code": "'G'", "responsible_body": "'Both'"},
            {"date_of_birth": FUTURE},
            {"delay_id": "null"},
            {"delay_start_date": "null"},
        ),
    )


def _returns(world: World) -> FeedTable:
    delays = world.delays
    days = returned_days(world.city, delays)
    pairs = len(delays.pair_reason)
    wording = [delays.wording[r] for r in delays.pair_reason]
    months = len(world.city.months)
    record = (days["organisation"] * months + days["period"]) * pairs + days["pair"]
    return FeedTable(
        _FEED,
        "dtoc_return",
        ORGANISATIONS[:3],
        base_rows(
            record,
            days["period"],
            days["organisation"],
            pair=days["pair"],
            days=days["days"],
        ),
        {
            "organisation_code": choice(ORGANISATIONS[:3], "b.provider"),
            "month": "b.period_start_date",
            "care_type": "case when b.provider = 0 then 'Acute' else 'Non-Acute' end",
            "reason": choice(wording, "b.pair"),
            "responsible_org": choice(delays.pair_body, "b.pair"),
            "delayed_days": "cast(b.days as integer)",
        },
        "",
        own_key={"care_type": "'Other'"},
        revised={"delayed_days": "t.delayed_days + 3"},
        broken=({"delayed_days": "-5"}, {"reason": "'Z) Unknown'"}),
    )
