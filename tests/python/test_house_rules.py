"""Rules of the house that dbt-bouncer.yml and the linters cannot express."""

import functools
import json
import re
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from dbt_bouncer.testing import check_fails, check_passes
from jsonschema import Draft7Validator

MODELS = REPOSITORY / "models"
PACKAGES = ("intelligence", "publish", "studies", "synthetic_city")
MODEL_FILES = sorted(
    path for suffix in ("sql", "py") for path in MODELS.rglob(f"*.{suffix}")
)
CODE_FILES = [
    *MODEL_FILES,
    *(
        path
        for folder in ("analyses", "intelligence", "macros", "tests/dbt")
        for path in sorted((REPOSITORY / folder).rglob("*"))
        if path.suffix in {".sql", ".py"}
    ),
]
# The lock of a build folder remembers which run of dbt changed it last.
KNOW_THEIR_RUN = [
    REPOSITORY / "intelligence" / "platform" / name for name in ("lock.py", "spark.py")
]
DOC_REFERENCE = re.compile(r'\{\{\s*doc\(\s*["\'](\w+)["\']\s*\)\s*\}\}')
COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
CLOCK_OR_CHANCE = re.compile(
    # The clock, in SQL, in dbt and in Python.
    r"\b(current_date|(get_)?current_(local)?time(stamp)?|getdate|localtime(stamp)?"
    r"|transaction_timestamp|invocation_id|modules\.datetime|run_started_at"
    r"|from time import|time\.\w+|(now|today|utcnow)\s*\("
    # Chance without a seed.
    r"|(gen_random_)?uuid\w*\s*\(|(?<!rng\.)random\s*\(|default_rng\(\s*\)"
    r"|np\.random\.(?!default_rng|generator)|(import|from) random|urandom"
    r"|secrets\.(choice|rand|systemrandom|token))"
)


RANK = re.compile(r"(?<![a-z])(league|rank(s|ed|ing)?|position_number)(?![a-z])")
# The published ranks of LSOAs in England's Index of Multiple Deprivation are data.
PUBLISHED_RANKS = {"imd_2019_rank", "imd_2025_rank"}


def named(path: Path) -> str:
    """The path as seen from the repository."""
    return str(path.relative_to(REPOSITORY))


@functools.cache
def content(path: Path) -> dict[str, Any]:
    """What a YAML file says."""
    with path.open(encoding="utf-8") as text:
        return yaml.load(text, yaml.CSafeLoader) or {}


def model(folder: str, name: str, reads: str = "nothing") -> dict[str, object]:
    """A model as dbt-bouncer sees it, in a folder of models/, that reads one other."""
    return {
        "name": name,
        "unique_id": f"model.hub.{name}",
        "original_file_path": f"models/{folder}/intermediate/{name}.sql",
        "depends_on": {"nodes": [f"model.hub.{reads}"]},
    }


@pytest.mark.parametrize(
    ("reader", "read", "is_breach"),
    [
        ("place", "person/hospital", True),
        ("person/hospital", "person/population", False),
        ("person/population", "person/hospital", True),
        ("whole_system/delays", "whole_system/delays", False),
        ("staging", "board/counts", True),
    ],
)
def test_a_folder_that_reads_a_folder_below_it_is_named(
    reader: str, read: str, is_breach: bool
) -> None:
    name = "check_model_reads_no_folder_below"
    rules = content(REPOSITORY / "dbt-bouncer.yml")
    (rule,) = (rule for rule in rules["manifest_checks"] if rule["name"] == name)
    reading, other = model(reader, "reading", reads="other"), model(read, "other")
    planted = {
        "custom_checks_dir": REPOSITORY / rules["custom_checks_dir"],
        "folders": rule["folders"],
        "model": reading,
        "ctx_models": [reading, other],
    }
    if is_breach:
        told = f"`reading` in {reader} reads `other` in {read}, further down"
        check_fails(name, match=told, **planted)
    else:
        check_passes(name, **planted)


