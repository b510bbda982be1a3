"""Delayed transfers against the truth of the city: who saw, missed and said what."""

import datetime
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from conftest import Hub, published, published_rows

from synthetic_city.city.community_beds import SITES
from synthetic_city.city.delays import ORGANISATIONS
from synthetic_city.city.world import draw_world
from synthetic_city.draw import day, stack, take
from synthetic_city.settings import COMMUNITY, City
from synthetic_city.tables import dated, load, to_arrow

SIDES = {
    "acute": "RR8",
    "community": "RY6",
    "mental_health": "RGD",
    "council": "E08000035",
}
FIELDS = ("reason_code", "responsible_body", "start_date", "end_date")
# The day after the city's last day, up to which open entries are counted.
TOMORROW = "2025-04-01"
# By this much two lists may differ in a date and agree (var delay_tolerance_days).
TOLERANCE = 1
# What the truth says of each wait, told as fct_delayed_transfer tells it.
SAID = ", ".join(
    f"max({field}) filter (organisation_code = '{code}') as {side}_{field}"
    for side, code in SIDES.items()
    for field in FIELDS
)
AGREED = (
    "case when count(*) > 1 then count(distinct reason_code) = 1 end "
    "as is_reason_agreed, "
    "case when count(*) > 1 then count(distinct responsible_body) = 1 end "
    "as is_responsible_body_agreed, "
    f"case when count(*) > 1 then max(start_date) - min(start_date) <= {TOLERANCE} "
    f"and max(end_date) - min(end_date) <= {TOLERANCE} is not false "
    "and count(end_date) in (0, count(*)) end as is_date_agreed"
)


