"""Metrics say what the indicators say, and need neither the vault nor a key."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import KEYS, REPOSITORY, Hub

YEAR = ("2024-04-01", "2025-03-01")
Ask = Callable[..., list[dict[str, str]]]


@pytest.fixture(scope="module")
def semantics(parsed: Path) -> dict[str, Any]:
    """What dbt knows of the project: metrics, saved queries, semantic models."""
    return json.loads((parsed.parent / "manifest.json").read_text())


@pytest.fixture(scope="module")
def ask(hub: Hub, parsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """A function that answers a question from the hub as it is published."""
    folder = tmp_path_factory.mktemp("metrics")
    # A copy: other tests hold the built city open.
    shutil.copy(hub.folder / "build" / "hub.duckdb", folder)
    project = Hub(folder).project
    (project / "target").mkdir()
    shutil.copy(parsed.parent / "semantic_manifest.json", project / "target")

    def ask(*arguments: str) -> list[dict[str, str]]:
        answer = folder / "answer.csv"
        answer.unlink(missing_ok=True)
        published = {"LIVE": str(folder), "DBT_TARGET": "published"}
        result = subprocess.run(
            [
                sys.executable,
                "-m",
                "publish.metrics",
                "query",
                "--csv",
                answer,
                *list(arguments),
            ],
            cwd=project,
            env={key: text for key, text in os.environ.items() if key not in KEYS}
            | published
            | {"PYTHONPATH": str(REPOSITORY), "DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        with answer.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    return ask


def number(text: str) -> float:
    """A number of an answer; nothing counted is 0."""
    return float(text or 0)


@pytest.mark.parametrize(
    ("entity", "group", "geography"),
    [
        ("resident", "area__ward", "ward"),
        ("registered", "general_practice", "general_practice"),
    ],
    ids=["residents", "registered patients"],
)
@pytest.mark.parametrize("older", [False, True], ids=["all ages", "65 and over"])
def test_a_metric_is_the_numerator_and_denominator_of_its_indicator(
    ask: Ask,
    semantics: dict[str, Any],
    hub: Hub,
    entity: str,
    group: str,
    geography: str,
    older: bool,
) -> None:
    metrics = {
        metric["name"]: metric["config"]["meta"]
        for metric in semantics["metrics"].values()
        if "indicator" in metric["config"]["meta"]
        and metric["config"]["meta"]["indicator"].endswith("_65_plus") == older
        and metric["name"].startswith("registered_") == (entity == "registered")
    }
    below = {meta.get("denominator", "person_years") for meta in metrics.values()}
    answer = ask(
        *(
            "--metrics",
            ",".join([*metrics, *sorted(below)]),
            "--group-by",
            group,
        ),
        *("--start-time", YEAR[0], "--end-time", YEAR[1]),
        *(
            ["--where", f"{{{{ Dimension('{entity}__age_group') }}}} = '65 and over'"]
            * older
        ),
    )
    by_area = {row[group]: row for row in answer}
    assert len(by_area) > 30
    for metric, meta in metrics.items():
        rows = hub.rows(
            "select neighbourhood_id, observed + coalesce(unplaced, 0), denominator "
            "from neighbourhood.fct_neighbourhood_indicator "
            f"where indicator_id = '{meta['indicator']}' "
            f"and geography_type = '{geography}' and period_start_date = '{YEAR[0]}'"
        )
        told = {area: (above, under) for area, above, under in rows}
        denominator = meta.get("denominator", "person_years")
        found = {
            area: (number(row[metric]), number(row[denominator]))
            for area, row in by_area.items()
        }
        assert set(found) == set(told)
        for area, pair in told.items():
            assert found[area] == pytest.approx(pair), (metric, area)


@pytest.mark.parametrize(
    ("years", "group"),
    [
        ("person_years", "resident__sex"),
        ("registered_person_years", "registered__sex"),
    ],
)
def test_a_rate_is_its_events_per_1000_person_years(
    ask: Ask, semantics: dict[str, Any], years: str, group: str
) -> None:
    rates = {
        metric["name"]: metric["type_params"]["metrics"][0]["name"]
        for metric in semantics["metrics"].values()
        if metric["type"] == "derived"
        and metric["type_params"]["metrics"][1]["name"] == years
    }
    assert len(rates) > 10
    asked = ",".join([*rates, *rates.values(), years])
    for row in ask("--metrics", asked, "--group-by", group):
        below = number(row[years])
        for rate, events in rates.items():
            if below:
                expected = 1000 * number(row[events]) / below
                assert number(row[rate]) == pytest.approx(expected), rate


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            "emergency_admissions_by_ward_and_year",
            {
                "area__ward__name",
                "resident__financial_year",
                "emergency_admission_rate",
            },
        ),
        (
            "emergency_admissions_by_practice_and_year",
            {"general_practice__name", "registered_emergency_admission_rate"},
        ),
        (
            "emergency_attendances_by_age_and_deprivation",
            {"resident__age_group", "area__deprivation_fifth"},
        ),
        ("people_admitted_by_segment", {"person__segment", "people_admitted_rate"}),
        ("deaths_by_month", {"metric_time__month", "death_rate"}),
    ],
)
def test_a_saved_query_answers(ask: Ask, name: str, columns: set[str]) -> None:
    rows = ask("--saved-query", name)
    assert len(rows) > 3
    assert columns <= set(rows[0])


def test_every_saved_query_is_tried(semantics: dict[str, Any]) -> None:
    (mark,) = (
        mark
        for mark in test_a_saved_query_answers.pytestmark
        if mark.name == "parametrize"
    )
    tried = {name for name, _ in mark.args[1]}
    assert tried == {one["name"] for one in semantics["saved_queries"].values()}


def test_a_metric_of_areas_counts_one_size_of_them(semantics: dict[str, Any]) -> None:
    """fct_neighbourhood_month has every area at every size."""
    cells = {
        measure["name"]
        for model in semantics["semantic_models"].values()
        if model["name"] in {"neighbourhood_month", "registered_month"}
        for measure in model["measures"]
    }
    assert [
        metric["name"]
        for metric in semantics["metrics"].values()
        if metric["type"] == "simple"
        and metric["type_params"]["measure"]["name"] in cells
        and "geography_type" not in str(metric["filter"])
    ] == []