def without_type_params(file: dict[str, Any]) -> dict[str, Any]:
    """A YAML file without a key of metrics that dbt 1.11 reads, and checks itself.

    The schema that it ships with already has the next way of writing metrics.
    """
    if "metrics" not in file:
        return file
    metrics = [
        {key: value for key, value in metric.items() if key != "type_params"}
        for metric in file["metrics"]
    ]
    return file | {"metrics": metrics}


def test_yaml_follows_the_schema_of_dbt() -> None:
    """On DuckDB dbt itself ignores a key that is spelt wrong."""
    properties, project = (
        Draft7Validator(schema) for schema in (resources_schema(), project_schema())
    )
    files = [
        (path, properties)
        for folder in ("analyses", "macros", "models", "seeds", "tests/dbt")
        for path in sorted((REPOSITORY / folder).rglob("*.yml"))
    ]
    files.append((REPOSITORY / "dbt_project.yml", project))
    assert [
        f"{named(path)}: {'.'.join(map(str, error.absolute_path))}: {error.message}"
        for path, schema in files
        for error in schema.iter_errors(without_type_params(content(path)))
    ] == []


def test_a_text_that_three_columns_share_is_a_doc_block() -> None:
    yaml_files = [content(path) for path in sorted(MODELS.rglob("*.yml"))]
    models = [entry for file in yaml_files for entry in file.get("models") or []]
    sources = [
        table
        for file in yaml_files
        for source in file.get("sources") or []
        for table in source["tables"]
    ]
    texts = Counter(
        " ".join(text.split())
        for entry in [*models, *sources]
        for column in entry.get("columns") or []
        if (text := column.get("description")) and not DOC_REFERENCE.search(text)
    )
    assert [text for text, count in texts.items() if count > 2] == []


def test_no_public_table_puts_areas_in_an_order() -> None:
    """Chance alone puts some area last; an order would be read as a judgement."""
    assert [
        (model["name"], column["name"])
        for path in sorted(MODELS.rglob("*.yml"))
        for model in content(path).get("models") or []
        for column in model.get("columns") or []
        if model["name"].startswith(("dim_", "fct_"))
        and RANK.search(column["name"])
        and column["name"] not in PUBLISHED_RANKS
    ] == []


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


def test_no_model_reads_the_clock_or_the_truth_or_draws_without_a_seed() -> None:
    code = {
        named(path): COMMENT.sub("", path.read_text()).lower()
        for path in CODE_FILES
        if path not in KNOW_THEIR_RUN
    }
    assert [
        (path, found[0])
        for path, text in code.items()
        for found in [CLOCK_OR_CHANCE.search(text) or re.search(r"\btruth\b", text)]
        if found
    ] == []


def test_python_models_get_their_rows_in_order() -> None:
    """In another order doubles add up to another last digit."""
    found = [
        path.name
        for path in sorted(MODELS.rglob("int_*.py"))
        if (code := path.read_text()).count("to_arrow_table()") > code.count(".order(")
    ]
    assert found == [], 'write .order("all").to_arrow_table()'


def test_text_has_the_type_that_the_adapter_gives_it() -> None:
    """Spark refuses a varchar without a length; macros/dialect knows its engine."""
    found = [
        named(path)
        for path in CODE_FILES
        if "dialect" not in path.parts and "as varchar)" in path.read_text()
    ]
    assert found == [], "write cast(… as {{ dbt.type_string() }})"


def test_python_rooms_depend_on_one_another_in_one_direction() -> None:
    printed = subprocess.run(
        [*(sys.executable, "-m", "ruff", "analyze", "graph"), *PACKAGES],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rooms: dict[str, set[str]] = {}
    for file, read in json.loads(printed).items():
        for other in read:
            pair = Path(file).parts[:2], Path(other).parts[:2]
            room, beside = (".".join(parts).removesuffix(".py") for parts in pair)
            if room != beside:
                rooms.setdefault(room, set()).add(beside)
    # Raises CycleError where two rooms read each other.
    TopologicalSorter(rooms).prepare()
    subjects = {room for room in rooms if room.startswith("intelligence.")}
    for room in subjects:
        below = {"intelligence.statistics", "intelligence.platform"}
        assert rooms[room] <= below, f"{room} reads another subject: {rooms[room]}"
    assert not rooms.get("intelligence.platform")
    assert not rooms.get("intelligence.statistics")
