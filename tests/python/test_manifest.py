"""What must hold of the project as dbt knows it: every node described, every test real.

The manifest is that of the built city; dbt-bouncer's rules stand in dbt-bouncer.yml.
"""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import REPOSITORY

PROJECT = "leeds_intelligence_hub"
# Words that say nothing of their own.
FILLERS = (
    "a an and are as at by code column count date day every field flag for from "
    "identifier in is it its macro model name number of on one or row source table "
    "test text that the this to value whether which with"
)
# What dbt sets when nothing disarms a test.
ARMED = {
    "enabled": True,
    "error_if": "!= 0",
    "fail_calc": "count(*)",
    "limit": None,
    "warn_if": "!= 0",
    "where": None,
}
# Tests that let the build pass; the description of each says why.
WARNINGS = {
    "assert_diagnoses_have_an_episode",
    "assert_every_delay_list_has_a_side",
    "assert_no_feed_fell_silent",
    "assert_no_file_is_far_smaller_than_usual",
    "assert_nothing_is_later_than_the_as_of_date",
    "assert_no_file_was_refused",
}
# A value of each type that no delivered row has.
STRANGE = {
    "BIGINT": "-1",
    "BOOLEAN": "null",
    "DATE": "date '1900-01-01'",
    "DOUBLE": "-1",
    "INTEGER": "-1",
    "TIMESTAMP": "timestamp '1900-01-01'",
    "VARCHAR": "'strange'",
}


def data_tests(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        node for node in manifest["nodes"].values() if node["resource_type"] == "test"
    ]


