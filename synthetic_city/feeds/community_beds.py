"""community_beds: stays in community beds, and the beds open each month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np

from synthetic_city import settings
from synthetic_city.city.community_beds import (
    DESTINATIONS,
    PURPOSES,
    SITES,
    SOURCES,
    open_beds,
)
from synthetic_city.city.world import RY6, VLEEDS, World, bed_registers
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    key,
    later,
    marked,
    rolling,
)
from synthetic_city.gone_wrong import iso, numbered

_FEED = "community_beds"
_PROVIDERS = (settings.COMMUNITY, settings.INDEPENDENT_BEDS)


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of community_beds."""
    yield _bed_stays(world)
    yield _bed_stock(world)


def _bed_stays(world: World) -> FeedTable:
    city, bed = world.city, world.community.bed
    register = bed_registers(bed)
    registration = world.identities.of(
        world.rng("bed records"), register, bed["person"]
    )
    at, month = rolling(city.months, bed["start"], bed["end"])
    at, month, early, referred_late = _as_listed(world, at, month)
    last = world.people.person["last_day"][bed["person"]]
    seen = np.minimum(last[at], city.months.last[month])
    home = np.minimum(bed["start"][at], seen)
    base = base_rows(
        at,
        month,
        np.where(register[at] == RY6, 0, 1),
        registration=registration[at],
        postcode=world.postcode_at(bed["person"][at], home, registration[at]),
        later=-2 * np.isin(at, early),
        referred_late=np.isin(at, referred_late),
    )
    return FeedTable(
        _FEED,
        "bed_stay",
        _PROVIDERS,
        base,
        {
            "provider_code": choice(_PROVIDERS, "b.provider"),
            "stay_id": key("B", "d.id", 7),
            "local_patient_id": "r.local_id",
            "nhs_number": "r.nhs_number_beds",
            "forename": "r.forename",
            "surname": "r.surname",
            "date_of_birth": "r.birth_date",
            "sex": "r.sex",
            "postcode": "a.postcode",
            "lsoa_code": "a.lsoa21",
            "site_code": choice([s[1] for s in SITES], "d.site"),
            "bed_purpose": choice(PURPOSES, "d.purpose"),
            "referred_date": (
                "case when b.referred_late then d.start_date + 1 "
                "else d.referred_date end"
            ),
            "admitted_date": later("d.start_date"),
            "ready_date": as_of("d.ready_date"),
            "discharged_date": as_of("d.end_date"),
            "admission_source": choice(SOURCES, "d.source"),
            "discharge_destination": (
                "case when d.end_date <= b.period_end_date then "
                f"{choice(DESTINATIONS, 'd.destination')} end"
            ),
        },
        "join bed as d on d.id = b.record join registration as r on r.id = "
        "b.registration "
        "join postcode as a on a.id = b.postcode",
        own_key={"stay_id": marked("stay_id")},
        revised={"admission_source": "'own home'"},
        broken=(
            {"discharged_date": earlier("admitted_date", 1)},
            {"date_of_birth": FUTURE},
            {"bed_purpose": "'holiday'"},
            {"stay_id": "null"},
            {"admitted_date": "null"},
        ),
    )


def _as_listed(
    world: World, at: Array, month: Array
) -> tuple[Array, Array, Array, Array]:
    """Stays by the months that list them, and those that are misdated.

    at: position of the stay of each row. Returns the rows that come, the stays that
    begin before the hospital stay has ended, and those referred after they began.
    """
    months, bed, spell = world.city.months, world.community.bed, world.hospital.spell
    wrong, provider = world.gone_wrong, bed_registers(bed)
    start, end = bed["start"], bed["end"]

    def note(kind: str, stays: Array, expected: Sequence[str] | None = None) -> None:
        for register, code in ((RY6, _PROVIDERS[0]), (VLEEDS, _PROVIDERS[1])):
            own = provider[stays] == register
            told = np.array(expected or [""] * len(stays))[own].tolist()
            records = numbered("B", stays[own], 7)
            wrong.note(kind, _FEED, "bed_stay", code, records, repeat(""), told)

    # Whoever waits for another place is left to the truth about delays.
    able = ~np.isin(bed["person"], world.delays.true["person"])
    able &= end <= world.city.last_day
    listings = np.bincount(at, minlength=len(start))
    lost = wrong.pick("no_longer_listed", able & (listings > 1))
    able[lost] = False
    kept = ~(np.isin(at, lost) & (months.last[month] >= end[at]))
    note("no_longer_listed", lost, iso(months.last[months.of(end[lost]) - 1]))

    left = (spell["end"] - spell["start"] > 2) & (spell["provider"] == 0)
    leaving = np.c_[spell["person"], spell["end"]][left]
    straight = np.isin(bed["person"] * 2**20 + start, leaving @ (2**20, 1))
    straight &= (bed["source"] == 0) & (bed["referred"] <= start - 2)
    straight &= months.of(start - 2) == months.of(start)
    early = wrong.pick("two_beds_at_once", able & straight)
    able[early] = False
    note("two_beds_at_once", early)
    referred_late = wrong.pick("negative_duration", able)
    note("negative_duration", referred_late)
    return at[kept], month[kept], early, referred_late


def _bed_stock(world: World) -> FeedTable:
    stock = open_beds(world.city, world.community.bed)
    provider = np.array([_PROVIDERS.index(s[0]) for s in SITES])[stock["site"]]
    record = (stock["site"] * len(PURPOSES) + stock["purpose"]) * len(
        world.city.months
    ) + stock["month"]
    postcode = world.homes.home["postcode"][stock["site"]]
    return FeedTable(
        _FEED,
        "bed_stock",
        _PROVIDERS,
        base_rows(
            record,
            stock["month"],
            provider,
            site=stock["site"],
            purpose=stock["purpose"],
            beds=stock["beds"],
            postcode=postcode,
        ),
        {
            "provider_code": choice(_PROVIDERS, "b.provider"),
            "site_code": choice([s[1] for s in SITES], "b.site"),
            "site_name": choice([s[2] for s in SITES], "b.site"),
            "site_postcode": "a.postcode",
            "bed_purpose": choice(PURPOSES, "b.purpose"),
            "month_start": "b.period_start_date",
            "beds_open": "cast(b.beds as integer)",
        },
        "join postcode as a on a.id = b.postcode",
        own_key={"site_code": marked("site_code")},
        revised={"beds_open": "t.beds_open + 2"},
        broken=({"beds_open": "-3"}, {"site_code": "null"}),
    )
