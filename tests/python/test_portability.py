"""What would be silently wrong on Spark is refused on DuckDB too.

Each of these gave wrong tables without an error when the project was first built on
Spark. The macros are rendered for both engines here; Spark itself is not needed.
"""

import csv
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import yaml
from conftest import REPOSITORY
from jinja2 import Environment
from sqlglot import exp, parse_one
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from intelligence.platform.spark import literal
from publish.fingerprint import differences

MACROS = REPOSITORY / "macros"
NOT_SQL = re.compile(r"--[^\n]*|\{#.*?#\}|'[^'\n]*'", re.DOTALL)
FRACTION = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")


def macro(path: str, name: str, **names: object) -> Any:
    """The macro `name` of a file below macros/, which may call `names`."""
    environment = Environment(extensions=["jinja2.ext.do"])
    template = environment.from_string((MACROS / path).read_text(encoding="utf-8"))
    return getattr(template.make_module({"return": str, **names}), name)


@pytest.mark.parametrize("part", ["day", "month", "minute"])
def test_a_difference_of_dates_is_one_term(part: str) -> None:
    """Without brackets a division divides its last term only: wrong ages."""
    difference = macro("dialect/datediff.sql", "spark__datediff")("a", "b", part)
    divided = parse_one(f"{difference} / 12", dialect="spark")
    assert isinstance(divided, exp.Div)
    assert not isinstance(divided.this, exp.Binary)


def test_every_unit_of_a_difference_of_dates_is_known_to_spark() -> None:
    """One that macros/dialect/datediff.sql does not know stops a build on Spark."""
    found = {
        unit
        for folder in ("models", "macros", "tests/dbt", "analyses")
        for path in (REPOSITORY / folder).rglob("*.sql")
        for unit in re.findall(
            r"datediff\([^{}]*?'([a-z]+)'\s*\)\s*[}~]", path.read_text()
        )
    }
    assert found
    assert found <= {"day", "month", "minute"}


def sql_files() -> list[Path]:
    """The project's SQL."""
    return [
        path
        for folder in ("models", "macros", "tests/dbt", "analyses")
        for path in sorted((REPOSITORY / folder).rglob("*.sql"))
    ]


def test_fractions_are_doubles() -> None:
    """Spark divides decimals to a fixed number of digits, DuckDB makes them doubles."""
    found = [
        f"{path.relative_to(REPOSITORY)}: {number}"
        for path in sql_files()
        for number in FRACTION.findall(NOT_SQL.sub("''", path.read_text()))
    ]
    assert found == [], "write 0.5e0, a double, instead of 0.5, a decimal"


def decimal_divisions(query: str, schema: MappingSchema) -> list[str]:
    """The divisions of a query that Spark would carry out with decimals."""
    typed = annotate_types(
        qualify(
            parse_one(query, dialect="duckdb"),
            schema=schema,
            dialect="duckdb",
            validate_qualify_columns=False,
        ),
        schema=schema,
        dialect="duckdb",
    )
    return [
        division.sql("duckdb")
        for division in typed.find_all(exp.Div)
        for kinds in [{side.type.this for side in division.unnest_operands()}]
        if exp.DataType.Type.DECIMAL in kinds and exp.DataType.Type.DOUBLE not in kinds
    ]


@pytest.mark.parametrize(
    ("division", "is_refused"),
    [
        ("price / amount", True),
        ("sum(price) / count(*)", True),
        ("amount / nullif(sum(price), 0)", True),
        ("cast(sum(price) as double) / count(*)", False),
        ("amount / 12", False),
    ],
)
def test_a_division_of_decimals_is_known(division: str, is_refused: bool) -> None:
    schema = MappingSchema(dialect="duckdb")
    columns = {"price": "decimal(18, 2)", "amount": "integer"}
    schema.add_table("h.s.sales", columns, dialect="duckdb")
    query = f"with s as (select * from h.s.sales) select {division} as a from s"
    assert bool(decimal_divisions(query, schema)) is is_refused


def test_no_model_divides_decimals(
    manifest: dict[str, Any], tables: duckdb.DuckDBPyConnection
) -> None:
    """Spark rounds such a quotient to a few digits; DuckDB makes it a double."""
    schema = MappingSchema(dialect="duckdb")
    columns: dict[str, dict[str, str]] = {}
    for name, column, kind in tables.execute(
        "select concat_ws('.', table_catalog, table_schema, table_name), column_name, "
        "data_type from information_schema.columns"
    ).fetchall():
        columns.setdefault(name, {})[column] = kind
    for name, kinds in columns.items():
        schema.add_table(name, kinds, dialect="duckdb")
    found = {
        node["name"]: divisions
        for node in manifest["nodes"].values()
        if node.get("language") == "sql" and "/" in node.get("compiled_code", "")
        for divisions in [decimal_divisions(node["compiled_code"], schema)]
        if divisions
    }
    assert found == {}, "cast one side of the division to double"


