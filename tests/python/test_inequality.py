"""Known answers of inequality and access, and what they give at the edges.

Published figures: slope and relative index of inequality of the test data of
PHEindicatormethods (UK Health Security Agency, commit 093fd288); their intervals are
simulated, so these agree to 5 %. Rate ratios are held against statsmodels on persons.
"""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm
from conftest import published_rows

from intelligence.neighbourhood.equity import AGE_BANDS, measure_inequality
from intelligence.statistics import inequality


@pytest.mark.parametrize(
    ("case", "sii", "rii", "sii_limits", "rii_limits"),
    [
        (
            "le_area1",
            6.934616473668819,
            1.0888180804446217,
            (3.1276, 10.7587),
            (1.0384, 1.1413),
        ),
        (
            "le_area2",
            12.547846636351798,
            1.180885620848795,
            (11.9362, 13.163),
            (1.1714, 1.1904),
        ),
        (
            "rate_area1",
            -3.2752012326471758,
            0.40600068953980034,
            (-3.5868, -2.9653),
            (0.36888, 0.44625),
        ),
        (
            "rate_area2",
            -2.287678902778742,
            0.5352517697987614,
            (-2.3985, -2.1762),
            (0.51734, 0.55395),
        ),
        (
            "prop_area1",
            -0.10720032333730493,
            0.5334015306465507,
            (-0.11221, -0.10218),
            (0.51713, 0.55015),
        ),
        (
            "prop_area2",
            -0.0581854710713103,
            0.5470128461555435,
            (-0.062166, -0.054175),
            (0.52371, 0.57146),
        ),
        (
            "rate_log_area1",
            -3.15590713895456,
            0.4418848436076823,
            (-3.481, -2.8372),
            (0.40827, 0.47857),
        ),
        (
            "rate_log_area2",
            -2.2954691808474057,
            0.5446144759737053,
            (-2.4232, -2.1681),
            (0.52707, 0.56278),
        ),
    ],
)
def test_slope_index_of_published_data(
    case: str,
    sii: float,
    rii: float,
    sii_limits: tuple[float, float],
    rii_limits: tuple[float, float],
) -> None:
    answers = published_rows("oracles/17_sii_rii/input.csv")
    rows = [row for row in answers if row["case"] == case]
    value, error, population = (
        np.array([float(row[name]) for row in rows])
        for name in ("value", "se", "population")
    )
    # Published errors are those of the value, of its logarithm or of its logit.
    error = (
        error * {"0": 1, "1": value, "2": value * (1 - value)}[rows[0]["value_type"]]
    )
    found = inequality.slope_index(
        value, error, population, on_logs=rows[0]["transform"] == "True"
    )
    assert found is not None
    assert found.sii == pytest.approx(sii, rel=1e-6)
    assert found.rii == pytest.approx(rii, rel=1e-6)
    assert found.sii_interval == pytest.approx(sii_limits, rel=0.05)
    assert found.rii_interval == pytest.approx(rii_limits, rel=0.05)


def test_equal_rates_have_no_slope() -> None:
    found = inequality.slope_index(np.full(5, 3.0), np.full(5, 0.1), np.full(5, 100.0))
    assert found is not None
    assert found.sii == pytest.approx(0)
    assert found.rii == pytest.approx(1)
    assert found.rii_interval[0] < 1 < found.rii_interval[1]


def test_groups_without_people_are_left_out() -> None:
    rates, people = np.array([5.0, 4.0, 99.0, 3.0]), np.array([1.0, 1.0, 0.0, 1.0])
    found = inequality.slope_index(rates, np.ones(4), people)
    assert found is not None
    assert found.sii == pytest.approx(-3.0)
    assert inequality.slope_index(rates[:2], np.ones(2), people[:2]) is None
    assert inequality.slope_index(rates, np.ones(4), np.zeros(4)) is None


def test_a_fitted_end_below_zero_has_no_relative_index() -> None:
    found = inequality.slope_index(
        np.array([8.0, 1.0, 0.0]), np.ones(3), np.array([1.0, 1.0, 1.0])
    )
    assert found is not None
    assert np.isnan(found.rii)


