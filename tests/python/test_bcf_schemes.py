"""Schemes of the Better Care Fund: questions, answers and what was planted."""

import csv
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from conftest import Hub

from intelligence.better_care_fund import verdict
from intelligence.better_care_fund.change import Found
from intelligence.better_care_fund.estimate import (
    ChangeSinceStart,
    Delivered,
    TargetPopulation,
    Unknown,
    YearBeforeEnrolment,
    YearBeforeStart,
)
from intelligence.better_care_fund.metrics import with_limits
from intelligence.better_care_fund.questions import QUESTIONS, appraise
from intelligence.better_care_fund.schemes import NOT_KNOWN, Number, Scheme
from intelligence.statistics.appraisal import Change
from studies.bcf_schemes import CODES, Facts, draw_facts, judge, tally
from synthetic_city import settings
from synthetic_city.city.geography import draw_geography
from synthetic_city.city.homes import draw_homes
from synthetic_city.city.names import Names
from synthetic_city.city.people import draw_people
from synthetic_city.city.schemes import DOES_NOTHING, ENROLS, PEAK, WORKS, draw_schemes
from synthetic_city.city.wards import draw_multipliers
from synthetic_city.draw import day, part


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


def test_a_scheme_inside_another_cannot_be_judged_and_counts_twice(
    facts: Facts,
) -> None:
    given = answers(facts)
    change = given["BCF-04", "change_since_start"]
    assert change["finding"] == "cannot tell"
    assert change["data_needed"] == "wards or people that only this scheme reaches"
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
        (
            {"wards": frozenset()},
            "wards that no scheme for people of these ages reaches",
        ),
        ({"start": date(2021, 4, 1)}, "two full years of data before the start"),
        ({"start": date(2024, 7, 1)}, "six months of data after the ramp-up"),
        ({"start": date(2026, 4, 1)}, "six months of data after the ramp-up"),
        ({"start": date(2019, 4, 1)}, "two full years of data before the start"),
        (
            {"wards": frozenset({"nowhere"})},
            "wards or people that only this scheme reaches",
        ),
    ],
)
def test_what_the_data_cannot_answer_is_named(
    facts: Facts, change: dict[str, object], needed: str
) -> None:
    scheme = Scheme(**vars(facts.schemes[0]) | change)
    given = answers(facts, [scheme])
    found = given["BCF-01", "change_since_start"]
    assert found["finding"] == "cannot tell"
    assert found["data_needed"].startswith(needed)
    assert len(given) == len(QUESTIONS)


def test_no_sentence_shows_a_number_that_is_missing(facts: Facts) -> None:
    for row in answers(facts).values():
        assert not re.search(r"\b(nan|None)\b", row["sentence"])


def change(lower: float, upper: float, problem: str | None = None) -> ChangeSinceStart:
    """A change since the start with this interval; the scheme claims a fall by 0.2."""
    middle = (lower + upper) / 2
    return ChangeSinceStart(
        method="",
        unit="",
        number=Number(middle, lower, upper),
        claimed=-0.2,
        found=Found(Change(middle, lower, upper, 0.5), "", problem),
    )


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (change(-0.3, -0.1), "yes"),
        (change(-0.1, 0.1), "no"),
        (change(-0.3, 0.1), "cannot tell"),
        # Rules the claim out, but the comparators cannot be relied on.
        (change(-0.1, 0.1, "other comparators"), "cannot tell"),
        (change(-0.3, -0.1, "other comparators"), "cannot tell"),
    ],
)
def test_a_change_works_or_rules_the_claim_out(
    found: ChangeSinceStart, finding: str
) -> None:
    assert verdict.change_since_start(found) == finding


@pytest.mark.parametrize(
    ("number", "change", "finding"),
    [
        (Number(120, 80, 160), change(-0.3, -0.1), "yes"),
        (Number(60, 30, 90), change(-0.3, -0.1), "no"),
        (Number(60, 30, 110), change(-0.3, -0.1), "cannot tell"),
        # As much as claimed, and yet it may be chance.
        (Number(120, -20, 260), change(-0.3, 0.1), "cannot tell"),
        (NOT_KNOWN, Unknown(method="", unit="", needed="more events"), "cannot tell"),
    ],
)
def test_what_is_claimed_is_delivered_only_if_there_is_an_effect(
    number: Number, change: ChangeSinceStart | Unknown, finding: str
) -> None:
    found = Delivered(
        method="",
        unit="",
        number=number,
        claimed=100.0,
        change=change,
        by_year_end=False,
    )
    assert verdict.delivered(found) == finding


