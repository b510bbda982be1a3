"""Known answers of variation and its explanation, and what they give at the edges.

Published figures: the systematic component and quotient of 61 Swiss hospital areas from
the vignette of sava (T. Schoch, commit 38e6df26); general dominance of cars' fuel use
from the documentation of domir (J. Luchman, commit 9030d66b); Poisson deviance of
coronary events in Sicily (Bernal and others 2017) averaged over orders by R's glm.
"""

from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import published_rows

from intelligence.neighbourhood.explanations import explain_variation
from intelligence.statistics import variation
from studies import variation as study

AREAS = 33


def oracle(case: str, name: str) -> dict[str, np.ndarray]:
    """Columns of a file of published inputs or answers."""
    rows = published_rows(f"oracles/{case}/{name}.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_systematic_component_of_the_swiss_areas() -> None:
    areas = oracle("14_scv_eb_turp", "input")
    found = variation.systematic_component(areas["oi"], areas["ei"])
    assert found == pytest.approx(0.0867225610894417, rel=1e-8)
    estimate = variation.systematic_variation(areas["oi"], areas["ei"])
    assert estimate.value == pytest.approx(found)
    assert estimate.reason is None
    assert 0 < estimate.lower < found < estimate.upper


def test_quotient_of_the_swiss_areas() -> None:
    shrunken = oracle("14_scv_eb_turp", "expected_eb")["eb_rr"]
    assert variation.quotient(shrunken) == pytest.approx(1.694126, rel=1e-5)


@pytest.mark.parametrize(
    ("sets", "whole", "shares"),
    [
        (
            [["am"], ["vs"], ["cyl"]],
            0.7619773,
            [0.1774892, 0.2027032, 0.3817849],
        ),
        (
            [["am"], ["vs"], ["cyl"], ["carb", "gear"], ["disp", "wt"]],
            0.851596,
            [0.09446712, 0.10957434, 0.19767129, 0.20978183, 0.24010141],
        ),
        (
            [["am", "gear"], ["cyl", "vs"], ["qsec", "drat"]],
            0.7723016,
            [0.1568309, 0.3559983, 0.2594724],
        ),
    ],
)
def test_shapley_values_are_general_dominance(
    sets: list[list[str]], whole: float, shares: list[float]
) -> None:
    cars = oracle("18_dominance_shapley", "input")
    worth = []
    for row in range(1 << len(sets)):
        names = [name for n, names in enumerate(sets) if row >> n & 1 for name in names]
        design = np.column_stack([np.ones(32), *(cars[name] for name in names)])
        fitted = design @ np.linalg.lstsq(design, cars["mpg"])[0]
        worth.append(1 - np.var(cars["mpg"] - fitted) / np.var(cars["mpg"]))
    found = variation.shapley(np.array(worth))
    assert worth[-1] == pytest.approx(whole, abs=1e-7)
    assert found == pytest.approx(shares, abs=1e-7)


def test_shapley_values_of_poisson_deviance() -> None:
    months = oracle("18_dominance_shapley", "input_poisson_sicily")
    turn = 2 * np.pi * months["time"] / 12
    season = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    sets = [[months["smokban"]], [months["time"]], season]
    left = []
    for row in range(8):
        columns = [c for n, names in enumerate(sets) if row >> n & 1 for c in names]
        covariates = np.column_stack([np.zeros((len(turn), 0)), *columns])
        fitted = variation.fit_poisson(
            months["aces"][None], months["stdpop"], covariates
        )
        left.append(variation.deviance(months["aces"], fitted[0]))
    assert left[0] == pytest.approx(308.517233694002, abs=1e-6)
    assert left[-1] == pytest.approx(117.266119546739, abs=1e-6)
    assert variation.shapley(left[0] - np.array(left)) == pytest.approx(
        [29.16222134576, 86.303824265656, 75.785068535846], abs=1e-6
    )


def test_shapley_values_sum_to_the_whole_and_treat_equals_equally() -> None:
    found = variation.shapley(np.array([0.0, 3.0, 3.0, 5.0]))
    assert found == pytest.approx([2.5, 2.5])


@pytest.mark.parametrize(
    ("observed", "expected", "value", "reason"),
    [
        # Too few areas; an expectation below 1 leaves an area out.
        ([5], [4.0], None, "fewer than 3 areas"),
        ([5, 3, 2, 7], [4.0, 5.0, 0.9, 0.0], None, "fewer than 3 areas"),
        ([0, 0, 0], [4.0, 5.0, 6.0], None, "no events"),
        ([4, 5, 6], [4.0, 5.0, 6.0], 0.0, "no more than chance"),
        ([1, 0, 0], [1.0, 1.0, 1.0], 0.0, "no more than chance"),
        ([40, 5, 6], [20.0, 16.0, 15.0], 0.549, None),
    ],
)
def test_systematic_variation_at_the_edges(
    observed: list[int], expected: list[float], value: float | None, reason: str | None
) -> None:
    found = variation.systematic_variation(
        np.array(observed, dtype=float), np.array(expected)
    )
    assert found.value == (None if value is None else pytest.approx(value, abs=0.05))
    assert found.reason == reason


def test_repeat_events_count_as_chance() -> None:
    observed, expected = np.array([30.0, 10.0, 20.0]), np.full(3, 20.0)
    once = variation.systematic_component(observed, expected)
    often = variation.systematic_component(observed, expected, 3.0)
    assert once - often == pytest.approx(2 / 20)


def test_quotient_needs_ratios_above_zero() -> None:
    assert variation.quotient(np.array([])) is None
    assert variation.quotient(np.array([np.nan])) is None
    assert variation.quotient(np.array([0.0, 0.0, 0.0, 1.0])) is None
    assert variation.quotient(np.array([2.0])) == 1.0


def wards(seed: int = 1) -> study.Case:
    """Wards of one simulated city."""
    return study.simulate(seed, 200_000)[0]


def test_parts_add_up_to_the_whole_and_to_each_excess() -> None:
    case = wards()
    found = variation.explain(
        case.observed, case.expected, case.seen, case.dispersion, replicates=50
    )
    assert found.parts == study.PARTS
    assert found.shares.sum() == pytest.approx(1)
    assert found.events.sum(axis=1) == pytest.approx(case.observed - case.expected)
    assert (found.shares_lower <= found.shares).all()
    assert (found.shares <= found.shares_upper).all()
    assert found.whole == pytest.approx(
        variation.deviance(case.observed, case.expected)
    )


def test_sums_of_areas_have_the_sums_of_their_parts() -> None:
    case = wards()
    sums = np.zeros((2, AREAS))
    sums[0, :13], sums[1, 13:] = 1, 1
    given = case.observed, case.expected, case.seen, case.dispersion
    areas = variation.explain(*given, replicates=50)
    teams = variation.explain(*given, sums, replicates=50)
    assert teams.events == pytest.approx(sums @ areas.events)
    assert teams.shares == pytest.approx(areas.shares)


def test_the_same_covariates_everywhere_explain_nothing() -> None:
    case = wards()
    alike = {name: np.ones((AREAS, 1)) for name in case.seen}
    found = variation.explain(case.observed, case.expected, alike, replicates=20)
    assert found.shares[:3] == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.shares.sum() == pytest.approx(1)


def test_areas_that_are_all_equal_differ_by_nothing() -> None:
    same = np.full(AREAS, 100.0)
    found = variation.explain(same, same, wards().seen, replicates=20)
    assert np.isfinite(found.shares).all()
    assert found.events.sum(axis=1) == pytest.approx(np.zeros(AREAS), abs=1e-6)


@pytest.mark.parametrize(
    ("observed", "expected", "reason"),
    [
        (np.ones(1), np.ones(1), "fewer than 20 areas"),
        (np.zeros(AREAS), np.full(AREAS, 9.0), "no events"),
        (np.full(AREAS, 9.0), np.zeros(AREAS), "fewer than 20 areas"),
        (np.ones(AREAS), np.ones(AREAS), "fewer than 5 expected events per area"),
    ],
)
def test_nothing_is_explained_without_areas_or_events(
    observed: np.ndarray, expected: np.ndarray, reason: str
) -> None:
    sets = {"deprivation": np.arange(len(observed), dtype=float)[:, None]}
    found = variation.explain(observed, expected, sets)
    assert found.reason == reason
    assert len(found.shares) == len(found.events) == 0


def test_an_area_without_people_has_parts_of_zero() -> None:
    case = wards()
    expected = case.expected.copy()
    observed = case.observed.copy()
    expected[0] = observed[0] = 0
    observed[1] += expected.sum() - observed.sum()
    found = variation.explain(
        observed, expected, case.seen, case.dispersion, replicates=20
    )
    assert found.events[0] == pytest.approx(np.zeros(5))


def test_planted_shares_are_found() -> None:
    cases = [case for seed in range(6) for case in study.simulate(seed, 200_000)]
    rows = study.hold_against_truth(cases, replicates=100)
    assert len(rows) == len(study.KINDS)
    assert np.mean([row.covered for row in rows]) >= 0.9
    assert study.zero_is_held(6, 200_000) >= 0.95


def test_a_city_gives_the_same_explanation_twice() -> None:
    rows = variation_rows(wards())
    assert explain_variation(rows).equals(explain_variation(rows))


def test_unknown_supply_leaves_the_set_out() -> None:
    rows = variation_rows(wards())
    unknown = pa.nulls(AREAS, pa.float64())
    without = rows.set_column(
        rows.column_names.index("log_travel"), "log_travel", unknown
    )
    parts = set(explain_variation(without).column("part").to_pylist())
    assert "need_share" in parts
    assert "supply_share" not in parts


def variation_rows(case: study.Case) -> pa.Table:
    """Wards as int_neighbourhood__indicator_covariates has them."""
    names = [f"ward:{number:02d}" for number in range(AREAS)]
    sets = {
        "deprivation_score": case.seen["deprivation"][:, 0],
        "condition_ratio": case.seen["need"][:, 0],
        "frailty_ratio": case.seen["need"][:, 1],
        "care_home_ratio": case.seen["need"][:, 2],
        "log_capacity": case.seen["supply"][:, 0],
        "log_travel": case.seen["supply"][:, 1],
    }
    return pa.table(
        {
            "neighbourhood_id": names,
            "neighbourhood_team_id": [f"team:{n % 3}" for n in range(AREAS)],
            "community_committee_id": [f"committee:{n % 2}" for n in range(AREAS)],
            "city_id": ["city"] * AREAS,
            "geography_type": ["ward"] * AREAS,
            "indicator_id": ["a"] * AREAS,
            "polarity": ["lower is better"] * AREAS,
            "observed": case.observed,
            "expected": case.expected,
            "crude_expected": np.full(AREAS, case.expected.mean()),
            "dispersion": np.full(AREAS, case.dispersion),
            **sets,
            "period_start_date": [date(2024, 4, 1)] * AREAS,
        }
    )


def test_age_and_sex_have_no_share_where_crude_rates_do_not_vary() -> None:
    rows = variation_rows(wards())
    at = rows.column_names.index("crude_expected")
    alike = rows.set_column(at, "crude_expected", rows["observed"])
    assert "age_sex_share" in explain_variation(rows)["part"].to_pylist()
    assert "age_sex_share" not in explain_variation(alike)["part"].to_pylist()


@pytest.mark.parametrize("polarity", ["lower is better", "higher is better", "neither"])
def test_opportunity_is_worth_the_way_to_the_best_quarter(polarity: str) -> None:
    rows = variation_rows(wards())
    rows = rows.set_column(
        rows.column_names.index("polarity"), "polarity", [[polarity] * AREAS]
    )
    found = explain_variation(rows).to_pandas().set_index("part")
    gains = found.loc[found.index == "opportunity"]
    if polarity == "neither":
        assert len(gains) == 0
        return
    # A quarter of the areas are there already.
    assert (gains["value"] == 0).sum() == 9
    assert (gains["value_lower"] <= gains["value"]).all()
    assert (gains["value"] <= gains["value_upper"]).all()
    likely = found.loc["opportunity_probability", "value"].to_numpy()
    assert ((likely > 0.5) == (gains["value"].to_numpy() > 0)).mean() > 0.9


def test_the_hub_holds_parts_that_add_up(tables: duckdb.DuckDBPyConnection) -> None:
    found = tables.sql(
        """
        select
            count(*),
            count(*) filter (
                where abs(
                    coalesce(deprivation_part, 0) + coalesce(need_part, 0)
                    + coalesce(supply_part, 0) + unexplained_part + chance_part - excess
                ) > 0.001
            ),
            count(distinct geography_type)
        from neighbourhood.fct_neighbourhood_excess
        where unexplained_part is not null
        """
    ).fetchone()
    assert found is not None
    assert found[0] > 0
    assert found[1:] == (0, 3)
    whole = tables.sql(
        """
        select
            count(*),
            max(abs(
                deprivation_share + coalesce(need_share, 0) + coalesce(supply_share, 0)
                + unexplained_share + chance_share - 1
            ))
        from neighbourhood.fct_neighbourhood_variation
        where shares_null_reason is null
        """
    ).fetchone()
    assert whole is not None
    assert whole[0] > 0
    assert whole[1] < 0.001


def test_the_hub_says_why_there_is_nothing(tables: duckdb.DuckDBPyConnection) -> None:
    assert tables.sql(
        """
        select count(*) from neighbourhood.fct_neighbourhood_excess
        where (unexplained_part is null) <> (parts_null_reason is not null)
            or (opportunity is null) <> (opportunity_null_reason is not null)
        """
    ).fetchall() == [(0,)]
    assert tables.sql(
        """
        select count(*) from neighbourhood.fct_neighbourhood_variation
        where (unexplained_share is null) <> (shares_null_reason is not null)
            or (systematic_component is null and systematic_component_reason is null)
        """
    ).fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (
            lambda: variation.systematic_component(np.array([1.0]), np.array([0.0])),
            "expected",
        ),
        (
            lambda: variation.systematic_variation(
                np.array([1.0, np.nan, 2.0]), np.ones(3)
            ),
            "observed",
        ),
        (lambda: variation.quotient(np.ones(3), 0.2, 0.8), "lower and upper"),
        (lambda: variation.shapley(np.ones(3)), "power of two"),
        (lambda: variation.deviance(np.ones(2), np.array([1.0, 0.0])), "fitted"),
        (
            lambda: variation.explain(np.full(30, 20.0), np.full(30, 25.0), {}),
            "expected sums to 750, observed to 600",
        ),
        (
            lambda: variation.explain(
                np.full(30, 20.0), np.full(30, 20.0), {"need": np.ones((29, 1))}
            ),
            "lengths differ",
        ),
    ],
)
def test_variation_of_nonsense_is_refused(
    call: Callable[[], object], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        call()


def test_as_many_covariates_as_areas_explain_nothing() -> None:
    rng = np.random.default_rng(1)
    found = variation.explain(
        np.full(30, 20.0), np.full(30, 20.0), {"need": rng.normal(size=(30, 15))}
    )
    assert found.reason == "fewer than 32 areas"