def test_shares_near_all_keep_both_ends_within_none_and_all() -> None:
    # On its own scale the line would end at 1.01; a logistic curve is what it is: with
    # equal groups and shares expit(4 - 4 rank), the ends are expit(4) and expit(0).
    ranks = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    shares = 1 / (1 + np.exp(-4 + 4 * ranks))
    people, errors = np.full(5, 1000.0), np.full(5, 0.002)
    straight = inequality.slope_index(shares, errors, people)
    found = inequality.slope_index(shares, errors, people, on_logits=True)
    assert straight is not None
    assert found is not None
    assert found.sii == pytest.approx(0.5 - 1 / (1 + np.exp(-4)))
    assert found.rii == pytest.approx(0.5 * (1 + np.exp(-4)))
    most = straight.sii / (straight.rii - 1)
    assert most > 1 > found.sii / (found.rii - 1)
    drawn = np.random.default_rng(1).normal(shares, errors, (400, 5))
    again = [
        inequality.slope_index(one, errors, people, on_logits=True).sii  # type: ignore[union-attr]
        for one in drawn
    ]
    assert np.std(again) == pytest.approx(found.sii_error, rel=0.15)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rates": [1.0, np.nan, 3.0]}, "rates"),
        ({"errors": [0.1, -0.1, 0.1]}, "errors"),
        ({"populations": [1.0, -1.0, 1.0]}, "populations"),
        ({"errors": [0.1, 0.1]}, "lengths differ"),
        ({"rates": [0.0, 1.0, 2.0], "on_logs": True}, "rates"),
        ({"rates": [0.5, 1.0, 0.2], "on_logits": True}, "rates"),
    ],
)
def test_slopes_of_nonsense_are_refused(change: dict, named: str) -> None:
    given = {"rates": [1.0, 2.0, 3.0], "errors": [0.1] * 3, "populations": [1.0] * 3}
    arrays = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in (given | change).items()
    }
    with pytest.raises(ValueError, match=named):
        inequality.slope_index(**arrays)


def test_a_trend_over_years_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="years"):
        inequality.yearly_trend(np.ones(3), np.ones(3), np.array([2020, 2022, 2021]))


def test_a_trend_needs_three_known_years() -> None:
    years = np.array([2020.0, 2021.0, 2022.0, 2023.0])
    values = np.array([10.0, 8.0, np.nan, 4.0])
    found = inequality.yearly_trend(values, np.ones(4), years)
    assert found is not None
    assert found.change == pytest.approx(-2.0)
    assert found.lower < -2.0 < found.upper
    # Two-sided: change / error = 2 * sqrt(14/3).
    assert found.p_value == pytest.approx(1.55e-5, rel=0.01)
    assert inequality.yearly_trend(values[:3], np.ones(3), years[:3]) is None


def test_rate_ratios_of_cells_are_those_of_persons() -> None:
    rng = np.random.default_rng(7)
    size = 4000
    group, band = rng.integers(0, 5, size), rng.integers(0, 3, size)
    time = rng.uniform(0.2, 1, size)
    luck = rng.gamma(1.5, 1 / 1.5, size)
    events = rng.poisson(luck * time * np.exp(0.1 * group + 0.5 * band)).astype(float)
    columns = [np.ones(size), *(group == g for g in range(4)), band == 1, band == 2]
    persons = sm.GLM(
        events,
        np.column_stack(columns).astype(float),
        family=sm.families.Poisson(),
        offset=np.log(time),
    ).fit(cov_type="HC0")
    cell = group * 3 + band
    sums = [
        np.bincount(cell, values, 15)
        for values in (events, time, events**2, events * time, time**2)
    ]
    bands = np.tile(np.arange(3), 5)[:, None] == np.arange(3)
    found = inequality.rate_ratios(
        np.repeat(np.arange(5), 3), 4, bands.astype(float), *sums
    )
    assert found.ratio[:4] == pytest.approx(np.exp(persons.params[1:5]), rel=1e-6)
    limits = np.exp(persons.conf_int()[1:5])
    assert found.lower[:4] == pytest.approx(limits[:, 0], rel=1e-4)
    assert found.upper[:4] == pytest.approx(limits[:, 1], rel=1e-4)
    assert (found.ratio[4], found.lower[4], found.upper[4]) == (1, 1, 1)


