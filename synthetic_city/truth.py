"""The truth behind the feeds, in files no model may read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_city import schemes, slow_down
from synthetic_city.bed_future import FUTURE_COLUMNS, bed_future
from synthetic_city.delay_truth import README as DELAY_README
from synthetic_city.delay_truth import write_delay_truth
from synthetic_city.draw import OPEN
from synthetic_city.feeds.common import choice, key
from synthetic_city.feeds.registers import death_records
from synthetic_city.identities import ORGANISATIONS
from synthetic_city.needs import BED_KINDS, REASONS, SETTINGS, setting_of
from synthetic_city.people import ETHNIC
from synthetic_city.reference import write_csv
from synthetic_city.wards import ACTIVITIES
from synthetic_city.world import RY6, World, bed_registers, cqc_location
from synthetic_city.write import Writer, to_arrow

_FEED_OF_REGISTER = (
    "acute_sus",
    "acute_sus",
    "community_csds",
    "community_beds",
    "mental_health_mhsds",
    "social_care_cld",
)
_README = """# Truth of the demo city

What really happened, and who is who. No model may read these files; tests compare with
them. `true_person_id` is the same in every file.

- `people.parquet`: one row per person who ever lived in the city in the period, and per
  visitor its hospital saw (`is_visitor`). `nhs_number` is the right number,
  `superseded_nhs_number` one that PDS merged into it on `merged_date`. `departure_date`
  is the first day elsewhere; a later death is not known here.
- `residence.parquet`: one row per person and address in the city; `to_date` is the last
  day there, empty while it lasts; `cqc_location_id` when it is a care home.
- `who_is_who.parquet`: one row per feed, provider and local patient number, with the
  NHS number as submitted (empty if missing) and the person it truly is. It holds all
  numbers of a register, even those no delivered row uses. `primary_care` has
  the NHS number as its local number (right and superseded ones), `deaths` the
  registration number. Acute records may lack the number even where it stands here.
- `ward_multiplier.csv`: what was planted on each ward and activity: multiplier = need x
  supply x unexplained. Only ratios between wards matter; the city's total is fixed.
- `unplanned_care.csv`: the slow-down planted in unplanned care, empty without one. From
  `first_month` on, events that did not come (`prevented_count`) and those that did
  (`left_count`), for the city and by ward, age group, route and month. Before feeds and
  opt-outs, so a build counts a few per cent less of both. Nothing like the disruption
  of 2020 is planted.
- `ward_morbidity.csv`: illness of each ward beyond deprivation, in standard deviations:
  the part of need that shows in long-term conditions and frailty.
- `event_count.csv`: per feed table, provider and reporting period (its first month),
  `record_count`: distinct true records in the last submission; `last_delivery_count`:
  those of them that come in no later period, so that its sum is the number of distinct
  keys. Exact duplicates, rows that break a rule and malformed lines are in neither; nor
  are long-term conditions without NHS number.
- `right_setting.parquet`: one row per stay in a hospital, community or care home bed
  and run of its days with one answer to where the person could have been
  (`best_setting`) and why (`reason`), by the base rules; `until_date` is the day after
  the last.
- `community_bed_future.csv`: the beds that the demo's own rates need at the published
  projection, by year and bed purpose (see `bed_future.py`).
- `scheme.csv`: per Better Care Fund scheme what it truly does: the share of its
  people's events that it prevents once it runs in full, `ramp_months` after its start.