@pytest.mark.parametrize(("counted", "finding"), [(920.0, "yes"), (900.0, "no")])
def test_a_tenth_more_people_than_counted_is_a_matter_of_rounding(
    counted: float, finding: str
) -> None:
    number = Number(counted, counted, counted)
    found = TargetPopulation(method="", unit="", number=number, claimed=1000.0)
    assert verdict.target_population(found) == finding


@pytest.mark.parametrize(
    ("interval", "of_wards", "of_people"),
    [
        ((0.1, 0.4), "no", "yes"),
        ((-0.4, -0.1), "yes", "no"),
        ((-0.2, 0.2), "yes", "yes"),
    ],
)
def test_a_start_at_a_peak_counts_against_a_scheme(
    interval: tuple[float, float], of_wards: str, of_people: str
) -> None:
    # A year above earlier ones is a peak, and so are events that fall without a scheme.
    number = Number(sum(interval) / 2, *interval)
    wards = YearBeforeStart(method="", unit="", number=number, plain_change=0.0)
    people = YearBeforeEnrolment(method="", unit="", number=number, plain_change=0.0)
    assert verdict.year_before_start(wards) == of_wards
    assert verdict.year_before_start(people) == of_people


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


def test_nothing_is_known_of_chance_where_nothing_varies() -> None:
    # No delay, and delays of one length only, say nothing about chance. Events and
    # shares keep their limits at zero: 3.689 (Garwood 1936) and 2.775 of 10 (Wilson).
    rows = [
        ("days_rate", 0, 0, 100_000, None, None),
        ("days_rate", 100, 400, 100_000, 60.80072, 139.19928),
        ("mean", 4, 8, 2, None, None),
        ("mean", 6, 36, 1, None, None),
        ("mean", 100, 199, 100, 80.40036, 119.59964),
        ("rate", 0, 0, 100_000, 0.0, 3.68888),
        ("share", 0, 0, 10, 0.0, 2.775328),
        ("share", 0, 0, 0, None, None),
        ("share", None, None, None, None, None),
    ]
    names = ("value_kind", "amount", "squared_amount", "base")
    columns = dict(
        zip(names, zip(*(row[:4] for row in rows), strict=True), strict=True)
    )
    found = with_limits(pa.table(columns))
    for side, expected in (("lower", 4), ("upper", 5)):
        limits = found[f"amount_{side}"].to_pylist()
        for limit, row in zip(limits, rows, strict=True):
            assert limit == pytest.approx(row[expected], abs=1e-5), row


def test_a_metric_without_a_value_says_why(tables: duckdb.DuckDBPyConnection) -> None:
    silent, unexplained, too_much = tables.sql(
        "select count(*) filter (metric_value is null), "
        "count(*) filter ((metric_value is null) <> (no_value_reason is not null)), "
        "count(*) filter (metric_code = 'patient_experience' and is_calculable) "
        "from hub.whole_system.fct_bcf_metric"
    ).fetchone() or (0, 0, 0)
    assert silent > 0
    assert unexplained == too_much == 0


def test_a_year_without_a_metric_set_stops_the_build(
    hub: Hub, make_hub: Callable[..., Hub]
) -> None:
    asked = make_hub(Path(hub.settings["HUB_FEEDS"]))
    # A copy: other tests hold the built city open.
    shutil.copytree(hub.folder / "build", asked.folder / "build")
    asked.variables["bcf_metric_sets"] = ["2025/26", "2026/27"]
    result = asked.dbt(
        "build", "--select", "bcf_metrics", "int_better_care_fund__metric_periods"
    )
    assert result.returncode != 0
    assert "FAIL 1 assert_metric_sets_are_defined" in result.stdout
    assert "SKIP relation" in result.stdout
