"""Schemes of the Better Care Fund: what is asked of them, answered and planted."""

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
from conftest import Hub

from intelligence.rates import poisson_limits, wilson_limits
from intelligence.scheme_questions import QUESTIONS, appraise
from intelligence.schemes import Scheme
from studies.bcf_schemes import CODES, Facts, draw_facts, judge, tally
from synthetic_city import settings
from synthetic_city.draw import day, part
from synthetic_city.geography import draw_geography
from synthetic_city.homes import draw_homes
from synthetic_city.names import Names
from synthetic_city.people import draw_people
from synthetic_city.schemes import DOES_NOTHING, ENROLS, PEAK, WORKS, draw_schemes
from synthetic_city.wards import draw_multipliers


@pytest.fixture(scope="module")
def facts() -> Facts:
    return draw_facts(seed=1, people=100_000)


def answers(
    facts: Facts, schemes: list[Scheme] | None = None
) -> dict[tuple[str, str], dict]:
    table = appraise(
        facts.schemes if schemes is None else schemes,
        facts.panel,
        facts.strata,
        {"emergency_admission": 4000.0},
        facts.as_of,
    )
    return {(row["scheme_id"], row["appraisal_test"]): row for row in table.to_pylist()}


def test_what_is_planted_is_found_in_most_cities() -> None:
    # studies/bcf_schemes.py shows it over more cities.
    found = tally([judge(draw_facts(seed, 100_000)) for seed in range(20)])
    assert found[CODES[WORKS]].covered >= 0.9
    assert found[CODES[WORKS]].effective >= 0.9
    assert found[CODES[DOES_NOTHING]].effective <= 0.05
    assert found[CODES[PEAK]].effective <= 0.1
    assert found[CODES[ENROLS]].effective <= 0.1
    # A plain before and after would praise both that began after a bad year.
    assert found[CODES[PEAK]].plain_effective >= 0.5
    assert found[CODES[ENROLS]].plain_effective >= 0.9


def test_every_scheme_is_asked_every_question(facts: Facts) -> None:
    given = answers(facts)
    assert set(given) == {
        (scheme.scheme_id, test) for scheme in facts.schemes for test in QUESTIONS
    }
    for row in given.values():
        assert (row["finding"] == "cannot tell") == (row["data_needed"] is not None)
        assert row["finding"] == "cannot tell" or row["value"] is not None
        if row["value_lower"] is not None:
            assert row["value_lower"] <= row["value"] <= row["value_upper"]


def test_a_scheme_inside_another_cannot_be_told_and_counts_twice(facts: Facts) -> None:
    given = answers(facts)
    change = given["BCF-04", "change_since_start"]
    assert change["finding"] == "cannot tell"
    assert change["data_needed"] == "wards or people with this scheme and no other"
    overlap = given["BCF-04", "overlap"]
    assert overlap["finding"] == "no"
    assert "100% of the events" in overlap["sentence"]
    # Of r and s for the same people, r s is counted twice, parted by what each claims.
    claims = 0.25, 0.30
    part_of_claim = claims[1] * claims[0] / sum(claims)
    assert overlap["value"] / overlap["claimed_value"] == pytest.approx(part_of_claim)
    assert given["BCF-02", "overlap"]["finding"] == "yes"


def test_claims_beyond_people_and_events_are_named(facts: Facts) -> None:
    first = facts.schemes[0]
    inflated = Scheme(
        **vars(first) | {"claimed_people": 50_000, "claimed_prevented": 5_000.0}
    )
    given = answers(facts, [inflated])
    for test in ("target_population", "addressable_events", "what_it_would_take"):
        assert given["BCF-01", test]["finding"] == "no"
    people = given["BCF-01", "target_population"]["value"]
    assert people == pytest.approx(
        facts.panel.people_days[np.isin(facts.panel.wards, list(first.wards)), 0][
            :, facts.panel.age_from >= 65
        ].sum()
        / 30
    )


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({"wards": frozenset()}, "a part of the city without any such scheme"),
        ({"start": date(2021, 4, 1)}, "two whole years of facts before the start"),
        ({"start": date(2024, 7, 1)}, "six months of facts after the ramp"),
        ({"start": date(2026, 4, 1)}, "six months of facts after the ramp"),
        ({"start": date(2019, 4, 1)}, "two whole years of facts before the start"),
        ({"wards": frozenset({"nowhere"})}, "wards or people with this scheme"),
    ],
)
def test_what_the_data_do_not_allow_is_said(
    facts: Facts, change: dict[str, object], needed: str
) -> None:
    scheme = Scheme(**vars(facts.schemes[0]) | change)
    given = answers(facts, [scheme])
    found = given["BCF-01", "change_since_start"]
    assert found["finding"] == "cannot tell"
    assert found["data_needed"].startswith(needed)
    assert len(given) == len(QUESTIONS)


