"""The published files about the real city, built and held against the files themselves.

They stand beside the repository, not in it; without them these tests are skipped.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from conftest import Hub, published, published_rows

SELECTION = [
    "path:seeds",
    "+path:models/staging/reference",
    "+path:models/staging/published_delays",
    "+path:models/place/intermediate",
    "+dim_neighbourhood",
]
CITY_POPULATION = 798_786


@pytest.fixture(scope="module")
def built(
    city: Path, tmp_path_factory: pytest.TempPathFactory, make_hub: Callable[..., Hub]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the reference part of the project, built from the real files."""
    feeds = tmp_path_factory.mktemp("feeds")
    # No build without lists of opt-outs; the published files have their own folders.
    shutil.copytree(city / "feeds" / "opt_outs", feeds / "opt_outs")
    hub = make_hub(
        feeds,
        HUB_REFERENCE=str(published("reference/leeds")),
        HUB_PUBLISHED_DELAYS=str(published("reference/delays")),
    )
    hub.build(*SELECTION)
    with hub.open() as connection:
        yield connection


def test_every_geography_type_covers_the_city(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = built.sql(
        "select geography_type, count(*), sum(lsoa_count), sum(population), "
        "sum(population_65_plus), sum(population_85_plus) "
        "from neighbourhood.dim_neighbourhood where area_basis = 'residence' "
        "group by geography_type"
    ).fetchall()
    people = (488, CITY_POPULATION, 66_530 + 40_974 + 16_280, 16_280)
    areas = {
        "lsoa": 488,
        "ward": 33,
        "neighbourhood_team": 13,
        "community_committee": 10,
        "city": 1,
    }
    assert {row[0]: row[1:] for row in found} == {
        geography_type: (count, *people) for geography_type, count in areas.items()
    }


def test_wards_have_their_published_population(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = dict(
        built.sql(
            "select code, population from neighbourhood.dim_neighbourhood "
            "where geography_type = 'ward'"
        ).fetchall()
    )
    known = {
        row["ward_code"]: int(row["population"])
        for row in published_rows("reference/leeds/leeds_ward_profile.csv")
    }
    wards = {
        row["lsoa21_code"]: row["ward24_code"]
        for row in published_rows("reference/leeds/leeds_lookup_lsoa21_ward24.csv")
    }
    # A split LSOA whose parts lie in two wards is shared here, whole there.
    parts: dict[str, set[str]] = {}
    for row in published_rows("reference/leeds/leeds_lookup_lsoa11_lsoa21.csv"):
        parts.setdefault(row["lsoa11_code"], set()).add(wards[row["lsoa21_code"]])
    shared = set().union(*(codes for codes in parts.values() if len(codes) > 1))
    assert len(shared) == 4
    different = {ward for ward in known if known[ward] != found[ward]}
    assert different == shared
    assert sum(found[ward] for ward in shared) == sum(known[ward] for ward in shared)


def test_each_deprivation_vintage_has_every_lsoa_and_fifth_1_is_most_deprived(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = built.sql(
        "select imd_vintage, deprivation_fifth, count(*), max(imd_rank), min(imd_rank) "
        "from intermediate.int_place__lsoa_deprivation "
        "group by all order by imd_vintage, deprivation_fifth"
    ).fetchall()
    assert [row[:2] for row in found] == [
        (vintage, fifth) for vintage in (2019, 2025) for fifth in range(1, 6)
    ]
    for vintage in (2019, 2025):
        fifths = [row for row in found if row[0] == vintage]
        assert sum(row[2] for row in fifths) == 488
        assert all(97 <= row[2] <= 98 for row in fifths)
        assert all(less[4] > more[3] for more, less in pairwise(fifths))


def test_delayed_days_are_those_of_the_return(
    built: duckdb.DuckDBPyConnection,
) -> None:
    expected: Counter[str] = Counter()
    for row in published_rows(
        "reference/delays/england_dtoc_delayed_days_2010_2020.csv"
    ):
        expected[row["fin_year"]] += int(row["delayed_days"])
    days = "vault.staging.stg_published_delays__england_dtoc_days"
    found = built.sql(
        f"select financial_year, sum(delayed_days) from {days} group by financial_year"
    ).fetchall()
    assert dict(found) == expected
    august = built.sql(
        f"select sum(delayed_days) from {days} where month_start_date = '2010-08-01'"
    ).fetchone()
    assert august == (109_918,)


def test_no_published_line_is_condemned(built: duckdb.DuckDBPyConnection) -> None:
    tables = [
        row[0]
        for row in built.sql(
            "select table_name from duckdb_tables() where database_name = 'vault' "
            "and (table_name like 'base\\_reference%' escape '\\' "
            "or table_name like 'base\\_published%' escape '\\')"
        ).fetchall()
    ]
    assert len(tables) == 8
    for table in tables:
        lines, condemned = built.sql(
            f"select count(*), count(failed_rule) from vault.staging.{table}"
        ).fetchall()[0]
        assert (lines > 0, condemned) == (True, 0), table


def test_every_delay_reason_is_one_of_the_37(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = built.sql(
        "select count(distinct published.reason), count(listed.reason) = count(*) "
        "from vault.staging.stg_published_delays__discharge_delay_reasons as published "
        "left join reference.discharge_delay_reasons as listed "
        "on published.reason = listed.reason "
        "and published.reason_group = listed.reason_group"
    ).fetchone()
    assert found == (37, True)