@pytest.fixture(scope="module")
def known(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built city with `entry`: each listed delay and its true delay."""
    truth = city / "truth"
    tables.execute(
        f"create or replace temp table entry as "
        f"select listed.*, true_list.delay_number, true_delay.true_person_id "
        f"from intermediate.int_delays__listed as listed "
        f"cross join vault.identity.int_identity__id_salt as salt "
        f"inner join '{truth / 'delay_list.parquet'}' as true_list "
        f"on listed.listed_delay_id = md5(salt.salt || '|listed_delay|' "
        f"|| true_list.organisation_code || '|' || true_list.delay_id) "
        f"inner join '{truth / 'delay.parquet'}' as true_delay "
        f"on true_list.delay_number = true_delay.delay_number"
    )
    yield tables
    tables.execute("drop table entry")


def mismatched(connection: duckdb.DuckDBPyConnection, waits: str) -> tuple[int, ...]:
    """Waits, those of more than one true delay or person, and those split in two."""
    found = connection.sql(
        f"with told as (select waits.delayed_transfer_id, entry.delay_number, "
        f"waits.person_id from ({waits}) as waits "
        f"inner join entry on waits.listed_delay_id = entry.listed_delay_id) "
        f"select count(distinct delayed_transfer_id), "
        f"(select count(*) from (select delayed_transfer_id from told group by all "
        f"having count(distinct (delay_number, person_id)) > 1)), "
        f"(select count(*) from (select delay_number, person_id from told group by all "
        f"having count(distinct delayed_transfer_id) > 1)) from told"
    ).fetchone()
    assert found is not None
    return found


def test_entries_of_one_delay_are_one_wait_and_of_two_are_two(
    known: duckdb.DuckDBPyConnection,
) -> None:
    """As far as linkage knows two entries as those of one person."""
    waits, mixed, split = mismatched(known, "from intermediate.int_delays__matched")
    assert waits > 150
    assert (mixed, split) == (0, 0)


def rules(hub: Hub, stand_ins: dict[str, str]) -> str:
    """The compiled rules of matching, reading other tables than the built ones."""
    compiled = hub.folder / "target" / "compiled" / "leeds_intelligence_hub"
    sql = (
        compiled / "models/person/delays/intermediate/int_delays__matched.sql"
    ).read_text()
    for name, stand_in in stand_ins.items():
        relation = f'"hub"."intermediate"."{name}"'
        assert relation in sql
        sql = sql.replace(relation, stand_in)
    return sql


def test_the_rules_alone_recover_every_planted_delay(
    known: duckdb.DuckDBPyConnection, hub: Hub
) -> None:
    """Everybody known, no stay known: overlap and tolerance must do."""
    # What is asked for must not be among what is given.
    known.execute(
        "create or replace temp table everybody as "
        "select * exclude (delay_number, true_person_id) "
        "replace (cast(true_person_id as varchar) as person_id) from entry"
    )
    no_stay = "(select * from intermediate.int_delays__bed_stays where false)"
    waits, mixed, split = mismatched(
        known,
        rules(
            hub, {"int_delays__listed": "everybody", "int_delays__bed_stays": no_stay}
        ),
    )
    delays = known.sql("select count(distinct delay_number) from entry").fetchone()
    assert (waits, mixed, split) == ((delays or (0,))[0], 0, 0)


def test_the_rules_recover_every_delay_of_a_larger_city(hub: Hub) -> None:
    """Everybody and every stay known, as drawn: no wait is mixed, none is split."""
    city = City(100_000, day("2020-04-01"), day("2025-03-31"), 4, True, Path())
    world = draw_world(city)
    true, listed = world.delays.true, world.delays.listed
    assert (true["start"] >= true["stay_start"]).all()
    spell, bed, mental = world.hospital.spell, world.community.bed, world.mental.spell
    of_ry6 = np.array([site[0] == COMMUNITY for site in SITES])
    stays = []
    for number, stay, kept in (
        (0, spell, (spell["provider"] == 0) & (spell["classification"] == "1")),
        (1, bed, of_ry6[bed["site"]]),
        (2, mental, np.full(len(mental["person"]), True)),
    ):
        at = np.flatnonzero(kept)
        columns = take({name: stay[name] for name in ("person", "start", "end")}, at)
        stays.append(columns | {"bed": np.full(len(at), number)})
    of_delay = {name: true[name][listed["delay"]] for name in ("person", "bed")}
    dates = ("start", "end")
    with duckdb.connect() as drawn:
        load(drawn, "stay", to_arrow(dated(stack(stays), *dates)))
        load(drawn, "list", to_arrow(dated(listed | of_delay, *dates)))
        drawn.execute(
            f"create table stays as select id as bed_stay_id, person as person_id, "
            f"list_extract({list(ORGANISATIONS)}, bed + 1) as organisation_code, "
            f"start_date as admission_date, "
            f"coalesce(end_date, date '{TOMORROW}') as until_date from stay"
        )
        drawn.execute(
            f"create table everybody as select md5(cast(id as varchar)) "
            f"as listed_delay_id, person as person_id, "
            f"list_extract({list(ORGANISATIONS)}, organisation + 1) "
            f"as organisation_code, "
            f"list_extract({list(ORGANISATIONS)}, bed + 1) as bed_organisation_code, "
            f"'' as lsoa_code, '' as reason_code, '' as responsible_body, "
            f"'' as next_setting, true as is_linked, end_date is null as is_open, "
            f"false as is_end_assumed, "
            f"start_date, coalesce(end_date, date '{TOMORROW}') as until_date from list"
        )
        drawn.execute(
            "create table entry as select md5(cast(id as varchar)) as listed_delay_id, "
            "delay as delay_number from list"
        )
        waits, mixed, split = mismatched(
            drawn,
            rules(
                hub,
                {"int_delays__listed": "everybody", "int_delays__bed_stays": "stays"},
            ),
        )
    assert (waits, mixed, split) == (len(np.unique(listed["delay"])), 0, 0)
    assert waits > 8_000


def test_what_each_organisation_saw_missed_and_said_is_recovered_exactly(
    known: duckdb.DuckDBPyConnection, city: Path
) -> None:
    """For every planted delay whose entries linkage knows as those of one person."""
    lists = f"'{city / 'truth' / 'delay_list.parquet'}'"
    known.execute(
        f"create or replace temp table expected as "
        f"with whole as (select true_list.delay_number, "
        f"min(entry.listed_delay_id) as delayed_transfer_id "
        f"from {lists} as true_list left join entry "
        f"on true_list.delay_number = entry.delay_number "
        f"and true_list.organisation_code = entry.organisation_code "
        f"where true_list.is_listed group by true_list.delay_number "
        f"having count(*) = count(entry.person_id) "
        f"and count(distinct entry.person_id) = 1) "
        f"select whole.delayed_transfer_id, count(*) as organisation_count, "
        f"{SAID}, {AGREED} from whole inner join {lists} as true_list "
        f"on whole.delay_number = true_list.delay_number "
        f"where true_list.is_listed group by whole.delayed_transfer_id"
    )
    columns = [name for name, *_ in known.sql("describe expected").fetchall()]
    chosen = ", ".join(columns)
    lost = known.sql(
        f"(select {chosen} from expected) except "
        f"(select {chosen} from person.fct_delayed_transfer)"
    ).fetchall()
    assert lost == []
    whole, missed, differing, planted = known.sql(
        f"select count(*), count(*) filter (acute_start_date is null "
        f"or council_start_date is null), count(*) filter (not is_reason_agreed "
        f"or not is_responsible_body_agreed or not is_date_agreed), "
        f"(select count(distinct delay_number) from {lists} where is_listed) "
        f"from expected"
    ).fetchone() or (0, 0, 0, 0)
    assert whole > 0.75 * planted
    assert missed > 50
    assert differing > 20


def test_lists_and_return_agree_but_for_what_was_planted(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """The city's returns are the sums of its lists; the hub lacks who opted out."""
    rows, days, differing, held_back = tables.sql(
        "select count(*), sum(returned_days), count(*) filter (difference_days <> 0), "
        "sum(listed_days - hub_days) from hub.whole_system.fct_delay_return"
    ).fetchone() or (0, 0, 0, 0)
    assert rows > 100
    assert days > 1000
    assert differing == 0
    assert 0 <= held_back < 0.1 * days


def test_published_bands_hold_every_patient_with_a_ready_date(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    bands = [
        name
        for name, *_ in tables.sql(
            "describe hub.whole_system.fct_discharge_ready_month"
        ).fetchall()
        if name.startswith("delay_") and name.endswith("_count")
    ]
    assert len(bands) == 7
    assert tables.sql(
        f"select count(*) from hub.whole_system.fct_discharge_ready_month "
        f"where ready_date_count <> {' + '.join(bands)} "
        f"or month_start_date < '2023-04-01' and ready_date_count > 0"
    ).fetchone() == (0,)


@pytest.fixture(scope="module")
def with_published(
    hub: Hub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built city after the published files about delays have arrived."""
    files = published("reference/delays")
    folder = tmp_path_factory.mktemp("published") / "hub"
    shutil.copytree(hub.folder, folder, symlinks=True)
    later = Hub(folder, hub.settings | {"HUB_PUBLISHED_DELAYS": str(files)})
    later.build(
        "stg_feeds__files",
        *(
            f"{layer}_published_delays__{name}"
            for layer in ("base", "stg")
            for name in ("england_dtoc_days", "discharge_delay_reasons")
        ),
        *("fct_delay_return", "fct_dtoc_month", "fct_discharge_delay_reason"),
    )
    with later.open() as connection:
        yield connection


def test_the_national_return_goes_through_the_aggregate_path(
    with_published: duckdb.DuckDBPyConnection,
) -> None:
    expected: Counter[int] = Counter()
    for row in published_rows(
        "reference/delays/england_dtoc_delayed_days_2010_2020.csv"
    ):
        start = int(row["fin_year"][:4])
        expected[start] += int(row["delayed_days"])
    years = with_published.sql(
        "select year(month_start_date) - (month(month_start_date) < 4)::int as year, "
        "sum(returned_days) from hub.whole_system.fct_delay_return "
        "where organisation_code = 'England' group by all"
    ).fetchall()
    assert dict(years) == expected
    assert with_published.sql(
        "select delayed_days, round(mean_daily_delayed_count, 1), "
        "delayed_days_per_100k, occupied_bed_days_share, source "
        "from hub.whole_system.fct_dtoc_month where organisation_code = 'England' "
        "and month_start_date = '2010-08-01'"
    ).fetchall() == [(109_918, 3545.7, None, None, "return")]


def test_national_days_are_in_no_measure_of_the_city(
    with_published: duckdb.DuckDBPyConnection,
) -> None:
    assert with_published.sql(
        "select min(month_start_date), max(delayed_days) < 5000 "
        "from hub.whole_system.fct_dtoc_month where organisation_code <> 'England'"
    ).fetchone() == (datetime.date(2020, 4, 1), True)


def test_published_reasons_keep_their_patients_and_pathways(
    with_published: duckdb.DuckDBPyConnection,
) -> None:
    rows = published_rows("reference/delays/lth_delayed_discharge_reasons_daily.csv")
    found = with_published.sql(
        "select count(*), sum(delayed_patient_count), count(distinct reason), "
        "count(distinct reason_group) from hub.whole_system.fct_discharge_delay_reason"
    ).fetchone()
    patients = sum(int(float(row["delay_count"])) for row in rows)
    assert found == (len(rows), patients, 37, 5)
