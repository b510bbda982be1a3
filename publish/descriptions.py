"""Describe the columns that a model passes on: a text is written once and inherited.

A column without a description in YAML has that of

1. the column of the same name in the model that it reads, if it reads one only;
2. the delivered column that a base_ model reads it from, if that is one only;
3. the doc block of its name in models/staging/_staging__docs.md, for the columns that
   every feed table has, such as file_id.

dbt itself does none of this, so the artifacts of `dbt docs generate` are completed.
"""

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from sqlglot import exp, parse_one

STAGING_DOCS = "models/staging/_staging__docs.md"
# How every base_ model begins: the rows that read_feed lands from files.
LANDING = re.compile(r"\Awith landed as \(.*?\n\)(?=,\n\n\w+ as \()", re.DOTALL)
LANDED_COLUMNS = ("file_id", "line_number", "raw", "raw_text", "is_malformed")


class DescriptionError(RuntimeError):
    """A model cannot be followed to what it reads; the message says why."""


def describe_columns(manifest: dict[str, Any], catalog: dict[str, Any]) -> None:
    """Give the columns of every model in `manifest` the description that they inherit.

    `catalog` says which columns a model has. A column that inherits nothing stays as it
    is: absent, if YAML does not name it. Raises DescriptionError for a base_ model that
    does not begin as all do.
    """
    blocks = {
        doc["name"]: doc["block_contents"]
        for doc in manifest["docs"].values()
        if doc["original_file_path"] == STAGING_DOCS
    }
    models = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    reads = {name: node["depends_on"]["nodes"] for name, node in models.items()}
    for name in TopologicalSorter(reads).static_order():
        if name not in models or name not in catalog["nodes"]:
            continue
        texts = blocks | dict(inherited(models[name], manifest))
        columns = models[name]["columns"]
        for column in catalog["nodes"][name]["columns"]:
            if text := texts.get(column):
                # In the order of the table, not in that of YAML.
                known = columns.pop(column, undescribed(column))
                columns[column] = known
                known["description"] = known["description"] or text


def inherited(
    node: dict[str, Any], manifest: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the columns of a model that inherit a description, and the description."""
    parents = [
        manifest["nodes"][parent]
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("model.")
    ]
    if source := source_of(node, manifest):
        for column, delivered in delivered_columns(node, source).items():
            yield column, source["columns"][delivered]["description"]
    elif len(parents) == 1:
        for column in parents[0]["columns"].values():
            yield column["name"], column["description"]


def source_of(node: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """The source that a model reads; empty when it reads none."""
    for parent in node["depends_on"]["nodes"]:
        if parent in manifest["sources"]:
            found: dict[str, Any] = manifest["sources"][parent]
            return found
    return {}


def delivered_columns(node: dict[str, Any], source: dict[str, Any]) -> dict[str, str]:
    """The delivered column that each column of a base_ model is read from.

    A column made of several, or of none, is not in it.
    """
    query = parse_one(read_from_source(node, source), dialect="duckdb")
    found = {}
    for step in query.args["with_"].expressions:
        # The last step judges what the others have read.
        if step.alias not in ("landed", "judged") and isinstance(step.this, exp.Select):
            for expression in step.this.selects:
                delivered = {
                    column.name
                    for column in expression.find_all(exp.Column)
                    if column.table == "landed"
                }
                if len(delivered) == 1:
                    found[expression.alias_or_name] = delivered.pop()
    return found


def read_from_source(node: dict[str, Any], source: dict[str, Any]) -> str:
    """The compiled SQL of a base_ model, reading its source as if it were a table.

    What dbt compiles reads files, or nothing when all of them have been read, so the
    delivered columns would not show. Raises DescriptionError when the model does not
    begin as every base_ model does.
    """
    columns = [
        *(f"cast(null as varchar) as {name}" for name in LANDED_COLUMNS),
        *(f'"{name}"' for name in source["columns"]),
    ]
    landed = (
        f"with landed as (\n    select {', '.join(columns)}\n"
        f"    from {source['relation_name']}\n)"
    )
    code, replaced = LANDING.subn(lambda _: landed, node["compiled_code"])
    if not replaced:
        raise DescriptionError(
            f"{node['name']} does not begin with the rows that landed"
        )
    return re.sub(r'\braw\."', 'landed."', code)


def undescribed(column: str) -> dict[str, Any]:
    """A column as dbt has it in the manifest, without a description."""
    return {
        "name": column,
        "description": "",
        "meta": {},
        "data_type": None,
        "constraints": [],
        "quote": None,
        "config": {"meta": {}, "tags": []},
        "tags": [],
        "granularity": None,
        "doc_blocks": [],
    }
