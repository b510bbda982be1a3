"""Write the truth behind the feeds."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_city import gone_wrong
from synthetic_city.city import schemes, slow_down
from synthetic_city.city.identities import ORGANISATIONS
from synthetic_city.city.needs import BED_KINDS, REASONS, SETTINGS, setting_of
from synthetic_city.city.people import ETHNIC
from synthetic_city.city.wards import ACTIVITIES
from synthetic_city.city.world import RY6, World, bed_registers
from synthetic_city.delivery.writer import Writer
from synthetic_city.draw import OPEN
from synthetic_city.feeds.common import choice, key
from synthetic_city.feeds.deaths import death_records
from synthetic_city.feeds.lookups import cqc_location
from synthetic_city.feeds.reference import write_csv
from synthetic_city.tables import to_arrow
from synthetic_city.truth.bed_future import FUTURE_COLUMNS, bed_future
from synthetic_city.truth.delays import write_delay_truth

_FEED_OF_REGISTER = (
    "acute_sus",
    "acute_sus",
    "community_csds",
    "community_beds",
    "mental_health_mhsds",
    "social_care_cld",
)


def write_truth(
    world: World, con: duckdb.DuckDBPyConnection, writer: Writer, folder: Path
) -> None:
    """Write all truth files into a new folder."""
    folder.mkdir(parents=True)
    shutil.copyfile(Path(__file__).with_name("README.md"), folder / "README.md")
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
        folder / "dirt.csv",
        ("kind", "feed", "table", "provider", "month", "submission", "row_count"),
        sorted(writer.dirt),
    )
    write_csv(folder / "record.csv", gone_wrong.COLUMNS, sorted(world.gone_wrong.noted))
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
    """One row per stay in a bed and run of days with the same answer."""
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
    """Who is who: the local numbers that occur in each feed, and whose they are."""
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
    # Whose a number is that two people had one after the other, truth/record.csv says.
    given = [row[4] for row in world.gone_wrong.noted if row[0] == "number_given_again"]
    con.register("given_again", pa.table({"local_id": pa.array(given, pa.string())}))
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
                where
                    provider <> 'RY6'
                    or local_id not in (select local_id from given_again)
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
