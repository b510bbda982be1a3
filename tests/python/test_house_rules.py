"""What every model of the project must have, read from its YAML and SQL alone."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from jsonschema import Draft7Validator

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "models"
MODEL_FILES = sorted(
    path for suffix in ("sql", "py") for path in MODELS.rglob(f"*.{suffix}")
)
CODE_FILES = [
    *MODEL_FILES,
    *sorted((REPOSITORY / "macros").rglob("*.sql")),
    *sorted((REPOSITORY / "intelligence").rglob("*.py")),
]
DOC_REFERENCE = re.compile(r'\{\{\s*doc\(\s*["\'](\w+)["\']\s*\)\s*\}\}')
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
CLOCK = re.compile(
    r"\b(current_date|current_time(stamp)?|getdate|localtimestamp|(now|today)\s*\()"
)
# Models without a key, and why they may be: rows that stand for themselves.
KEYLESS = {"int_person_time__countable_events"}
PROPERTY_FILES = sorted(
    path
    for folder in ("analyses", "macros", "models", "seeds", "tests/dbt")
    for path in (REPOSITORY / folder).rglob("*.yml")
)


def documented() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every model entry of the YAML with the file it stands in."""
    for path in sorted(MODELS.rglob("*.yml")):
        for entry in (yaml.safe_load(path.read_text()) or {}).get("models") or []:
            yield path, entry


ENTRIES = {entry["name"]: entry for _, entry in documented()}
DOC_BLOCKS = dict(
    re.findall(
        r"\{% docs (\w+) %\}(.*?)\{% enddocs %\}",
        "".join(path.read_text() for path in sorted(MODELS.rglob("*.md"))),
        re.DOTALL,
    )
)


def described(text: str) -> str:
    """`text` with doc blocks in place of the references to them."""
    return DOC_REFERENCE.sub(lambda match: DOC_BLOCKS[match[1]], text).strip()


def test_every_model_is_documented_once_beside_it() -> None:
    places = sorted((entry["name"], path.parent) for path, entry in documented())
    assert places == sorted((path.stem, path.parent) for path in MODEL_FILES)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_says_what_one_row_is_and_what_every_column_holds(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.get("description", "").startswith("One row is ")
    assert entry.get("columns"), "no columns"
    for column in entry["columns"]:
        text = described(column.get("description") or "")
        said = re.sub(r"[\W_]+", " ", text).strip().lower()
        assert said, f"{column['name']} has no description"
        assert said != column["name"].replace("_", " "), f"{column['name']} says itself"


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_names_its_grain(name: str) -> None:
    entry = ENTRIES[name]
    grain = entry.get("config", {}).get("meta", {}).get("grain")
    columns = {column["name"] for column in entry["columns"]}
    assert isinstance(grain, list)
    assert set(grain) <= columns
    assert bool(grain) is (name not in KEYLESS)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_model_is_tested_for_its_grain(name: str) -> None:
    # Two equal lines in a base_ model break the sum of delivered lines, which
    # assert_every_delivered_row_is_accounted_for holds.
    tested = any(
        "unique_grain" in test for test in ENTRIES[name].get("data_tests") or []
    )
    assert tested is not (name in KEYLESS or name.startswith("base_"))


def complaints(schema: dict[str, Any], text: str) -> list[str]:
    """What in a YAML text is not as the JSON schema wants it."""
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft7Validator(schema).iter_errors(yaml.safe_load(text))
    ]


@pytest.mark.parametrize(
    "path", PROPERTY_FILES, ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_properties_follow_the_schema_of_dbt(path: Path) -> None:
    # dbt itself validates for the adapters of four vendors only; on DuckDB it would
    # take a mistyped key for nothing.
    assert complaints(resources_schema(), path.read_text()) == []


def test_the_project_file_follows_the_schema_of_dbt() -> None:
    project = (REPOSITORY / "dbt_project.yml").read_text()
    assert complaints(project_schema(), project) == []


@pytest.mark.parametrize(
    "mistake",
    [
        "models: [{name: a, descripton: One row is a}]",
        "models: [{name: a, columns: [{name: b, data_test: [not_null]}]}]",
        "models: [{name: a, config: {materialised: table}}]",
        "models: [{name: a, columns: [{name: b, data_tests: not_null}]}]",
        "exposures: [{name: a, type: dashbord, owner: {name: b}}]",
    ],
)
def test_the_schema_notices_a_mistyped_key(mistake: str) -> None:
    assert len(complaints(resources_schema(), mistake)) == 1


def test_a_text_that_three_columns_share_is_a_doc_block() -> None:
    texts = Counter(
        " ".join(column["description"].split())
        for entry in ENTRIES.values()
        for column in entry["columns"]
        if not DOC_REFERENCE.search(column["description"])
    )
    assert [text for text, count in texts.items() if count > 2] == []


def test_every_schema_of_public_tables_has_a_purpose() -> None:
    seed = REPOSITORY / "seeds" / "governance" / "output_purposes.csv"
    with seed.open(encoding="utf-8") as handle:
        listed = {row["schema_name"] for row in csv.DictReader(handle)}
    found = {path.parent.name for path in (MODELS / "marts").rglob("*.sql")}
    assert found <= listed, "say in the seed what the tables may be used for"


def test_doc_blocks_are_named_once() -> None:
    names = [
        name
        for path in MODELS.rglob("*.md")
        for name in re.findall(r"\{% docs (\w+) %\}", path.read_text())
    ]
    assert sorted(names) == sorted(set(names))


def test_staged_feed_tables_are_the_base_models_there_are() -> None:
    macro = (REPOSITORY / "macros" / "feeds" / "staged_feed_tables.sql").read_text()
    names = re.search(r"set names = \[(.*?)\]", macro, re.DOTALL)
    assert names is not None
    listed = re.findall(r"'(\w+)'", names[1])
    staging = MODELS / "staging"
    for prefix in ("base_", "stg_"):
        found = {
            path.stem.removeprefix(prefix)
            for path in staging.rglob(f"{prefix}*.sql")
            if path.parent.name != "feeds"
        }
        assert sorted(listed) == sorted(found), prefix


@pytest.mark.parametrize(
    "path", CODE_FILES, ids=lambda path: str(path.relative_to(REPOSITORY))
)
def test_no_model_reads_the_clock_or_the_truth(path: Path) -> None:
    code = COMMENT.sub("", path.read_text()).lower()
    assert not CLOCK.search(code)
    assert not re.search(r"\btruth\b", code)