def test_text_is_a_string_in_contracts_and_seeds() -> None:
    """Spark refuses a varchar without a length; DuckDB takes string for the same."""
    found = []
    for folder in ("models", "seeds"):
        for path in sorted((REPOSITORY / folder).rglob("*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            for node in [*content.get("models", ()), *content.get("seeds", ())]:
                types = [column.get("data_type") for column in node.get("columns", ())]
                types += node.get("config", {}).get("column_types", {}).values()
                found += [node["name"] for kind in types if kind == "varchar"]
    assert found == []


@pytest.mark.parametrize(
    ("engine", "schemas"),
    [
        ("duckdb", ["staging", "person", "main"]),
        ("spark", ["vault_staging", "hub_person", "hub_main"]),
    ],
)
def test_zones_are_kept_apart_by_name(engine: str, schemas: list[str]) -> None:
    """Spark has no databases: vault models would be put beside the hub's."""
    in_zone = macro("dialect/schema_in_zone.sql", f"{engine}__schema_in_zone")
    name = macro(
        "generate_schema_name.sql",
        "generate_schema_name",
        schema_in_zone=in_zone,
        target=SimpleNamespace(schema="main"),
    )
    assert [
        name(schema, SimpleNamespace(config=SimpleNamespace(database=zone))).strip()
        for zone, schema in [("vault", "staging"), (None, "person"), (None, None)]
    ] == schemas


def test_a_missing_value_of_a_seed_is_null() -> None:
    """dbt-spark's session makes the text None of it."""
    values = [None, True, 3, "it's", "a\\b"]
    assert list(map(literal, values)) == [
        *("null", "true", "'3'"),
        *(r"'it\'s'", r"'a\\b'"),
    ]


def test_a_seed_is_read_as_it_is_written() -> None:
    """DuckDB takes apostrophes around a text for quotes, Spark's loader does not.

    Seeds are copied here as dbt-duckdb copies them.
    """
    for path in sorted((REPOSITORY / "seeds").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        columns = ", ".join(f'"{name}" text' for name in header)
        with duckdb.connect() as connection:
            connection.execute(f"create table seed ({columns})")
            connection.execute(
                f"copy seed from '{path}' (format csv, header true, delimiter ',')"
            )
            found = connection.sql("from seed").fetchall()
        assert found == [tuple(text or None for text in row) for row in rows], path.name


def built(folder: Path, rows: str) -> Path:
    """A build of DuckDB with one table."""
    folder.mkdir()
    for zone in ("hub", "board"):
        with duckdb.connect(str(folder / f"{zone}.duckdb")) as connection:
            if zone == "hub":
                connection.execute("create schema person")
                connection.execute(f"create table person.fact as {rows}")
    return folder


def built_on_spark(folder: Path, rows: str, schema: str = "hub_person") -> Path:
    """A build of Spark with one table."""
    table = folder / "warehouse" / f"{schema}.db" / "fact"
    table.mkdir(parents=True)
    duckdb.sql(f"copy ({rows}) to '{table}/part-0.parquet'")
    return folder


ROWS = (
    "select 1 as id, 0.1 + 0.2 as share, date '2025-01-31' as day, null as reason "
    "union all select 2, -0.0, null, 'none'"
)
SAME = (
    "select 2::bigint as id, 0.0::double as share, null::date as day, 'none' as reason "
    "union all select 1, 0.30000000000000004, date '2025-01-31', null"
)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (SAME, []),
        (SAME.replace("2::bigint", "3"), ["hub.person.fact differs in *, id"]),
        (SAME.replace("'none'", "'None'"), ["hub.person.fact differs in *, reason"]),
        (SAME + " limit 1", ["hub.person.fact has 2 and 1 rows"]),
    ],
)
def test_tables_of_both_engines_are_compared(
    tmp_path: Path, rows: str, found: list[str]
) -> None:
    duck = built(tmp_path / "duck", ROWS)
    spark = built_on_spark(tmp_path / "spark", rows)
    assert differences(duck, spark) == (1, found)


@pytest.mark.parametrize(
    ("share", "found"),
    [
        # To 12 digits these are 1.00000000001 and 1.00000000000.
        ("1.0000000000049999e0 as share", []),
        ("1.0000000001e0 as share", ["hub.person.fact differs in *, share"]),
        ("cast(null as double) as share", ["hub.person.fact differs in *, share"]),
        ("1.0000000000050001e0 as part", ["hub.person.fact differs in part, share"]),
    ],
)
def test_fractions_may_differ_in_their_last_digits(
    tmp_path: Path, share: str, found: list[str]
) -> None:
    duck = built(tmp_path / "duck", "select 1 as id, 1.0000000000050001e0 as share")
    spark = built_on_spark(tmp_path / "spark", f"select 1 as id, {share}")
    assert differences(duck, spark) == (1, found)


def test_a_table_without_rows_needs_no_file(tmp_path: Path) -> None:
    duck = built(tmp_path / "duck", f"select * from ({ROWS}) where false")
    spark = built_on_spark(tmp_path / "spark", SAME)
    (spark / "warehouse" / "hub_person.db" / "fact" / "part-0.parquet").unlink()
    assert differences(duck, spark) == (1, [])


def test_a_table_in_another_zone_is_a_difference(tmp_path: Path) -> None:
    duck = built(tmp_path / "duck", ROWS)
    spark = built_on_spark(tmp_path / "spark", SAME, "vault_person")
    assert differences(duck, spark) == (
        0,
        [
            "hub.person.fact is in one build only",
            "vault.person.fact is in one build only",
        ],
    )
