"""Draw the city, write its feeds and its truth."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from tqdm import tqdm

from synthetic_city import settings
from synthetic_city.city.world import World, draw_world
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.delivery.pseudonymise import pseudonymised
from synthetic_city.delivery.writer import Writer
from synthetic_city.feeds import (
    acute_sus,
    better_care_fund,
    care_homes,
    community_beds,
    community_csds,
    deaths,
    delays,
    mental_health_mhsds,
    opt_outs,
    primary_care,
    service_supply,
    social_care_cld,
    transfer_of_care,
)
from synthetic_city.feeds.comparators import write_comparators
from synthetic_city.feeds.lookups import load_lookups
from synthetic_city.feeds.reference import write_reference
from synthetic_city.tables import load, to_arrow
from synthetic_city.truth.truth import write_truth

# The feeds made of true rows, with the number of tables of each. The reference and
# comparators feeds are plain files and are written on their own.
_FEEDS: dict[str, tuple[Callable[[World], Iterator[FeedTable]], int]] = {
    "acute_sus": (acute_sus.tables, 4),
    "community_csds": (community_csds.tables, 5),
    "community_beds": (community_beds.tables, 2),
    "mental_health_mhsds": (mental_health_mhsds.tables, 6),
    "social_care_cld": (social_care_cld.tables, 1),
    "delays": (delays.tables, 2),
    "primary_care": (primary_care.tables, 5),
    "deaths": (deaths.tables, 1),
    "opt_outs": (opt_outs.tables, 2),
    "care_homes": (care_homes.tables, 2),
    "transfer_of_care": (transfer_of_care.tables, 1),
    "better_care_fund": (better_care_fund.tables, 3),
    "service_supply": (service_supply.tables, 1),
}
_TABLES_OF_FEED = {feed: count for feed, (_, count) in _FEEDS.items()}


def build(city: settings.City) -> dict[str, int]:
    """Write `feeds` and `truth` below `city.out`; rows written by feed table.

    Everything goes into a folder beside it first and is renamed at the end, so that a
    run that stops leaves nothing half-written.
    """
    target = city.out
    target.mkdir(parents=True, exist_ok=True)
    draft = target / ".being-written"
    shutil.rmtree(draft, ignore_errors=True)
    steps = 3 + sum(_TABLES_OF_FEED.values())
    try:
        with tqdm(total=steps, desc="drawing the city", unit="step") as bar:
            rows = _build(city, draft, bar)
        for name in ("feeds", "truth"):
            shutil.rmtree(target / name, ignore_errors=True)
            (draft / name).rename(target / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows


def _build(city: settings.City, draft: Path, bar: tqdm[None]) -> dict[str, int]:
    world = draw_world(city)
    bar.update()
    con = duckdb.connect()
    con.execute("set threads = 2")
    con.execute("set memory_limit = '4GB'")
    bar.set_description("looking things up")
    load_lookups(con, world)
    load(con, "name", pa.table({"text": pa.array(world.names.texts)}))
    living = np.flatnonzero(world.people.person["household"] >= 0)
    load(con, "living", to_arrow({"person": living}))
    writer = Writer(city, con, draft / "feeds", _TABLES_OF_FEED)
    write_reference(world, draft / "feeds" / "reference")
    write_comparators(city, draft / "feeds" / "comparators")
    bar.update()
    for tables, _ in _FEEDS.values():
        for table in tables(world):
            bar.set_description(f"{table.feed}.{table.name}")
            writer.deliver(pseudonymised(table) if city.pseudonymised else table)
            bar.update()
    bar.set_description("truth")
    write_truth(world, con, writer, draft / "truth")
    bar.update()
    con.close()
    return writer.rows_written
