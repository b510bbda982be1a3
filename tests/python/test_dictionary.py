"""The data dictionary is that of today's tables, which keep what a version promised."""

import csv
import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import REPOSITORY

from publish.dictionary import (
    DICTIONARY,
    NOT_EXPECTED,
    Column,
    DictionaryError,
    broken,
    contract,
    dictionary,
    main,
    released,
    unit,
    when_null,
)

DOCS = REPOSITORY / "docs"
VERSION = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text())["version"]


@pytest.fixture(scope="module")
def today(parsed: Path) -> list[Column]:
    """The columns of the public tables as YAML has them now."""
    return dictionary(json.loads((parsed.parent / "manifest.json").read_text()))


def written() -> list[Column]:
    """The columns of the dictionary that is in the repository."""
    with (DOCS / DICTIONARY).open(encoding="utf-8", newline="") as lines:
        return [Column(**row) for row in csv.DictReader(lines)]


def entry(version: str) -> str:
    """What the changelog says of a version; empty when it has no entry."""
    text = (DOCS / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(version)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1] if found else ""


def column(
    name: str, kind: str, text: str = "", *, null: bool = True
) -> dict[str, Any]:
    """A column as dbt's manifest has it."""
    return {
        "name": name,
        "data_type": kind,
        "description": text,
        "constraints": [] if null else [{"type": "not_null"}],
    }


def test_the_data_dictionary_is_that_of_the_tables(today: list[Column]) -> None:
    stale = {(one.table, one.column) for one in set(today) ^ set(written())}
    assert sorted(stale) == [], "run make dictionary and commit what it writes"


def test_no_table_breaks_the_contract_of_the_last_version(today: list[Column]) -> None:
    steps = [*released(DOCS).items(), (VERSION, contract(today))]
    for (version, before), (later, after) in pairwise(steps):
        if gone := broken(before, after):
            assert int(later.split(".")[0]) > int(version.split(".")[0]), (
                f"{gone}: give it back, or raise the first number of the version"
            )
            names = {change.split(".")[1] for change in gone}
            assert {name for name in names if name not in entry(later)} == set(), (
                "say in docs/CHANGELOG.md what to use instead"
            )


def test_the_version_is_told() -> None:
    package = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    assert package["project"]["version"] == VERSION
    assert VERSION in released(DOCS), "run make dictionary"
    assert entry(VERSION), "say in docs/CHANGELOG.md what the version changes"


def test_what_is_null_says_when(
    today: list[Column], tables: duckdb.DuckDBPyConnection
) -> None:
    zones = dict(
        tables.sql(
            "select table_schema || '.' || table_name, table_catalog "
            "from information_schema.tables"
        ).fetchall()
    )
    silent: dict[str, list[str]] = {}
    for one in today:
        if one.when_null == NOT_EXPECTED:
            silent.setdefault(one.table, []).append(one.column)
    found = []
    for table, names in silent.items():
        counts = ", ".join(f"count(*) - count({name})" for name in names)
        (row,) = tables.sql(f"select {counts} from {zones[table]}.{table}").fetchall()
        found += [
            f"{table}.{name}" for name, count in zip(names, row, strict=True) if count
        ]
    assert found == [], "say in its description when it is null"


def test_a_contract_is_broken_by_what_goes_or_changes_type() -> None:
    before = {("a.t", "kept"): "date", ("a.t", "cast"): "date", ("a.u", "gone"): "date"}
    after = {
        ("a.t", "kept"): "date",
        ("a.t", "cast"): "varchar",
        ("a.t", "new"): "date",
    }
    assert broken(before, after) == [
        "a.t.cast was date and is varchar",
        "a.u.gone is gone",
    ]
    assert broken(before, before | after | before) == []


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("death_count", "bigint", "count"),
        ("days_per_event", "double", "days per event"),
        ("rate_per_1000", "double", "per 1,000"),
        ("beds_needed_lower_95", "double", "beds"),
        ("share_upper", "double", "share (0 to 1)"),
        ("cost_gbp", "double", "pounds"),
        ("ward_code", "varchar", ""),
        ("is_linked", "boolean", ""),
    ],
)
def test_a_name_tells_the_unit(name: str, kind: str, expected: str) -> None:
    assert unit("t", column(name, kind)) == expected


def test_a_number_without_a_unit_is_refused() -> None:
    with pytest.raises(DictionaryError, match=r"t\.thing is a number"):
        unit("t", column("thing", "double"))


def test_when_a_column_is_null() -> None:
    reason = column("null_reason", "varchar", "Why. Null when there is a ratio.")
    ratio, lower = (
        column("ratio", "double", "A."),
        column("ratio_lower", "double", "B."),
    )
    beside = {"columns": {"null_reason": reason, "ratio": ratio}, "description": "One."}
    alone = {"columns": {"ratio": ratio}, "description": "One row. Null means no file."}
    name, key = column("name", "varchar"), column("id", "varchar", null=False)
    assert when_null(reason, beside) == "Null when there is a ratio."
    assert when_null(ratio, beside) == "null_reason says why."
    assert when_null(ratio, alone) == "Null means no file."
    assert when_null(lower, alone) == "When ratio is null or has no interval."
    assert when_null(name, alone) == NOT_EXPECTED
    assert when_null(key, alone) == "never"


def test_a_version_is_written_once(tmp_path: Path) -> None:
    def write(*names: str, version: str) -> None:
        table = {
            **{"resource_type": "model", "access": "public", "schema": "a"},
            **{"name": "t", "description": "One row is one day."},
            "columns": {name: column(name, "date") for name in names},
        }
        (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {"t": table}}))
        project = tmp_path / "project.yml"
        project.write_text(f"version: '{version}'")
        main(tmp_path, tmp_path, project)

    write("one", version="1.9.0")
    write("one", "two", version="1.9.0")
    write("two", version="1.10.0")
    assert released(tmp_path) == {
        "1.9.0": {("a.t", "one"): "date"},
        "1.10.0": {("a.t", "two"): "date"},
    }
    assert list(released(tmp_path)) == ["1.9.0", "1.10.0"]
