"""What every model of the project must have, read from its YAML and SQL alone."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from dbt.jsonschemas.jsonschemas import project_schema, resources_schema
from jsonschema import Draft7Validator

MODELS = REPOSITORY / "models"
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
def test_no_model_reads_the_clock_or_the_truth_or_draws_without_a_seed(
    path: Path,
) -> None:
    code = COMMENT.sub("", path.read_text()).lower()
    assert not CLOCK_OR_CHANCE.search(code)
    assert not re.search(r"\btruth\b", code)


def test_what_python_models_reckon_with_is_in_order() -> None:
    """Doubles add up to another last digit in another order."""
    found = [
        path.name
        for path in sorted(MODELS.rglob("int_*.py"))
        if (code := path.read_text()).count("to_arrow_table()") > code.count(".order(")
    ]
    assert found == [], 'write .order("all").to_arrow_table()'


def test_text_has_the_type_that_the_adapter_gives_it() -> None:
    """Spark refuses a varchar without a length; macros/dialect knows its engine."""
    found = [
        str(path.relative_to(REPOSITORY))
        for path in CODE_FILES
        if "dialect" not in path.parts and "as varchar)" in path.read_text()
    ]
    assert found == [], "write cast(… as {{ dbt.type_string() }})"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *(
            (code, True)
            for code in (
                "select current_date",
                "select current_timestamp as at",
                "{{ dbt.current_timestamp() }}",
                "select get_current_timestamp()",
                "select current_localtimestamp()",
                "select localtime",
                "select transaction_timestamp()",
                "select now ()",
                "select today()",
                "{{ run_started_at }}",
                "{{ modules.datetime.datetime.min }}",
                "'{{ invocation_id }}'",
                "datetime.utcnow()",
                "date.today()",
                "from time import time",
                "time.time()",
                "time.monotonic()",
                "select random()",
                "select uuid()",
                "select gen_random_uuid()",
                "uuid.uuid4()",
                "np.random.default_rng()",
                "np.random.normal(0, 1)",
                "import random",
                "os.urandom(8)",
                "secrets.token_hex()",
            )
        ),
        *(
            (code, False)
            for code in (
                "select max(event_date)",
                "select reading_time.minutes",
                "def of(rng: np.random.generator)",
                "np.random.default_rng(seed)",
                "rng.random(3)",
                "select timestamp '2025-03-31'",
                ". ./.secrets.env",
            )
        ),
    ],
)
def test_the_clock_and_chance_are_found(code: str, expected: bool) -> None:
    assert bool(CLOCK_OR_CHANCE.search(code)) is expected


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        # Where SQL cannot be read, no rule is looked for.
        (None, "select area from from areas"),
        ("AL01", "select all_areas.area from areas all_areas"),
        ("AL02", "select area code from areas"),
        ("AL03", "select area, rate + 1 from areas"),
        ("AL05", "select area from areas as unused"),
        ("AM01", "select distinct area from areas\ngroup by area"),
        ("AM03", "select area from areas\norder by area, rate desc"),
        ("AM04", "select * from a\ninner join b on a.id = b.id"),
        ("AM05", "select a.id from a\njoin b on a.id = b.id"),
        ("AM06", "select area from areas\norder by 1"),
        ("AM07", "select a.id from a\nunion all\nselect b.id, b.rate from b"),
        ("AM08", "select a.id from a\ninner join b"),
        ("AM09", "select area from areas\nlimit 5"),
        ("CP01", "SELECT area from areas"),
        ("CP03", "select MAX(area) as area from areas"),
        ("CP04", "select NULL as rate from areas"),
        ("CP05", "select cast(area as TEXT) as area from areas"),
        ("CV01", "select area from areas\nwhere rate != 1"),
        ("CV02", "select ifnull(area, 'none') as area from areas"),
        ("CV03", "select\n    area,\nfrom areas"),
        ("CV04", "select count(1) as areas from areas"),
        ("CV05", "select area from areas\nwhere rate = null"),
        ("CV08", "select a.id from a\nright join b on a.id = b.id"),
        ("LT01", "select area+1 as area from areas"),
        ("LT02", "select\n  area\nfrom areas"),
        ("LT02", "select\n\tarea\nfrom areas"),
        ("LT04", "select\n    area\n    , rate\nfrom areas"),
        ("LT05", f"select {'a' * 82} from areas"),
        ("LT05", f"-- {'a' * 86}\nselect area from areas"),
        ("LT08", "with a as (\n    select area from areas\n)\nselect area from a"),
        ("LT09", "select area, rate from areas"),
        ("LT15", "select area\n\n\n\nfrom areas"),
        ("RF02", "select rate from a\ninner join b on a.id = b.id"),
        ("ST01", "select case when a then b else null end as c from areas"),
        ("ST03", "with a as (select area from b)\n\nselect area from areas"),
        (
            "ST05",
            "select a.id from a\ninner join (select id from b) as c on a.id = c.id",
        ),
        ("ST07", "select a.id from a\ninner join b using (id)"),
    ],
)
def test_the_linter_finds_a_planted_mistake(
    tmp_path: Path, rule: str | None, sql: str
) -> None:
    config = tmp_path / "rules.cfg"
    # Without the templater, which compiles the whole project, but for nothing else.
    rules = (REPOSITORY / ".sqruff").read_text()
    config.write_text(rules.replace("templater = dbt", "templater = raw"))
    result = subprocess.run(
        [
            *(Path(sys.executable).with_name("sqruff"), "lint", "--parsing-errors"),
            *("--ignore-local-config", "--config", config, "--format", "json", "-"),
        ],
        input=f"{sql}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    (mistakes,) = json.loads(result.stdout).values()
    assert rule in {mistake["code"] for mistake in mistakes}