"""


def write_truth(
    world: World, con: duckdb.DuckDBPyConnection, writer: Writer, folder: Path
) -> None:
    """Write all truth files into a new folder."""
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(_README + DELAY_README, encoding="utf-8")
    _people(world, folder)
    _residence(world, folder)
    _who_is_who(world, con, folder)
    write_delay_truth(world.delays, world.city.last_day, folder)
    pq.write_table(right_setting(world), folder / "right_setting.parquet")
    write_csv(folder / "community_bed_future.csv", FUTURE_COLUMNS, bed_future(world))
    write_csv(
        folder / "unplanned_care.csv",
        slow_down.TRUTH_COLUMNS,
        slow_down.truth_rows(world.city, world.geo, world.slow_down),
    )
    wards, codes = world.wards, world.geo.ward["code"].tolist()
    write_csv(
        folder / "ward_multiplier.csv",
        ("ward_code", "activity", "need", "supply", "unexplained", "multiplier"),
        (
            (
                code,
                activity,
                wards.need[a, w],
                wards.supply[a, w],
                wards.unexplained[a, w],
                round(float(wards.of(activity)[w]), 6),
            )
            for a, activity in enumerate(ACTIVITIES)
            for w, code in enumerate(codes)
        ),
    )
    write_csv(
        folder / "ward_morbidity.csv",
        ("ward_code", "morbidity"),
        zip(codes, wards.morbidity.tolist(), strict=True),
    )
    write_csv(
        folder / "event_count.csv",
        ("feed", "table", "month", "provider", "record_count", "last_delivery_count"),
        sorted(writer.counts),
    )
    write_csv(
        folder / "scheme.csv",
        schemes.TRUTH_COLUMNS,
        schemes.truth_rows(world.schemes, world.geo.ward["code"]),
    )


def _people(world: World, folder: Path) -> None:
    who, registers = world.people.person, world.registers
    texts = pa.array(world.names.texts)
    former = who["former_surname"]
    table = to_arrow(
        {
            "true_person_id": np.arange(world.people.count),
            "birth_date": who["birth"],
            "death_date": who["death"],
            "arrival_date": who["arrival"],
            "departure_date": who["departure"],
            "merged_date": registers.merged_day,
            "is_visitor": who["household"] < 0,
            "mother_true_person_id": pa.array(who["mother"], mask=who["mother"] < 0),
        }
    )
    numbers = pa.array(registers.nhs_number).cast(pa.string())
    old = pa.array(registers.old_number, mask=registers.old_number == 0).cast(
        pa.string()
    )
    columns = {
        "nhs_number": numbers,
        "superseded_nhs_number": old,
        "forename": texts.take(pa.array(who["forename"])),
        "surname": texts.take(pa.array(who["surname"])),
        "former_surname": texts.take(pa.array(former, mask=former < 0)),
        "sex": pa.array((who["female"] + 1).astype(str)),
        "ethnic_category": pa.array(ETHNIC).take(pa.array(who["ethnic"])),
    }
    for name, column in columns.items():
        table = table.append_column(name, column)
    pq.write_table(table, folder / "people.parquet")


def _residence(world: World, folder: Path) -> None:
    row = world.residence.row
    local = np.flatnonzero(row["lsoa"] >= 0)
    lsoa, home = row["lsoa"][local], row["home"][local]
    table = to_arrow(
        {
            "true_person_id": row["person"][local],
            "from_date": row["from_day"][local],
            "to_date": np.where(
                row["to_day"] > world.city.last_day, OPEN, row["to_day"]
            )[local],
        }
    )
    homes = pa.array(cqc_location(np.arange(len(world.homes.home["beds"]))))
    wards = pa.array(world.geo.ward["code"])
    table = table.append_column(
        "lsoa_code", pa.array(world.geo.lsoa21).take(pa.array(lsoa))
    )
    table = table.append_column(
        "ward_code", wards.take(pa.array(world.geo.lsoa["ward"][lsoa]))
    )
    table = table.append_column(
        "cqc_location_id", homes.take(pa.array(home, mask=home < 0))
    )
    pq.write_table(table, folder / "residence.parquet")


def right_setting(world: World) -> pa.Table:
    """One row per stay in a bed and run of its days with one answer."""
    judged = world.needs.judged
    table = to_arrow(
        {
            "true_person_id": judged["person"],
            "start_date": judged["start"],
            "from_date": judged["first"],
            "until_date": judged["until"],
        }
    )
    texts = {
        "bed_kind": (BED_KINDS, judged["kind"]),
        "best_setting": (SETTINGS, setting_of(judged["reason"])),
        "reason": (REASONS, judged["reason"]),
    }
    for name, (words, position) in texts.items():
        table = table.append_column(name, pa.array(words).take(pa.array(position)))
    return table


def _who_is_who(world: World, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Local numbers that occur in each feed, so beds and delays list only their own."""
    deaths = death_records(world)
    con.register(
        "death_record", to_arrow({**deaths, "record": np.arange(len(deaths["person"]))})
    )
    own = world.identities.registration["organisation"]
    con.register(
        "organisation", to_arrow({"id": np.arange(len(own)), "organisation": own})
    )
    bed_person = world.community.bed
    in_beds = np.unique(bed_person["person"][bed_registers(bed_person) == RY6])
    waiting = np.unique(world.delays.true["person"][world.delays.listed["delay"]])
    con.register("in_beds", to_arrow({"person": in_beds}))
    con.register("waiting", to_arrow({"person": waiting}))
    feeds = choice(_FEED_OF_REGISTER, "organisation")
    providers = choice(ORGANISATIONS, "organisation")
    con.execute(
        f"""
        copy (
            with registered as (
                select r.*, o.organisation, {providers} as provider
                from registration as r
                join organisation as o on o.id = r.id
            ),
            everything as (
                select
                    {feeds} as feed,
                    provider,
                    local_id as local_patient_id,
                    nhs_number,
                    person as true_person_id
                from registered
                union all
                select 'community_beds', provider, local_id, nhs_number_beds, person
                from registered
                where provider = 'RY6' and person in (select person from in_beds)
                union all
                select 'delays', provider, local_id, nhs_number_delays, person
                from registered
                where
                    provider not in ('RAE', 'VLEEDS')
                    and person in (select person from waiting)
                union all
                select 'primary_care', '15F', nhs(nhs_number), nhs(nhs_number), id
                from person
                where id in (select person from living)
                union all
                select 'primary_care', '15F', nhs(old_number), nhs(old_number), id
                from person
                where old_number > 0
                union all
                select
                    'deaths',
                    'ONS',
                    {key("D", "record", 7)},
                    nhs(nhs_number),
                    person
                from death_record
            )
            select *
            from everything
            order by feed, provider, local_patient_id, true_person_id
        ) to '{folder / "who_is_who.parquet"}' (format parquet)
        """
    )
