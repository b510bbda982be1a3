"""Beds, settings and demand: known answers, and what was planted in the city."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import published

from intelligence.community_beds.demand import changes_by_factor, project_beds
from intelligence.community_beds.draws import dispersion
from intelligence.community_beds.simulation import Queue, simulated_chances
from intelligence.statistics.queues import (
    IS_REFUSED,
    WAITS,
    beds_for,
    capacity,
    erlang_b,
    erlang_c,
)
from studies.community_beds import compare, report
from synthetic_city.truth.bed_future import Ward, beds_that_suffice

LEVEL = np.ones(7)


def test_seventeen_erlangs_on_twenty_beds_refuse_one_in_twelve() -> None:
    # Known answers of Erlang-B: the formula for a ward, domain facts of the project.
    assert erlang_b(17, 20) == pytest.approx(0.0859, abs=5e-5)
    assert erlang_b(85, 100) == pytest.approx(0.01199, abs=5e-6)
    # Published tables: 45 beds are the fewest that refuse 1 % of 33.33 erlangs.
    assert erlang_b(100 / 3, 45) <= 0.01 < erlang_b(100 / 3, 44)
    assert erlang_b(0, 3) == 0
    assert erlang_b(2, 0) == 1


def test_those_who_wait_are_more_than_those_refused() -> None:
    assert erlang_c(10, 14) == pytest.approx(0.1741319335950498, rel=1e-9)
    assert erlang_c(10, 14) > erlang_b(10, 14)
    assert erlang_c(10, 10) == 1


def test_erlang_formulas_agree_with_the_oracle() -> None:
    known = json.loads(published("oracles/24_erlang/expected.json").read_text())
    for case in known["erlang_b_inverse"] + known["erlang_b_published"]:
        load = capacity(case["blocking"], IS_REFUSED, case["servers"])[-1]
        assert load == pytest.approx(case["offered"], rel=1e-3)
    for case in known["ward_examples_computed_here"]:
        assert erlang_b(case["offered"], case["beds"]) == pytest.approx(
            case["blocking"], rel=1e-9
        )
    case = known["erlang_c"]
    assert erlang_c(case["offered"], case["servers"]) == pytest.approx(
        case["waiting_probability"], rel=1e-9
    )


def test_beds_are_the_fewest_that_keep_to_the_chance() -> None:
    for when_full, formula in ((IS_REFUSED, erlang_b), (WAITS, erlang_c)):
        carried = capacity(0.05, when_full, 60)
        for load in (0.3, 4.0, 17.0, 40.0):
            beds = int(np.ceil(beds_for(np.array([load]), carried)[0] - 1e-9))
            assert formula(load, beds) <= 0.05 < formula(load, beds - 1)
    with pytest.raises(ValueError, match="waits"):
        capacity(0.05, "goes home", 5)
    with pytest.raises(ValueError, match="negative"):
        erlang_b(-1, 5)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: erlang_b(float("nan"), 5), "load"),
        (lambda: erlang_c(5, -1), "beds"),
        (lambda: capacity(1.5, WAITS, 5), "chance_of_no_bed"),
        (lambda: capacity(0.0, WAITS, 5), "chance_of_no_bed"),
        (lambda: capacity(0.05, WAITS, -1), "most_beds"),
        (lambda: beds_for(np.array([9.0]), capacity(0.05, WAITS, 5)), "load"),
        (lambda: beds_for(np.array([-1.0]), capacity(0.05, WAITS, 5)), "load"),
        (lambda: dispersion(np.array([1.0, -1.0])), "counts"),
        (lambda: changes_by_factor([np.ones(1)] * 2, np.ones(1)), "factors"),
    ],
)
def test_beds_of_nonsense_are_refused(call: Callable[[], object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()


def test_nearly_everyone_may_be_refused_however_many_come() -> None:
    load = capacity(0.99, IS_REFUSED, 3)[-1]
    assert erlang_b(load, 3) == pytest.approx(0.99)


def test_the_simulation_meets_erlang_where_erlang_holds() -> None:
    # Long stays make a day short; then refusals do not depend on the distribution.
    rng = np.random.default_rng(1)
    nights = np.maximum(rng.lognormal(3.6, 0.8, 3000), 1)
    streams = 12
    found = simulated_chances(
        rng,
        Queue(nights, LEVEL, IS_REFUSED),
        np.full(streams, 17.0),
        np.arange(streams),
        np.full(streams, 20),
    )
    error = found.std(ddof=1) / streams**0.5
    # A bed left in the morning is free for that day's arrivals: less than the formula.
    assert -4 * error - 0.012 < found.mean() - erlang_b(17, 20) < 4 * error


def test_a_weekly_cycle_costs_beds_when_stays_are_short() -> None:
    rng = np.random.default_rng(2)
    nights, streams = np.full(100, 2), 6
    cycle = np.array([2.2, 1.9, 1.0, 0.9, 0.7, 0.2, 0.1])
    steady, weekly = (
        simulated_chances(
            rng,
            Queue(nights, weekday, WAITS),
            np.full(streams, 8.0),
            np.arange(streams),
            np.full(streams, 12),
        ).mean()
        for weekday in (LEVEL, cycle)
    )
    assert weekly > 1.5 * steady


def test_the_parts_of_a_change_add_up_whatever_the_order() -> None:
    base, factors = np.array([10.0]), [np.array([r]) for r in (1.4, 1.1, 0.7)]
    parts = changes_by_factor(factors, base)
    assert sum(parts)[0] == pytest.approx(10 * (1.4 * 1.1 * 0.7 - 1))
    turned = changes_by_factor(factors[::-1], base)
    assert [p[0] for p in turned[::-1]] == pytest.approx([p[0] for p in parts])
    assert changes_by_factor([np.ones(1)] * 3, base)[0][0] == 0


def test_counts_that_jump_are_over_dispersed() -> None:
    rng = np.random.default_rng(3)
    assert dispersion(np.array([5, 5, 5, 5])) == 1
    assert dispersion(np.array([], dtype=int)) == 1
    assert dispersion(rng.negative_binomial(2, 0.1, 400)) > 5


SCENARIO = {
    "scenario": "as now",
    "bed_purpose": "intermediate care",
    "length_of_stay_factor": 1.0,
    "delay_days_kept_share": 1.0,
    "home_first_share": 0.0,
    "rule_set": "base",
    "home_care_component": "Home support or domiciliary care",
    "yearly_need_growth_share": 0.0,
    "chance_of_no_bed_share": 0.05,
    "when_full": WAITS,
}
TRUE_RATES = np.array([0.004, 0.012, 0.05])
PEOPLE = np.array([[9000.0, 5000.0, 2500.0], [9500.0, 6500.0, 4200.0]])


def projected(seed: int, *scenarios: dict[str, object]) -> list[dict[str, object]]:
    """A projection from three years of admissions drawn with known rates."""
    rng = np.random.default_rng(seed)
    admitted = rng.poisson(TRUE_RATES * PEOPLE[0] * 3)
    stays = int(admitted.sum())
    nights = np.maximum(rng.lognormal(3.1, 0.7, stays), 1).astype(int)
    need = {
        "bed_purpose": ["intermediate care"] * 3,
        "cell": ["65", "75", "85"],
        "admissions": admitted.astype(float),
        "person_years": PEOPLE[0] * 3,
    }
    ended = {
        "bed_purpose": ["intermediate care"] * stays,
        "nights": nights,
        "delay_nights": nights // 4,
        "weekday": rng.integers(0, 7, stays),
        "month": rng.integers(0, 36, stays),
    }
    people = {
        "year": [2025] * 3 + [2043] * 3,
        "cell": ["65", "75", "85"] * 2,
        "population": PEOPLE.ravel(),
    }
    home = {
        "rule_set": ["base"],
        "bed_purpose": ["intermediate care"],
        "home_share": [0.4],
        "home_share_error": [0.02],
        "home_care_hours_per_week": [10.0],
    }
    return project_beds(
        *(pa.table(t) for t in (need, ended, people, home)),
        pa.Table.from_pylist([SCENARIO | s for s in scenarios]),
        draws=200,
    ).to_pylist()


def test_projected_beds_cover_what_the_future_needs() -> None:
    rng = np.random.default_rng(0)
    nights = np.maximum(rng.lognormal(3.1, 0.7, 20_000), 1).astype(int)
    a_day = (PEOPLE @ TRUE_RATES) / 365.25
    true = beds_that_suffice(rng, [Ward(a, nights, LEVEL, True) for a in a_day], 0.05)
    covered = np.zeros(len(true))
    for seed in range(20):
        for n, row in enumerate(projected(seed, {})):
            covered[n] += (
                row["beds_needed_lower_95"] <= true[n] <= row["beds_needed_upper_95"]
            )
    # Binomial law: fewer than 15 of 20 in either year is 1 in 1,500 for 95 % intervals.
    assert (covered >= 15).all()


def test_a_city_without_an_ended_stay_has_a_table_without_rows() -> None:
    def table(*columns: str) -> pa.Table:
        return pa.table({column: pa.array([], pa.string()) for column in columns})

    projection = project_beds(
        table("bed_purpose", "cell", "admissions", "person_years"),
        table("bed_purpose", "nights", "delay_nights", "weekday", "month"),
        table("year", "cell", "population"),
        table("rule_set", "bed_purpose", "home_share", "home_share_error"),
        table("scenario", "bed_purpose"),
    )
    assert projection.num_rows == 0
    assert {"year", "scenario", "beds_needed_median"} <= set(projection.column_names)


def test_scenarios_do_what_they_say() -> None:
    rows = projected(
        1,
        {},
        {"scenario": "no delays", "delay_days_kept_share": 0.0},
        {"scenario": "home", "home_first_share": 0.5},
        {"scenario": "short", "length_of_stay_factor": 0.9},
        {"scenario": "safe", "chance_of_no_bed_share": 0.02},
        {"scenario": "unknown", "home_first_share": 0.5, "rule_set": "nobody judged"},
    )
    now, none, home, short, safe = (
        next(r for r in rows if r["scenario"] == s and r["year"] == 2043)
        for s in ("as now", "no delays", "home", "short", "safe")
    )
    assert {r["scenario"] for r in rows} == {
        "as now",
        "no delays",
        "home",
        "short",
        "safe",
    }
    assert short["occupied_beds"] == pytest.approx(0.9 * now["occupied_beds"])
    assert short["home_care_hours_per_week_median"] == 0
    assert home["occupied_beds"] == pytest.approx(0.8 * now["occupied_beds"], rel=0.03)
    # Beds given up are people at home, with ten hours each.
    assert home["home_care_hours_per_week_median"] == pytest.approx(
        10 * (now["occupied_beds"] - home["occupied_beds"]), rel=0.1
    )
    assert none["beds_needed_median"] < now["beds_needed_median"]
    assert safe["beds_needed_median"] > now["beds_needed_median"]
    assert now["change_by_ageing_beds"] > 0
    assert now["change_by_need_beds"] == now["change_by_setting_beds"] == 0
    assert projected(1, {}) == projected(1, {})


def test_the_planted_settings_and_beds_are_found(
    tables: duckdb.DuckDBPyConnection, city: Path, tmp_path: Path
) -> None:
    # Two thousand people are few: the study shows it for a hundred thousand.
    path = str(tmp_path / "hub.duckdb")
    tables.execute(f"attach '{path}' as copied (storage_version 'latest')")
    for relation in (
        "whole_system.fct_right_setting_share",
        "intermediate.int_community_beds__demand",
    ):
        schema = relation.split(".")[0]
        tables.execute(f"create schema if not exists copied.{schema}")
        tables.execute(f"create table copied.{relation} as from hub.{relation}")
    tables.execute("detach copied")
    truth = city / "truth"
    outcome = compare(
        tmp_path,
        f"'{truth / 'right_setting.parquet'}'",
        f"'{truth / 'community_bed_future.csv'}'",
    )
    assert abs(outcome.points_off["hospital"]) < 8
    assert abs(outcome.points_off["all"]) < 8
    # One or two beds of a purpose: a single admission moves them.
    assert np.mean(outcome.within_95) >= 0.5
    report([outcome])


def test_the_census_and_the_stays_tell_one_story(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    # Little's law in its usual form: beds in use are people a day times their nights.
    used, a_day, nights = tables.sql(
        """
        select
            (
                select sum(occupied_beds_count) / count(distinct day_date)
                from hub.whole_system.fct_community_bed_day
                where ward_code = 'all'
            ),
            count(*) / date_diff('day', date '2020-04-01', date '2025-04-01'),
            avg(coalesce(length_of_stay_days, 30))
        from hub.person.fct_community_bed_stay
        """
    ).fetchone() or (0, 0, 0)
    assert used == pytest.approx(a_day * nights, rel=0.1)
