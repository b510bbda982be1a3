"""Write the data dictionary: `python -m publish.dictionary target docs`.

    docs/data_dictionary.csv   all columns of all public tables: type, unit, when null
    docs/contracts/1.0.0.csv   the columns and types that version 1.0.0 promises

Both are made of the manifest that dbt leaves in `target`. A contract is written when
the version in dbt_project.yml, the third argument, is new, and then stays as it is.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

DICTIONARY = "data_dictionary.csv"
CONTRACTS = "contracts"
NUMBERS = {"bigint", "double", "integer"}
# What DuckDB calls a type that has another name in the YAML, which Spark reads too.
TYPES = {"string": "varchar"}
# Ends of the names of limits and bounds; what is before them has the unit.
LIMIT = re.compile(r"_(lower|upper)(_80|_95)?(?=$|_date$)")
SENTENCE_END = re.compile(r"(?<=[.;])\s+")
# Columns that say why numbers beside them are null.
REASONS = re.compile(r"(^|_)null_reason$|^(state|finding)$")
# What is said of a column that its contract lets be null though no rule makes it so.
NOT_EXPECTED = "Not expected, though the contract does not exclude it."
# The unit that the name of a number tells: the first that fits.
UNITS = {
    r"days_per_event$": "days per event",
    r"rate_per_1000$": "per 1,000",
    r"_per_100k$": "per 100,000",
    r"(hours|units)_per_week$": "hours per week",
    r"_gbp$": "pounds",
    r"(^|_)minutes(_|$)": "minutes",
    r"_percent$": "percent",
    r"(^|_)share(_|$)|^estimated_(precision|recall)$": "share (0 to 1)",
    r"^interval_level$": "share (0 to 1)",
    r"(^|_)[pq]_value$|probability": "probability (0 to 1)",
    r"_count$|^unplaced$|^yearly_admissions$": "count",
    r"(^|_)days(_|$)": "days",
    r"^months_covered$": "months",
    r"^age_years$": "years",
    r"^population": "people",
    r"(^|_)beds(_|$)": "beds",
    r"(^|_)(ratio|rii|factor|quotient|funnel)(_|$)": "ratio",
    r"^year$": "year",
    r"_score$": "score",
    r"_(number|rank|decile|fifth|quarter)$|^position_": "number in an order",
    r"^(dispersion|overdispersion_phi|between_area_variance|systematic_component)$": (
        "none"
    ),
    r"^(observed|expected|excess|opportunity)$|_part$": (
        "events, days or pounds, as the indicator's numerator"
    ),
    r"^denominator$": "person-years or cases, as the indicator's denominator",
    r"(^|_)rate$|^sii": "the unit of the indicator or measure",
    r"^(metric|plan|trajectory)_value$|^amount$|^base$": "see value_kind",
    r"^(claimed|found)_value$": "see unit",
}


class Column(NamedTuple):
    """One column of a public table, as the data dictionary has it."""

    table: str
    column: str
    type: str
    unit: str
    when_null: str
    description: str


class DictionaryError(RuntimeError):
    """The data dictionary cannot be written; the message says why."""


def dictionary(manifest: dict[str, Any]) -> list[Column]:
    """The columns of all public tables: tables by name, columns in their order.

    Raises DictionaryError for a number whose name does not tell its unit.
    """
    tables = {
        f"{node['schema']}.{node['name']}": node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    return [
        Column(
            table,
            column["name"],
            TYPES.get(column["data_type"], column["data_type"]),
            unit(table, column),
            when_null(column, node),
            one_line(column["description"]),
        )
        for table, node in sorted(tables.items())
        for column in node["columns"].values()
    ]


def unit(table: str, column: dict[str, Any]) -> str:
    """The unit of a number; empty for text, dates and truth values."""
    if column["data_type"] not in NUMBERS:
        return ""
    name = LIMIT.sub("", column["name"])
    for pattern, found in UNITS.items():
        if re.search(pattern, name):
            return found
    raise DictionaryError(
        f"{table}.{column['name']} is a number whose name tells no unit (UNITS)"
    )


def when_null(column: dict[str, Any], table: dict[str, Any]) -> str:
    """When a column is null, as it, a column beside it or its table says."""
    if any(one["type"] == "not_null" for one in column["constraints"]):
        return "never"
    if told := about_null(column["description"]):
        return told
    of = LIMIT.sub("", column["name"])
    if of != column["name"] and of in table["columns"]:
        return f"When {of} is null or has no interval."
    if column["data_type"] not in NUMBERS | {"date"}:
        return NOT_EXPECTED
    if reasons := [name for name in table["columns"] if REASONS.search(name)]:
        return f"{reasons[0]} says why."
    return about_null(table["description"]) or NOT_EXPECTED


def about_null(text: str) -> str:
    """The sentences of a text that tell of null."""
    sentences = SENTENCE_END.split(one_line(text))
    return " ".join(one for one in sentences if re.search(r"\bnull\b", one, re.I))


def one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def contract(columns: Iterable[Column]) -> dict[tuple[str, str], str]:
    """What the public tables promise: the type of each column of each table."""
    return {(one.table, one.column): one.type for one in columns}


def broken(
    before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]
) -> list[str]:
    """What an analyst's query of a contract `before` does not find in one `after`."""
    return [
        f"{table}.{column} is gone"
        if (table, column) not in after
        else f"{table}.{column} was {kind} and is {after[table, column]}"
        for (table, column), kind in sorted(before.items())
        if after.get((table, column)) != kind
    ]


def released(docs: Path) -> dict[str, dict[tuple[str, str], str]]:
    """The contract of each version in folder `docs`, oldest first."""
    files = sorted(
        (docs / CONTRACTS).glob("*.csv"),
        key=lambda path: [int(part) for part in path.stem.split(".")],
    )
    found = {}
    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            found[path.stem] = {
                (row["table"], row["column"]): row["type"]
                for row in csv.DictReader(lines)
            }
    return found


def write(path: Path, rows: Iterable[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main(target: Path, docs: Path, project: Path | None = None) -> None:
    """Write the dictionary into `docs`, and the contract if the project's is new."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    columns = dictionary(manifest)
    write(docs / DICTIONARY, columns, Column._fields)
    if project is None:
        return
    version = yaml.safe_load(project.read_text(encoding="utf-8"))["version"]
    if version not in released(docs):
        write(
            docs / CONTRACTS / f"{version}.csv",
            ((*names, kind) for names, kind in contract(columns).items()),
            ("table", "column", "type"),
        )


if __name__ == "__main__":
    try:
        main(*map(Path, sys.argv[1:]))
    except (OSError, DictionaryError) as error:
        sys.exit(f"The data dictionary was not written: {error}.")
