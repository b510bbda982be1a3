"""Unplanned care over time: the planted slow-down found, and the tables that say so."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from intelligence.unplanned_care.series import charts, find_turning_points
from studies.unplanned_care import MEASURES, MONTHS_OFF, try_seed
from synthetic_city.build import build
from synthetic_city.draw import day
from synthetic_city.settings import City

MONTHS = np.arange("2020-04", "2025-04", dtype="datetime64[M]")
NO_COMPARATOR = pa.table(
    {
        name: pa.array([], pa.string())
        for name in (
            "series",
            "measure",
            "month_start_date",
            "event_count",
            "denominator",
        )
    }
)


def months_table(
    counts: np.ndarray,
    complete: np.ndarray | None = None,
    area: str = "city:a",
    cases: np.ndarray | None = None,
) -> pa.Table:
    """The months of one series of one area, as int_unplanned_care__months has them."""
    size = len(counts)
    return pa.table(
        {
            "measure": ["emergency_admission"] * size,
            "neighbourhood_id": [area] * size,
            "month_start_date": MONTHS[:size].astype("datetime64[D]"),
            "event_count": counts.astype(np.int64),
            "case_count": (counts if cases is None else cases).astype(np.int64),
            "person_days": np.full(size, 3_000_000),
            "is_complete_month": np.full(size, True) if complete is None else complete,
            "is_city": [area.startswith("city")] * size,
        }
    )


def charted(months: pa.Table, target: float | None = None) -> pa.Table:
    """Charts of months, as the models make them."""
    measures = pa.table(
        {
            "measure": ["emergency_admission"],
            "improvement_direction": ["decrease"],
            "target_rate_per_1000": pa.array([target], pa.float64()),
        }
    )
    return charts(months, find_turning_points(months, NO_COMPARATOR), measures)


def fallen(seed: int, after: int = 33, by: float = 0.2) -> np.ndarray:
    """Sixty Poisson months of 1,000, fewer after a month."""
    means = np.where(np.arange(60) >= after, 1000 * (1 - by), 1000)
    return np.random.default_rng(seed).poisson(means)


def comparator(counts: np.ndarray, name: str = "England") -> pa.Table:
    size = len(counts)
    return pa.table(
        {
            "series": [name] * size,
            "measure": ["emergency_admission"] * size,
            "month_start_date": MONTHS[:size].astype("datetime64[D]"),
            "event_count": counts * 500.0,
            "denominator": np.full(size, 1.5e9),
        }
    )


# --- The planted slow-down ------------------------------------------------------------


def test_the_planted_slow_down_is_found_in_month_and_size() -> None:
    outcome, truth = try_seed(100_000, 1, slow_down=True)
    assert truth is not None
    for measure in MEASURES:
        assert abs(outcome.months_off[measure]) <= MONTHS_OFF
        assert outcome.is_covered[measure]


def test_a_city_of_the_size_of_the_demo_shows_it_too() -> None:
    # The demo is one draw; attendances are what it has enough of.
    for seed in range(1, 4):
        outcome, _ = try_seed(20_000, seed, slow_down=True)
        assert abs(outcome.months_off["unplanned_attendance"]) <= MONTHS_OFF


def test_no_turning_point_is_found_where_none_was_planted() -> None:
    outcome, truth = try_seed(100_000, 1, slow_down=False)
    assert truth is None
    assert outcome.turning_points == 0


def test_a_city_without_a_slow_down_says_so_in_its_truth(tmp_path: Path) -> None:
    first, last = day("2023-04-01"), day("2024-03-31")
    for name, slow_down in (("with", True), ("without", False)):
        build(City(600, first, last, 1, True, tmp_path / name, slow_down=slow_down))
    rows = {
        name: (tmp_path / name / "truth" / "unplanned_care.csv")
        .read_text()
        .splitlines()
        for name in ("with", "without")
    }
    assert len(rows["without"]) == 1
    assert rows["with"][0] == rows["without"][0]
    with_one = duckdb.sql(
        f"select dimension, sum(prevented_count), sum(left_count) "
        f"from '{tmp_path}/with/truth/unplanned_care.csv' "
        f"where measure = 'unplanned_attendance' group by dimension"
    ).fetchall()
    assert len(with_one) == 5
    assert len({row[1:] for row in with_one}) == 1, "each dimension tells of all events"


# --- Turning points -------------------------------------------------------------------


def test_a_change_here_and_not_in_the_comparator_is_beyond_it() -> None:
    steady = np.random.default_rng(5).poisson(1000, 60)
    (row,) = find_turning_points(
        months_table(fallen(1)), comparator(steady)
    ).to_pylist()
    assert row["finding"] == "turning point"
    assert row["turning_month_date"].isoformat() == "2023-01-01"
    assert row["comparator"] == "England"
    assert row["comparator_reading"] == "beyond the comparator"
    lower, upper = (
        row[f"change_beyond_comparator_percent_{e}"] for e in ("lower", "upper")
    )
    assert lower < -20 < upper < 0
    assert row["events_change_count"] == pytest.approx(
        row["observed_count"] - row["expected_count"], abs=0.001
    )


def test_a_change_that_the_comparator_shares_is_no_local_one() -> None:
    (row,) = find_turning_points(
        months_table(fallen(1)), comparator(fallen(6))
    ).to_pylist()
    assert row["comparator_reading"] == "not distinguishable from the comparator"
    assert row["comparator_change_percent"] == pytest.approx(-20, abs=8)


def test_a_change_without_a_comparator_says_so() -> None:
    (row,) = find_turning_points(months_table(fallen(1)), NO_COMPARATOR).to_pylist()
    assert row["comparator"] is None
    assert row["comparator_reading"] == "no comparator given"
    # A comparator that ends early is none.
    (row,) = find_turning_points(
        months_table(fallen(1)), comparator(np.full(50, 1000))
    ).to_pylist()
    assert row["comparator_reading"] == "no comparator given"


@pytest.mark.parametrize("both", [False, True])
def test_a_series_that_ends_is_sized_but_not_compared(both: bool) -> None:
    ended = [fallen(seed, by=1.0) for seed in (1, 2)]
    steady = np.random.default_rng(5).poisson(1000, 60)
    (row,) = find_turning_points(
        months_table(ended[0]), comparator(ended[1] if both else steady)
    ).to_pylist()
    assert row["turning_month_date"].isoformat() == "2023-01-01"
    assert row["observed_count"] == 0
    assert row["events_change_percent"] == -100
    assert row["slope_after_percent"] is None
    assert row["level_change_percent_upper"] is None
    assert row["comparator_reading"] == "no events to compare"
    assert row["comparator_change_percent"] == pytest.approx(-100 if both else 0, abs=8)
    assert row["change_beyond_comparator_percent"] is None


@pytest.mark.parametrize("both", [False, True])
def test_a_series_that_begins_is_found_but_neither_sized_nor_compared(
    both: bool,
) -> None:
    begun = np.r_[np.zeros(24), np.random.default_rng(3).poisson(300, 36)]
    steady = np.random.default_rng(5).poisson(1000, 60)
    (row, *_) = find_turning_points(
        months_table(begun), comparator(begun if both else steady)
    ).to_pylist()
    assert row["turning_month_date"].isoformat() == "2022-04-01"
    assert row["observed_count"] > 0
    for name in ("slope_before_percent", "level_change_percent", "expected_count"):
        assert row[name] is None
    assert row["events_change_percent"] is None
    assert row["comparator_reading"] == "no events to compare"
    assert (row["comparator_change_percent"] is None) == both
    assert row["change_beyond_comparator_percent"] is None


def test_england_goes_before_other_comparators() -> None:
    steady = np.random.default_rng(5).poisson(1000, 60)
    both = pa.concat_tables([comparator(steady, "Another"), comparator(steady)])
    (row,) = find_turning_points(months_table(fallen(1)), both).to_pylist()
    assert row["comparator"] == "England"


def test_incomplete_months_are_kept_out() -> None:
    counts = fallen(1)
    whole = find_turning_points(months_table(counts[:58]), NO_COMPARATOR).to_pylist()
    counts[58:] = 3
    complete = np.arange(60) < 58
    cut = months_table(counts, complete)
    found = find_turning_points(cut, NO_COMPARATOR).to_pylist()
    assert found == whole
    drawn = charted(cut).to_pylist()
    assert [row["adjusted_rate_per_1000"] is None for row in drawn] == [
        *([False] * 58),
        *([True] * 2),
    ]
    assert [row["is_in_run"] for row in drawn[58:]] == [None, None]
    assert drawn[40]["centre_rate_per_1000"] == drawn[59]["centre_rate_per_1000"]


def test_series_that_cannot_be_examined_say_why() -> None:
    few = find_turning_points(months_table(np.full(60, 29)), NO_COMPARATOR)
    short = find_turning_points(months_table(np.full(35, 500)), NO_COMPARATOR)
    steady = find_turning_points(
        months_table(np.random.default_rng(2).poisson(500, 60)), NO_COMPARATOR
    )
    findings = [t.column("finding").to_pylist() for t in (few, short, steady)]
    assert findings == [["too few events"], ["too few months"], ["no turning point"]]
    assert few.column("p_value").to_pylist() == [None]
    assert steady.column("turning_point_number").to_pylist() == [0]


def test_a_change_of_many_nights_needs_as_many_stays_as_one_of_events() -> None:
    nights, stays = fallen(1, by=0.84), np.full(60, 29)
    (few,) = find_turning_points(
        months_table(nights, cases=stays), NO_COMPARATOR
    ).to_pylist()
    (enough,) = find_turning_points(
        months_table(nights, cases=stays + 1), NO_COMPARATOR
    ).to_pylist()
    assert (few["finding"], enough["finding"]) == ("too few events", "turning point")


# --- Charts ---------------------------------------------------------------------------


def test_an_area_is_adjusted_by_the_season_of_the_city() -> None:
    rng = np.random.default_rng(3)
    season = 1 + 0.2 * np.cos(2 * np.pi * (MONTHS.astype(int) % 12) / 12)
    city = months_table(rng.poisson(5000 * season))
    ward = months_table(rng.poisson(50 * season), area="ward:b")
    drawn = charted(pa.concat_tables([ward, city]))
    assert drawn.num_rows == 120
    factors = {
        area: [
            row["calendar_factor"]
            for row in drawn.to_pylist()
            if row["neighbourhood_id"] == area
        ]
        for area in ("city:a", "ward:b")
    }
    assert factors["city:a"] == factors["ward:b"]
    assert factors["city:a"] == pytest.approx(
        season / np.exp(np.log(season).mean()), abs=0.02
    )


def test_a_chart_of_too_little_says_why_and_has_no_flags() -> None:
    few = months_table(np.r_[np.zeros(50), np.ones(10)])
    short = months_table(np.full(11, 500))
    for table, reason in ((few, "too few events"), (short, "too few months")):
        drawn = charted(table)
        assert set(drawn.column("no_chart_reason").to_pylist()) == {reason}
        for column in (
            "chart_type",
            "variation",
            "centre_rate_per_1000",
            "is_in_run",
            "is_outside_limits",
            "limits_since_date",
        ):
            assert set(drawn.column(column).to_pylist()) == {None}


def test_rare_events_are_charted_by_the_days_between_them() -> None:
    counts = np.random.default_rng(4).poisson(1.5, 60)
    counts[48:] = 0
    counts[59] = 1
    drawn = charted(months_table(counts)).to_pylist()
    assert {row["chart_type"] for row in drawn} == {"T"}
    assert {row["centre_rate_per_1000"] for row in drawn} == {None}
    assert drawn[59]["days_per_event"] > drawn[59]["upper_limit_days_per_event"]
    assert drawn[59]["is_outside_limits"]
    # Rarer is what is wanted of emergency admissions.
    assert drawn[59]["variation"] == "improvement"
    assert drawn[55]["variation"] is None
    assert drawn[55]["days_per_event"] is None
    # Nights of a stay or two come together: the time between them says nothing.
    nights = charted(months_table(counts * 9, cases=counts)).to_pylist()
    assert {row["no_chart_reason"] for row in nights} == {"too few events"}


def test_limits_are_recalculated_at_accepted_turning_points() -> None:
    fell = months_table(fallen(1, after=30))
    (point,) = find_turning_points(fell, NO_COMPARATOR).to_pylist()
    drawn = charted(fell).to_pylist()
    assert point["turning_month_date"].isoformat() == "2022-10-01"
    assert {row["limits_since_date"].isoformat() for row in drawn[:30]} == {
        "2020-04-01"
    }
    assert {row["limits_since_date"] for row in drawn[30:]} == {
        point["turning_month_date"]
    }
    before, after = drawn[0], drawn[59]
    assert after["centre_rate_per_1000"] < before["lower_limit_rate_per_1000"]
    # A change that is too new keeps the earlier limits, and shows against them.
    late = months_table(fallen(1, after=50))
    rows = charted(late).to_pylist()
    assert len({row["limits_since_date"] for row in rows}) == 1
    assert {row["variation"] for row in rows[50:]} == {"improvement"}


def test_limits_after_a_shock_are_those_before_it() -> None:
    counts = np.random.default_rng(3).poisson(1000, 60)
    counts[30:35] //= 2
    table = months_table(counts)
    (shock,) = find_turning_points(table, NO_COMPARATOR).to_pylist()
    assert shock["change_kind"] == "shock"
    assert shock["returned_month_date"].isoformat() == "2023-03-01"
    assert shock["last_month_date"].isoformat() == "2023-02-01"
    drawn = charted(table).to_pylist()
    assert len({row["centre_rate_per_1000"] for row in drawn}) == 1
    assert {row["special"] for row in told(drawn[30:35])} == {"outside"}
    assert sum(row["is_outside_limits"] for row in drawn[35:]) <= 1


def told(rows: list[dict]) -> list[dict]:
    """Rows with whether they are outside the limits, in a word."""
    return [
        row | {"special": "outside" if row["is_outside_limits"] else "inside"}
        for row in rows
    ]


def test_a_target_is_passed_failed_or_hit_by_chance() -> None:
    table = months_table(np.random.default_rng(2).poisson(1000, 60))
    (centre,) = set(charted(table).column("centre_rate_per_1000").to_pylist())
    for target, icon in (
        (centre * 2, "pass"),
        (centre, "hit or miss"),
        (centre / 2, "fail"),
        (None, None),
    ):
        drawn = charted(table, target)
        assert set(drawn.column("assurance").to_pylist()) == {icon}


def test_the_last_months_are_told_as_that() -> None:
    (row,) = find_turning_points(
        months_table(fallen(1, after=57, by=0.3)), NO_COMPARATOR
    ).to_pylist()
    assert row["change_kind"] == "recent"
    assert row["turning_month_date"].isoformat() == "2025-01-01"
    assert row["level_change_percent"] == pytest.approx(-30, abs=4)


# --- The built tables -----------------------------------------------------------------


def test_every_measure_area_and_month_has_a_row(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    measures, areas, months, found = tables.sql(
        "select (select count(*) from reference.unplanned_care_measures), "
        "(select count(*) from neighbourhood.dim_neighbourhood "
        "where area_basis = 'residence'), "
        "(select count(*) from intermediate.int_calendar__months), "
        "(select count(*) from hub.whole_system.fct_unplanned_care_month)"
    ).fetchone() or (0, 0, 0, 0)
    assert found == measures * areas * months > 0


def test_kinds_of_attendance_and_admission_add_up(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    apart = tables.sql(
        "select neighbourhood_id, month_start_date, "
        "sum(event_count) filter (where measure like 'unplanned_attendance_type_%') "
        "- sum(event_count) filter (where measure = 'unplanned_attendance') as kinds, "
        "sum(event_count) filter "
        "(where measure similar to 'emergency_admission_[0-9].*') "
        "- sum(event_count) filter (where measure = 'emergency_admission') as ages "
        "from hub.whole_system.fct_unplanned_care_month group by all "
        "having kinds <> 0 or ages <> 0"
    ).fetchall()
    assert apart == []


def test_bed_days_are_the_midnights_of_emergency_stays(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    nights, counted = tables.sql(
        # A night of two spells of a stay is one.
        "select (select count(distinct (continuous_stay_id, night)) "
        "from (select spells.continuous_stay_id, unnest(range("
        "greatest(spells.admission_date, date '2020-04-01'), "
        "least(spells.discharge_date, date '2025-04-01'), interval 1 day)) as night "
        "from person.fct_hospital_spell as spells "
        "semi join person.fct_hospital_spell as firsts "
        "on spells.continuous_stay_id = firsts.hospital_spell_id "
        "and firsts.is_emergency_admission "
        "semi join intermediate.int_place__lsoas as lsoas "
        "on spells.lsoa_code = lsoas.lsoa_code)), "
        "(select sum(event_count) from hub.whole_system.fct_unplanned_care_month "
        "where measure = 'emergency_bed_days' and geography_type = 'city')"
    ).fetchone() or (0, 1)
    assert nights == counted > 1000


def test_the_comparator_of_the_demo_city_is_read(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    assert tables.sql(
        "select series, count(*) from vault.staging.stg_comparators__comparator_months "
        "group by series order by series"
    ).fetchall() == [("England", 180), ("peers", 180)]