def test_the_same_facts_give_the_same_answers(facts: Facts) -> None:
    backwards = facts._replace(schemes=facts.schemes[::-1])
    assert answers(facts) == answers(backwards)


def test_the_scheme_that_works_prevents_what_is_planted(tmp_path: Path) -> None:
    city = settings.City(3000, day("2020-04-01"), day("2025-03-31"), 1, False, tmp_path)
    geo = draw_geography(part(city.seed, "geography"), city.people)
    wards = draw_multipliers(city, geo)
    people = draw_people(city, geo, Names.invented(), wards)
    _, residence = draw_homes(city, geo, people)
    schemes = draw_schemes(city, geo)
    works = schemes.scheme[WORKS]
    person = np.flatnonzero(people.person["household"] >= 0)
    days = np.arange(city.first_day, city.last_day + 1, 25)
    drawn = {
        "person": np.repeat(person, len(days)),
        "start": np.tile(days, len(person)),
        "kind": np.zeros(len(person) * len(days), dtype=np.int64),
    }
    nothing = {name: column[:0] for name, column in drawn.items()}
    left = schemes.without_prevented(city, people, residence, drawn, nothing)

    def counts(stay: dict[str, np.ndarray]) -> tuple[int, int]:
        age = (stay["start"] - people.person["birth"][stay["person"]]) / 365.25
        ward = schemes.ward_at(residence, stay["person"], stay["start"])
        target = np.isin(ward, works.wards) & (age >= works.age_from)
        full = target & (stay["start"] >= works.start + 184)
        return int(full.sum()), int((~target | (stay["start"] < works.start)).sum())

    (due, elsewhere), (happened, still_elsewhere) = counts(drawn), counts(left)
    assert happened / due == pytest.approx(1 - works.true_effect, abs=0.02)
    assert still_elsewhere == elsewhere


def test_schemes_pass_from_the_feed_to_the_board(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    with (city / "truth" / "scheme.csv").open() as file:
        planted = {row["scheme_id"]: row for row in csv.DictReader(file)}
    rows = tables.sql(
        "select scheme_id, count(*), min(scheme_start_date), "
        "max(claimed_value) filter (appraisal_test = 'neighbourhood_spread') "
        "from hub.whole_system.fct_bcf_scheme_appraisal group by scheme_id"
    ).fetchall()
    assert {row[0] for row in rows} == set(planted)
    for scheme_id, count, start, claimed in rows:
        assert count == len(QUESTIONS)
        assert start.isoformat() == planted[scheme_id]["start_date"]
        if claimed is not None:
            assert claimed == pytest.approx(
                float(planted[scheme_id]["claimed_effect_share"])
            )


def test_limits_of_metrics_are_those_of_the_library(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    columns = tables.sql(
        "select value_kind, amount, base, metric_value, metric_value_lower, "
        "metric_value_upper from hub.whole_system.fct_bcf_metric "
        "where is_calculable and value_kind in ('rate', 'share') and amount > 0"
    ).fetchnumpy()
    rate = columns["value_kind"] == "rate"
    assert 0 < rate.sum() < len(rate)
    amount, base = columns["amount"].astype(float), columns["base"].astype(float)
    scale = columns["metric_value"] / amount
    for side in ("lower", "upper"):
        limits = np.where(
            rate,
            getattr(poisson_limits(amount), side),
            base * getattr(wilson_limits(np.minimum(amount, base), base), side),
        )
        np.testing.assert_allclose(
            columns[f"metric_value_{side}"], limits * scale, rtol=2e-3
        )


def test_what_a_metric_lacks_is_said(tables: duckdb.DuckDBPyConnection) -> None:
    silent, unexplained, too_much = tables.sql(
        "select count(*) filter (metric_value is null), "
        "count(*) filter ((metric_value is null) <> (no_value_reason is not null)), "
        "count(*) filter (metric_code = 'patient_experience' and is_calculable) "
        "from hub.whole_system.fct_bcf_metric"
    ).fetchone() or (0, 0, 0)
    assert silent > 0
    assert unexplained == too_much == 0


def test_a_year_without_a_metric_set_is_refused(
    hub: Hub, make_hub: Callable[..., Hub]
) -> None:
    asked = make_hub(Path(hub.settings["HUB_FEEDS"]))
    # A copy: other tests hold the built city open.
    shutil.copytree(hub.folder / "build", asked.folder / "build")
    asked.variables["bcf_metric_sets"] = ["2026/27"]
    result = asked.dbt("compile", "--select", "fct_bcf_metric")
    assert result.returncode != 0
    assert (
        "There is no Better Care Fund metric set of the year '2026/27', only of "
        "2015/16 and 2025/26." in result.stdout
    )