def descriptions(manifest: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield id, name and description of everything the docs show of the project."""
    macros = {
        macro["unique_id"]: macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == PROJECT
    }
    for kind in ("nodes", "sources", "exposures", "unit_tests", "groups"):
        for node in manifest[kind].values():
            if node["resource_type"] == "operation":
                continue
            text = node["description"] or ""
            if not text and node.get("test_metadata"):
                # The instances of a test of our own all say what it says.
                generic = f"macro.{PROJECT}.test_{node['test_metadata']['name']}"
                text = macros.get(generic, {}).get("description", "")
            yield node["unique_id"], node["name"], text
            for column in node.get("columns", {}).values():
                yield node["unique_id"], column["name"], column["description"]
            if kind == "sources":
                yield (
                    node["unique_id"],
                    node["source_name"],
                    node["source_description"],
                )
    for macro in macros.values():
        yield macro["unique_id"], macro["name"], macro["description"]
        for argument in macro["arguments"]:
            yield macro["unique_id"], argument["name"], argument["description"]


def words(text: str) -> set[str]:
    """The words of a name or a sentence, without case, plural and possessive."""
    parted = re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text).lower()
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", parted)} - {""}


def says_more(name: str, text: str) -> bool:
    """Whether a description has a word that the name does not say already."""
    return bool(words(text) - words(name) - words(FILLERS))


def test_a_description_says_more_than_the_name() -> None:
    assert says_more("ward_code", "Electoral ward of 2024 (ONS code).")
    assert not says_more("NHSNumber", "The NHS number.")
    assert not says_more("ward_name", "Name of the ward.")
    assert not says_more("ward_name", "The ward's name.")
    assert not says_more("ward_name", "Text column with the value of the ward name.")
    assert not says_more("ward_name", "")


def test_everything_has_a_description_that_says_more_than_its_name(
    manifest: dict[str, Any],
) -> None:
    found = list(descriptions(manifest))
    assert len(found) > 2500
    assert [one for one in found if not says_more(one[1], one[2])] == []


def test_macros_are_described_with_the_arguments_they_have(
    manifest: dict[str, Any],
) -> None:
    wrong = []
    for macro in manifest["macros"].values():
        if macro["package_name"] != PROJECT:
            continue
        signature = re.search(
            r"{%-?\s*(?:macro|test)\s+\w+\(([^)]*)\)", macro["macro_sql"]
        )
        assert signature is not None
        has = re.findall(r"(\w+)(?:\s*=[^,]*)?(?:,|$)", signature[1].strip())
        if has != [argument["name"] for argument in macro["arguments"]]:
            wrong.append((macro["name"], has))
    assert wrong == []


def test_every_schema_of_public_tables_has_a_purpose(manifest: dict[str, Any]) -> None:
    seed = REPOSITORY / "seeds" / "governance" / "output_purposes.csv"
    with seed.open(encoding="utf-8") as handle:
        listed = {row["schema_name"] for row in csv.DictReader(handle)}
    public = {
        node["schema"]
        for node in manifest["nodes"].values()
        if node.get("access") == "public"
    }
    # The board has a purpose before it has tables.
    assert listed == public | {"board"}, (
        "say in the seed what the tables may be used for"
    )


BOUNCER = yaml.safe_load((REPOSITORY / "dbt-bouncer.yml").read_text())
BOUNCER_RULES = {
    (rule["name"], number)
    for category in ("manifest_checks", "catalog_checks")
    for number, rule in enumerate(BOUNCER[category])
}


def bouncer_outcomes(
    artifacts: Path, folder: Path
) -> list[tuple[tuple[str, int], str, str]]:
    """Rule, outcome and message of everything that dbt-bouncer looked at."""
    config = folder / "dbt-bouncer.yml"
    config.write_text(yaml.safe_dump(BOUNCER | {"dbt_artifacts_dir": str(artifacts)}))
    report = folder / "report.json"
    result = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt-bouncer"), "run"),
            *("--config-file", config),
            *("--output-file", report, "--output-format", "json"),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), result.stdout + result.stderr
    found = []
    for outcome in json.loads(report.read_text()):
        name, number, _ = outcome["check_run_id"].split(":")
        found.append(
            ((name, int(number)), outcome["outcome"], outcome["failure_message"])
        )
    assert (result.returncode == 0) is all(one[1] == "success" for one in found)
    return found


def test_the_house_rules_of_dbt_bouncer_hold(documented: Path, tmp_path: Path) -> None:
    assert all(
        rule.get("description")
        for category in ("manifest_checks", "catalog_checks")
        for rule in BOUNCER[category]
    ), "every rule gives its reason"
    outcomes = bouncer_outcomes(documented, tmp_path)
    assert {rule for rule, _, _ in outcomes} == BOUNCER_RULES
    assert [message for _, outcome, message in outcomes if outcome != "success"] == []


def break_every_rule(manifest: dict[str, Any], catalog: dict[str, Any]) -> None:
    """Spoil a node of each kind and layer against all that is asked of it."""

    def model(name: str) -> dict[str, Any]:
        node: dict[str, Any] = manifest["nodes"][f"model.{PROJECT}.{name}"]
        return node

    base, stg = "base_acute_sus__spells", "stg_acute_sus__spells"
    mart, seed = model("fct_care_event"), f"seed.{PROJECT}.ward_committees"
    # Not the one that the base_ model reads: nobody is left to read that.
    source, other, *_ = (
        key for key in manifest["sources"] if ".community_csds." in key
    )
    odd_types = {
        "odd_date": "varchar",
        "is_odd": "varchar",
        "odd_share": "integer",
        "odd_id": "integer",
        "odd": "boolean",
        "odder": "timestamp",
        "Odd name": None,
    }
    for name in (base, stg, "stg_feeds__files", "int_identity__links", mart["name"]):
        node = model(name)
        node["depends_on"]["nodes"] = [source, other, seed, mart["unique_id"]]
        node["raw_code"] = "select * from vault.staging.persons\n" * 151
        node["patch_path"] = f"{PROJECT}://models/elsewhere.yml"
        node["meta"] = {}
        node["config"]["contract"]["enforced"] = False
        node["description"] = ""
        node["columns"] = {
            column: {"name": column, "data_type": kind}
            for column, kind in odd_types.items()
        }
        node["name"] = "Odd"
        node["access"] = "protected" if node is mart else "public"
    model("int_calendar__months")["depends_on"]["nodes"] = []
    model("dim_person")["original_file_path"] = "models/elsewhere/dim_person.sql"
    for test in data_tests(manifest):
        test["attached_node"] = None
    manifest["sources"][source]["description"] = ""
    for key in ("database", "schema", "identifier"):
        manifest["sources"][source][key] = manifest["sources"][other][key]
    manifest["nodes"][seed]["meta"] = {}
    manifest["nodes"][seed]["description"] = ""
    manifest["nodes"][seed]["columns"] = {"Odd name": {"name": "Odd name"}}
    macro = manifest["macros"][f"macro.{PROJECT}.read_feed"]
    macro["description"] = ""
    macro["arguments"] = [{"name": "a", "description": ""}]
    macro["macro_sql"] = "{% macro read_feed(a, b, c, d, e, f) %}{% endmacro %}"
    unread, misled, *_ = manifest["exposures"].values()
    unread["depends_on"]["nodes"] = []
    unread["owner"]["email"] = None
    unread["description"] = ""
    misled["depends_on"]["nodes"] = [mart["unique_id"]]
    mart["config"]["materialized"] = "view"
    for key in (mart["unique_id"], seed):
        columns = catalog["nodes"][key]["columns"]
        columns["added"] = next(iter(columns.values())) | {"name": "added"}


def test_each_house_rule_of_dbt_bouncer_can_be_broken(
    documented: Path, tmp_path: Path
) -> None:
    manifest, catalog = (
        json.loads((documented / name).read_text())
        for name in ("manifest.json", "catalog.json")
    )
    break_every_rule(manifest, catalog)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    broken = {
        rule
        for rule, outcome, _ in bouncer_outcomes(tmp_path, tmp_path)
        if outcome == "failed"
    }
    assert BOUNCER_RULES - broken == set()


def test_no_data_test_is_disarmed(manifest: dict[str, Any]) -> None:
    assert manifest["disabled"] == {}
    assert [
        test["name"]
        for test in data_tests(manifest)
        if {key: test["config"][key] for key in ARMED} != ARMED
    ] == []


def test_few_data_tests_only_warn(manifest: dict[str, Any]) -> None:
    found = {
        test["name"]: test["description"]
        for test in data_tests(manifest)
        if test["config"]["severity"].lower() != "error"
    }
    assert found.keys() == WARNINGS
    assert [name for name, text in found.items() if "A warning" not in text] == []


def test_unit_tests_expect_rows(manifest: dict[str, Any]) -> None:
    # A unit test that expects nothing also passes on a model that loses everything.
    assert [
        test["name"]
        for test in manifest["unit_tests"].values()
        if not test["expect"]["rows"]
    ] == []


def test_unit_tests_hold_whatever_a_city_sets(manifest: dict[str, Any]) -> None:
    # A unit test that leans on the default of a var fails the build of a city that sets
    # the var, such as an earlier as_of_date.
    macros = manifest["macros"]

    def read_by(code: str, called: list[str], replaced: set[str]) -> set[str]:
        names = set(re.findall(r"""\bvar\(\s*['"](\w+)""", code))
        for macro in called:
            if macro.startswith(f"macro.{PROJECT}.") and (
                macro.split(".")[-1] not in replaced
            ):
                node = macros[macro]
                further = node["depends_on"]["macros"]
                names |= read_by(node["macro_sql"], further, replaced)
        return names

    leaning = {}
    for test in manifest["unit_tests"].values():
        overrides = test["overrides"] or {"vars": {}, "macros": {}}
        (model,) = test["depends_on"]["nodes"]
        node = manifest["nodes"][model]
        found = read_by(
            node["raw_code"], node["depends_on"]["macros"], set(overrides["macros"])
        )
        if found - set(overrides["vars"]):
            leaning[test["name"]] = found - set(overrides["vars"])
    assert leaning == {}


def spoilt(tables: duckdb.DuckDBPyConnection, relation: str) -> Iterator[str]:
    """Yield queries for the rows of a relation, each spoilt in one way."""
    description = tables.sql(f"select * from {relation} limit 0")
    types = dict(zip(description.columns, map(str, description.types), strict=True))
    strange = ", ".join(
        f'{STRANGE.get(kind, "null")} as "{column}"' for column, kind in types.items()
    )
    yield f"select * from {relation} union all select * from {relation}"
    yield (
        f"select * from {relation} "
        f"union all select {strange} union all select {strange}"
    )
    yield f"select * from {relation} where false"
    for column, kind in types.items():
        values = ["null", STRANGE.get(kind, "null")]
        if kind == "BOOLEAN":
            values.append(f'not "{column}"')
        elif kind not in ("VARCHAR", "TIMESTAMP") and kind in STRANGE:
            values.append(f'"{column}" + 1')
        if kind == "DATE":
            values.append("date '2999-01-01'")
        for value in values:
            yield f'select * replace ({value} as "{column}") from {relation}'


def can_fail(
    tables: duckdb.DuckDBPyConnection, query: str, relations: list[str]
) -> bool:
    """Whether the query of a data test finds rows when one relation is spoilt."""
    return any(
        tables.sql(
            f"select 1 from ({query.replace(relation, f'({rows})')}) as found limit 1"
        ).fetchall()
        for relation in relations
        for rows in spoilt(tables, relation)
    )


@pytest.mark.parametrize(
    ("condition", "expected"), [("false", False), ("day_count > 31", True)]
)
def test_a_test_that_cannot_fail_is_found(
    tables: duckdb.DuckDBPyConnection, condition: str, expected: bool
) -> None:
    months = '"hub"."intermediate"."int_calendar__months"'
    query = f"select * from {months} where {condition}"
    assert can_fail(tables, query, [months]) is expected


def test_every_data_test_can_fail(
    manifest: dict[str, Any], tables: duckdb.DuckDBPyConnection
) -> None:
    tests = data_tests(manifest)
    assert len(tests) > 100
    assert [
        test["name"]
        for test in tests
        if not can_fail(
            tables,
            test["compiled_code"],
            [
                manifest["nodes"][parent]["relation_name"]
                for parent in test["depends_on"]["nodes"]
            ],
        )
    ] == []
