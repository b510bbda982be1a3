"""The same feeds make the same tables, however they came in.

A city that takes in its feeds in three builds, some of them late and with corrections
of what was read before, ends with the tables of one that was built from scratch. The
last build has 1 thread of dbt and of DuckDB, the one from scratch 4 of both. Whoever
opted out meanwhile is gone from everything that is read. The feeds that a city may do
without come last.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import KEYS, Hub, threads

from intelligence.platform.pseudonyms import pseudonym
from intelligence.platform.settings import PSEUDONYM_KEY

# The as_of_date of each build, which takes in what has come by then.
BUILDS = ("2023-03-31", "2025-02-28", "2025-03-31")
# The builds before the last know who had opted out by then.
OPT_OUTS_UNTIL = "2024-01"
# Always a month behind.
LATE = "community_csds"
OPTIONAL = {"better_care_fund", "comparators", "service_supply", "transfer_of_care"}
WITHOUT_TESTS = ("build", "--exclude-resource-type", "test", "unit_test")


def arrival(path: Path) -> str:
    """The build that takes in a file, named by its path below the feeds.

    What comes late is taken in by the build after the one it was due for.
    """
    feed = path.parts[0]
    if feed in OPTIONAL:
        return BUILDS[-1]
    if "__" not in path.stem:
        return BUILDS[0]
    _, period, submission = path.name.partition(".")[0].split("__")
    if feed == "opt_outs" and period > OPT_OUTS_UNTIL:
        return BUILDS[-1]
    due = next(index for index, day in enumerate(BUILDS) if period <= day)
    is_late = submission != "01" or (feed == LATE and BUILDS[due].startswith(period))
    return BUILDS[min(due + is_late, len(BUILDS) - 1)]


@dataclass
class Grown:
    """A city that has taken in all of its feeds, and its hub before the last build."""

    hub: Hub
    hub_before: Path


@pytest.fixture(scope="module")
def grown(
    city: Path, make_hub: Callable[..., Hub], tmp_path_factory: pytest.TempPathFactory
) -> Grown:
    folder = tmp_path_factory.mktemp("grown")
    hub = make_hub(folder / "feeds")
    files = [path for path in (city / "feeds").rglob("*") if path.is_file()]
    for day in BUILDS:
        for path in files:
            name = path.relative_to(city / "feeds")
            if arrival(name) == day:
                place = folder / "feeds" / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        hub.variables["as_of_date"] = day
        # Only these remember an earlier build; the rest is made anew by every build.
        some = ("--select", "+path:models/staging", "+path:models/identity")
        hub_alone = ("--exclude", "path:models/board")
        if day == BUILDS[-1]:
            shutil.copyfile(hub.folder / "build/hub.duckdb", folder / "before.duckdb")
            hub.settings |= threads(folder, 1)
        narrowed = {BUILDS[0]: some, BUILDS[-1]: ()}.get(day, hub_alone)
        result = hub.dbt(*WITHOUT_TESTS, *narrowed)
        assert result.returncode == 0, result.stdout[-6000:]
    return Grown(hub, folder / "before.duckdb")


def test_tables_are_the_same_from_scratch_and_month_by_month(
    grown: Grown, hub: Hub
) -> None:
    from_scratch, month_by_month = hub.content(), grown.hub.content()
    assert len(from_scratch) > 100
    assert {table.table for table in from_scratch ^ month_by_month} == set()


def test_a_history_ends_with_whom_each_record_is_linked_to_now(
    grown: Grown, hub: Hub
) -> None:
    assert grown.hub.rows(
        "select max(build_number) from vault.identity.int_identity__link_history"
    ) == [(len(BUILDS),)]
    for built in (grown.hub, hub):
        assert (
            built.rows(
                "select source_record_id, person_key "
                "from vault.identity.int_identity__links "
                "except select source_record_id, max_by(person_key, build_number) "
                "from vault.identity.int_identity__link_history group by all"
            )
            == []
        )


def test_what_optional_feeds_would_tell_is_told_to_be_missing(grown: Grown) -> None:
    with duckdb.connect(str(grown.hub_before), read_only=True) as first:
        assert first.sql(
            "select count(*) from whole_system.fct_bcf_scheme_appraisal"
        ).fetchone() == (0,)
        assert first.sql(
            "select count(metric_value) > 1000, count(plan_value), "
            "count(*) filter ((metric_value is null) <> (no_value_reason is not null)) "
            "from whole_system.fct_bcf_metric"
        ).fetchone() == (True, 0, 0)
        assert first.sql(
            # Who is at the end of life is known without an assessment.
            "select count(*) > 100, "
            "count(home_share) filter (where end_of_life_days = 0), "
            "sum(not_assessed_days) > 1000 "
            "from whole_system.fct_right_setting_share"
        ).fetchone() == (True, 0, True)
        assert first.sql(
            "select count(unexplained_share) > 10, count(supply_share) "
            "from neighbourhood.fct_neighbourhood_variation"
        ).fetchone() == (True, 0)
        assert first.sql(
            "select count(*) filter (finding = 'turning point' "
            "and comparator_reading is distinct from 'no comparator given'), "
            "count(comparator) from whole_system.fct_unplanned_care_turning_point"
        ).fetchone() == (0, 0)


def test_who_opts_out_is_gone_from_everything_at_the_next_build(grown: Grown) -> None:
    """Neither the person nor an event of theirs is found anywhere by its id."""
    with grown.hub.open() as tables:
        tables.execute(f"attach '{grown.hub_before}' as first (read_only)")
        opted_out = [
            pseudonym(key, KEYS[PSEUDONYM_KEY])
            for (key,) in tables.sql(
                "select id_key from vault.identity.int_identity__persons "
                "where is_opted_out"
            ).fetchall()
        ]
        tables.execute(
            "create temp table opted_out as select unnest(?) as id", [opted_out]
        )
        tables.execute("create temp table known (id text, is_theirs boolean)")
        places = tables.sql(
            "select table_catalog || '.' || table_schema || '.' || table_name, "
            "column_name, table_catalog, bool_or(column_name = 'person_id') "
            "over (partition by table_catalog, table_schema, table_name) "
            "from information_schema.columns where data_type = 'VARCHAR' "
            "and table_catalog in ('first', 'hub', 'board')"
        ).fetchall()
        for table, column, catalog, is_personal in places:
            if catalog == "first" and is_personal:
                tables.execute(
                    f'insert into known select distinct "{column}", '
                    f"person_id in (from opted_out) from {table} "
                    f"where regexp_full_match(\"{column}\", '[0-9a-f]{{32}}')"
                )
        tables.execute(
            "create temp table gone as select id from known "
            "group by id having bool_and(is_theirs)"
        )
        people, events, events_not_hunted = tables.sql(
            "select count(distinct person_id), count(*), "
            "count(*) filter (care_event_id not in (from gone)) "
            "from first.person.fct_care_event where person_id in (from opted_out)"
        ).fetchall()[0]
        assert people > 5
        assert events > 100
        assert events_not_hunted == 0
        found = [
            (table, column)
            for table, column, catalog, _ in places
            if catalog != "first"
            and tables.sql(
                f'select 1 from {table} where "{column}" in (from gone) limit 1'
            ).fetchall()
        ]
        assert found == []