def test_rate_ratios_without_events_are_zero_or_unknown() -> None:
    group = np.arange(3)
    nothing = np.zeros((3, 0))
    events, time = np.array([4.0, 0.0, 6.0]), np.array([10.0, 10.0, 10.0])
    squares = (events, events, time)
    found = inequality.rate_ratios(group, 2, nothing, events, time, *squares)
    assert found.ratio == pytest.approx([4 / 6, 0, 1])
    assert np.isnan(found.lower[1])
    unknown = inequality.rate_ratios(group, 1, nothing, events, time, *squares)
    assert np.isnan(unknown.ratio).all()


def cells(events: dict[int, float], people: float = 1000.0, years: int = 3) -> pa.Table:
    """Everybody is White and 40 to 44 or 45 to 49; events by deprivation fifth."""
    rows = [
        {
            "indicator_id": "a",
            "ethnic_group": "White",
            "age_band": band,
            "deprivation_fifth": fifth,
            "age_from": 40,
            "numerator": events[fifth] / 2,
            "denominator": people,
            "dispersion": 1.0,
            "is_per_head": True,
            "is_share": False,
            "period_start_date": date(2020 + year, 4, 1),
        }
        for year in range(years)
        for fifth in range(1, 6)
        for band in AGE_BANDS[8:]
    ]
    return pa.Table.from_pylist(rows)


STANDARD = pa.table(
    {"age_band": AGE_BANDS, "standard_population": [1000.0] * len(AGE_BANDS)}
)


def test_inequality_of_rates_that_fall_with_deprivation() -> None:
    found = measure_inequality(
        cells({1: 50, 2: 40, 3: 30, 4: 20, 5: 10}), STANDARD
    ).to_pylist()
    assert [row["ethnic_group"] for row in found] == ["White"] * 3 + ["all"] * 3 or [
        row["ethnic_group"] for row in found
    ] == ["all"] * 3 + ["White"] * 3
    for row in found:
        assert row["null_reason"] is None
        assert row["most_deprived_rate"] == pytest.approx(0.025)
        assert row["sii"] == pytest.approx(-0.025)
        assert row["rii"] == pytest.approx(0.0025 / 0.0275, rel=1e-3)
    last = found[-1]
    assert last["rii_yearly_factor"] == pytest.approx(1)
    assert last["rii_change_p_value"] == pytest.approx(1)
    assert found[0]["rii_yearly_factor"] is None


@pytest.mark.parametrize(
    ("events", "people", "reason"),
    [
        (0.2, 1000.0, "fewer than 10 independent events in a deprivation fifth"),
        (0.0, 1000.0, "fewer than 10 independent events in a deprivation fifth"),
        (50.0, 0.0, "an age band without population in a deprivation fifth"),
    ],
)
def test_inequality_says_why_there_is_none(
    events: float, people: float, reason: str
) -> None:
    rows = measure_inequality(
        cells({fifth: events for fifth in range(1, 6)}, people), STANDARD
    ).to_pylist()
    assert {row["null_reason"] for row in rows} == {reason}
    assert {row["sii"] for row in rows} == {None}


def test_the_hub_finds_the_planted_gradient(tables: duckdb.DuckDBPyConnection) -> None:
    # People of deprived LSOAs were planted to need emergency care more often.
    found = tables.sql(
        "select sii, rii, rii_upper from neighbourhood.fct_neighbourhood_inequality "
        "where indicator_id = 'emergency_attendance' and ethnic_group = 'all' "
        "and null_reason is null"
    ).fetchall()
    assert found
    assert all(sii < 0 and rii < upper < 1 for sii, rii, upper in found)
    ratios = tables.sql(
        "select rate_ratio from neighbourhood.fct_access_for_need "
        "where contact_type = 'A&E attendance' and deprivation_fifth = 1 "
        "and adjusted_for = 'age, sex, conditions and frailty'"
    ).fetchall()
    assert len(ratios) == 5
    assert all(ratio > 1.2 for (ratio,) in ratios)
    assert tables.sql(
        "select count(*) from neighbourhood.fct_neighbourhood_inequality "
        "where (sii is null) <> (null_reason is not null)"
    ).fetchall() == [(0,)]
