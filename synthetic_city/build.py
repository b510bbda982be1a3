"""Draw the city, write its feeds and its truth."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from tqdm import tqdm

from synthetic_city import settings
from synthetic_city.comparators import write_comparators
from synthetic_city.feeds import (
    acute,
    better_care_fund,
    community,
    delays,
    mental_health,
    registers,
    service_supply,
    social_care,
    transfer_of_care,
)
from synthetic_city.pseudonymise import pseudonymised
from synthetic_city.reference import write_reference
from synthetic_city.truth import write_truth
from synthetic_city.world import World, draw_world, load, load_lookups
from synthetic_city.write import FeedTable, Writer, to_arrow

_FEEDS: tuple[Callable[[World], Iterator[FeedTable]], ...] = (
    acute.tables,
    community.tables,
    mental_health.tables,
    social_care.tables,
    delays.tables,
    registers.tables,
    transfer_of_care.tables,
    better_care_fund.tables,
    service_supply.tables,
)
_TABLES_OF_FEED = Counter(
    acute_sus=4,
    community_csds=5,
    community_beds=2,
    mental_health_mhsds=6,
    social_care_cld=1,
    delays=2,
    primary_care=5,
    deaths=1,
    opt_outs=2,
    care_homes=2,
    transfer_of_care=1,
    better_care_fund=3,
    service_supply=1,
)


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
    for feed in _FEEDS:
        for table in feed(world):
            bar.set_description(f"{table.feed}.{table.name}")
            writer.deliver(pseudonymised(table) if city.pseudonymised else table)
            bar.update()
    bar.set_description("truth")
    write_truth(world, con, writer, draft / "truth")
    bar.update()
    con.close()
    return writer.rows_written
