"""What must hold of the project as dbt knows it: every node described, every test real.

The manifest is that of the built city; dbt-bouncer's rules stand in dbt-bouncer.yml.
"""

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import yaml
from conftest import REPOSITORY

PROJECT = "leeds_intelligence_hub"
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
    "assert_codes_are_known",
    "assert_diagnoses_have_an_episode",
    "assert_every_delay_list_has_a_side",
    "assert_files_are_what_their_names_say",
    "assert_mergers_end_at_one_number",
    "assert_no_feed_fell_silent",
    "assert_no_file_is_far_smaller_than_usual",
    "assert_no_file_was_refused",
    "assert_stewards_are_obeyed",
    "assert_nothing_is_later_than_the_as_of_date",
    "assert_practices_are_listed",
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


def test_what_the_docs_show_has_a_description(manifest: dict[str, Any]) -> None:
    """Those that no check of dbt-bouncer asks for: columns, groups and tests."""
    macros = manifest["macros"]
    missing = []
    for kind in ("nodes", "sources", "groups", "unit_tests"):
        for node in manifest[kind].values():
            if node["resource_type"] == "operation":
                continue
            text = node["description"]
            if generic := node.get("test_metadata"):
                # The tests made of a macro say what the macro says.
                macro = macros.get(f"macro.{PROJECT}.test_{generic['name']}")
                text = text or (macro or {}).get("description")
            missing += [node["unique_id"]] if not text else []
            missing += [
                f"{node['unique_id']}.{column['name']}"
                for column in node.get("columns", {}).values()
                if not column["description"]
            ]
    assert missing == []


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


def test_every_column_of_the_build_is_documented(
    documented: Path, tmp_path: Path
) -> None:
    """dbt-bouncer's checks of the catalog, which only a build has."""
    rules = yaml.safe_load((REPOSITORY / "dbt-bouncer.yml").read_text())
    rules["dbt_artifacts_dir"] = str(documented)
    rules["custom_checks_dir"] = str(REPOSITORY / rules["custom_checks_dir"])
    config = tmp_path / "dbt-bouncer.yml"
    config.write_text(yaml.safe_dump(rules))
    result = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt-bouncer"), "run", "--config-file"),
            *(config, "--only", "catalog_checks", "--show-all-failures"),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_data_test_is_disarmed(manifest: dict[str, Any]) -> None:
    assert manifest["disabled"] == {}
    assert [
        test["name"]
        for test in data_tests(manifest)
        if {key: test["config"][key] for key in ARMED} != ARMED
    ] == []


def test_few_data_tests_only_warn(manifest: dict[str, Any]) -> None:
    found = {
        test["name"]
        for test in data_tests(manifest)
        if test["config"]["severity"].lower() != "error"
    }
    assert found == WARNINGS


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


# What they look for is in no row that can be spoilt here; the fuzzed city of test_fuzz
# makes each of them find something.
FAIL_IN_THE_FUZZED_CITY = {"assert_files_are_what_their_names_say"}


def test_every_data_test_can_fail(
    manifest: dict[str, Any], tables: duckdb.DuckDBPyConnection
) -> None:
    tests = data_tests(manifest)
    assert len(tests) > 100
    assert [
        test["name"]
        for test in tests
        if test["name"] not in FAIL_IN_THE_FUZZED_CITY
        and not can_fail(
            tables,
            test["compiled_code"],
            [
                manifest["nodes"][parent]["relation_name"]
                for parent in test["depends_on"]["nodes"]
            ],
        )
    ] == []
