"""Estimates of indicators: what was planted is found, and no area has a place."""

import re

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from test_house_rules import ENTRIES, MODELS, described

from intelligence.indicators import estimate
from studies import estimates

MARTS = {path.stem for path in (MODELS / "marts").rglob("*.sql")} | {
    path.stem for path in (MODELS / "board").rglob("*.sql")
}
LEAGUE = re.compile(r"(?<![a-z])(league|rank(s|ed|ing)?|position_number)(?![a-z])")
# The published ranks of LSOAs in England's Index of Multiple Deprivation are data.
PUBLISHED_RANKS = {"imd_2019_rank", "imd_2025_rank", "deprivation_fifth"}


@pytest.mark.parametrize("name", sorted(MARTS & ENTRIES.keys()))
def test_no_table_makes_a_league_of_areas(name: str) -> None:
    for column in ENTRIES[name]["columns"]:
        if column["name"] not in PUBLISHED_RANKS:
            text = f"{column['name']} {described(column['description'])}".lower()
            assert not LEAGUE.search(text), column["name"]


def totals(**columns: list[object]) -> pa.Table:
    """Rows of one ward each, an ordinary indicator unless columns say otherwise."""
    rows = len(next(iter(columns.values())))
    usual: dict[str, object] = {
        "indicator_id": "a",
        "period_start_date": "2024-04-01",
        "geography_type": "ward",
        "observed": 12.0,
        "expected": 10.0,
        "denominator": 100.0,
        "dispersion": 1.0,
        "city_rate": 0.1,
        "is_share": False,
        "minimum_events": 10,
        "yearly_rate": 0.12,
        "yearly_rate_variance": 0.0012,
        "has_every_band": True,
    }
    filled = {name: [value] * rows for name, value in usual.items()} | columns
    filled["neighbourhood_id"] = [f"ward {number}" for number in range(rows)]
    return pa.table(filled)


def test_an_estimate_has_nulls_where_nothing_can_be_said() -> None:
    rows = estimate(
        totals(
            observed=[12.0, 0.0, 12.0, 0.0, 12.0],
            expected=[10.0, 10.0, 0.0, 10.0, 10.0],
            denominator=[100.0, 100.0, 100.0, 0.0, 100.0],
            has_every_band=[True, True, True, None, False],
        )
    ).to_pylist()
    assert [row["ratio"] for row in rows] == [1.2, 0.0, None, None, 1.2]
    assert [row["shrunken_ratio"] is None for row in rows] == [
        *(False, False, True, True, False)
    ]
    assert [row["direct_rate"] for row in rows] == [0.12, None, 0.12, None, None]


def test_events_that_come_together_are_less_sure() -> None:
    single, series = estimate(
        totals(observed=[60.0, 60.0], expected=[50.0, 50.0], dispersion=[1.0, 9.0])
    ).to_pylist()
    assert single["ratio"] == series["ratio"] == 1.2
    assert series["ratio_upper"] - series["ratio_lower"] > 2.9 * (
        single["ratio_upper"] - single["ratio_lower"]
    )


def test_a_share_stays_between_none_and_all() -> None:
    (row,) = estimate(
        totals(
            observed=[9.0],
            expected=[8.0],
            denominator=[9.0],
            dispersion=[0.1],
            city_rate=[8 / 9],
            is_share=[True],
        )
    ).to_pylist()
    assert row["rate"] == row["rate_upper"] == 1.0
    assert 0.6 < row["rate_lower"] < 0.8
    # One area alone has no others to learn from.
    assert row["shrunken_ratio"] is None


def test_periods_indicators_and_types_learn_from_their_own_areas() -> None:
    few, many = [14.0, 6.0, 10.0], [30.0, 1.0, 2.0]
    rows = estimate(
        totals(observed=few + many, indicator_id=["a"] * 3 + ["b"] * 3)
    ).to_pylist()
    alone = estimate(totals(observed=few)).to_pylist()
    assert [row["shrunken_ratio"] for row in rows[:3]] == [
        row["shrunken_ratio"] for row in alone
    ]


@pytest.fixture(scope="module")
def found() -> list[estimates.Row]:
    """The study of the estimates with fewer cities: five of 200,000 people."""
    return estimates.study(5, 200_000)


def test_intervals_hold_the_planted_ratios(found: list[estimates.Row]) -> None:
    # Binomial law: right intervals hold fewer than 0.93 of 1,980 wards in fewer than
    # 1 of 10,000 runs.
    assert 0.93 < np.mean([row.covered for row in found]) < 0.97
    assert min(row.covered for row in found) > 0.9


def test_shrunken_ratios_are_nearer_to_the_planted(found: list[estimates.Row]) -> None:
    # Where wards differ far more than chance lets them, shrinking hardly moves them.
    for row in found:
        assert row.error_shrunken < 1.05 * row.error_raw, row.kind
    assert np.mean([row.error_shrunken < row.error_raw for row in found]) > 0.7


def test_a_city_without_differences_shows_few(found: list[estimates.Row]) -> None:
    assert np.mean([row.outside_in_null_city for row in found]) < 0.06


def test_every_indicator_counts_what_its_seed_names(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    # A mistyped numerator would give an indicator that is zero everywhere.
    names = tables.sql(
        """
        select numerator from reference.indicators
        union
        select denominator from reference.indicators
        where denominator <> 'person_days'
        """
    ).fetchall()
    known = tables.sql(
        "select distinct measure "
        "from vault.intermediate.int_person_time__countable_events"
    ).fetchall()
    # What a small city happens not to have is still a measure of the view.
    (view,) = tables.sql(
        "select sql from duckdb_views() "
        "where view_name = 'int_person_time__countable_events'"
    ).fetchall()
    assert [
        name for (name,) in names if (name,) not in known and f"'{name}'" not in view[0]
    ] == []


def test_squares_are_those_of_people(tables: duckdb.DuckDBPyConnection) -> None:
    counted, known = (
        tables.sql(query).fetchone()
        for query in (
            """
            select sum(numerator), sum(numerator_squares)
            from intermediate.int_neighbourhood__indicator_cells
            where
                indicator_id = 'emergency_attendance'
                and period_start_date = '2022-07-01'
            """,
            """
            select sum(events), sum(events * events)
            from (
                select count(*) as events
                from person.fct_emergency_attendance as attendances
                inner join intermediate.int_population__persons as persons
                    on attendances.person_id = persons.person_id
                where
                    is_unplanned
                    and arrival_date between '2022-07-01' and '2023-06-30'
                    and lsoa_code in (
                        select lsoa_code from intermediate.int_place__lsoas
                    )
                group by
                    attendances.person_id,
                    lsoa_code,
                    least(
                        datediff(
                            'month', birth_month, date_trunc('month', arrival_date)
                        ) // 60,
                        18
                    )
            )
            """,
        )
    )
    assert counted == known
    assert counted is not None
    assert counted[0] > 100
