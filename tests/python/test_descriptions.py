"""A column is described once; whatever passes it on inherits the description."""

import re
from typing import Any

import pytest
from conftest import REPOSITORY

from publish.descriptions import (
    DescriptionError,
    delivered_columns,
    describe_columns,
    source_of,
)

STAGING = REPOSITORY / "models" / "staging"
BASE = """with landed as (
    select 1
),

codes as (
    select * from "hub"."reference"."codes"
),

renamed as (
    select
        file_id,
        trim(raw."Person Ward") as ward_code,
        case trim(raw."Open") when '1' then true end as is_open,
        trim(raw."Town") || trim(raw."Street") as address
    from landed
),

judged as (
    select
        *,
        case when ward_code not in (select code from codes) then 'unknown' end
            as failed_rule
    from renamed
)

select * from judged"""


def node(name: str, code: str, parents: list[str], **columns: str) -> dict[str, Any]:
    """A model or source as dbt's manifest has it, with the columns that YAML names."""
    return {
        "name": name,
        "resource_type": "model",
        "compiled_code": code,
        "depends_on": {"nodes": parents},
        "relation_name": f'"feeds"."{name}"',
        "columns": {
            column: {"name": column, "description": text}
            for column, text in columns.items()
        },
    }


def manifest(base_code: str = BASE) -> dict[str, Any]:
    """A source, the base_ and stg_ models that pass its columns on, and a join."""
    source = {
        "Person Ward": "Ward of residence.",
        "Open": "1 while open.",
        "Town": "Town.",
        "Street": "Street.",
    }
    return {
        "sources": {"source.town.people": node("people", "", [], **source)},
        "nodes": {
            "model.base_people": node(
                "base_people",
                base_code,
                ["source.town.people", "seed.codes"],
                is_open="Whether still open.",
            ),
            "model.stg_people": node("stg_people", "", ["model.base_people"]),
            "model.other": node("other", "", []),
            "model.joined": node(
                "joined", "", ["model.stg_people", "model.other"], ward_code=""
            ),
        },
        "docs": {
            "doc.file_id": {
                "name": "file_id",
                "block_contents": "File of the line.",
                "original_file_path": "models/staging/_staging__docs.md",
            },
            "doc.address": {
                "name": "address",
                "block_contents": "Address of a building.",
                "original_file_path": "models/place/_place__docs.md",
            },
        },
    }


def catalog(**tables: list[str]) -> dict[str, Any]:
    """The columns that tables have, as dbt's catalog has them."""
    return {
        "nodes": {
            f"model.{name}": {"columns": {column: {} for column in columns}}
            for name, columns in tables.items()
        }
    }


def test_a_column_inherits_the_text_of_what_it_passes_on() -> None:
    columns = ["file_id", "ward_code", "is_open", "address"]
    found = manifest()
    describe_columns(
        found, catalog(base_people=columns, stg_people=columns, joined=["ward_code"])
    )
    texts = {
        name: {
            column["name"]: column["description"] for column in one["columns"].values()
        }
        for name, one in found["nodes"].items()
    }
    expected = {
        "file_id": "File of the line.",
        "ward_code": "Ward of residence.",
        "is_open": "Whether still open.",
    }
    # What is made of two delivered columns has to be described.
    assert texts["model.base_people"] == expected
    assert texts["model.stg_people"] == expected
    # Of two models it is not known which one a column comes from.
    assert texts["model.joined"] == {"ward_code": ""}


def test_a_base_model_must_begin_with_what_landed() -> None:
    found = manifest(
        base_code="with people as (\n    select 1\n)\n\nselect * from people"
    )
    with pytest.raises(DescriptionError, match="base_people does not begin"):
        describe_columns(found, catalog(base_people=["ward_code"]))


@pytest.mark.parametrize(
    ("delivered", "column", "files"),
    [
        # Renamed and passed on.
        (
            "spell.commissioning.grouping.core_hrg",
            "hrg_code",
            ["_acute_sus__sources.yml", "base_acute_sus__spells.sql"],
        ),
        # Also cast, and refused when it cannot be read.
        (
            "Person Merger Business Effective From Date",
            "merged_date",
            [
                "_primary_care__models.yml",
                "_primary_care__sources.yml",
                "base_primary_care__mergers.sql",
            ],
        ),
    ],
)
def test_a_delivered_column_is_written_in_three_files_at_most(
    delivered: str, column: str, files: list[str]
) -> None:
    written = re.compile(rf"(?<![\w.]){re.escape(delivered)}(?![\w.])|\b{column}\b")
    assert [
        path.name
        for path in sorted(STAGING.rglob("*.*"))
        if written.search(path.read_text(encoding="utf-8"))
    ] == files


def test_a_typed_column_that_cannot_be_read_is_rejected(
    manifest: dict[str, Any],
) -> None:
    """Left out of `readable`, a value that cannot be read would become null."""
    typed = {
        (model["name"], column): column in model["config"]["meta"].get("readable", {})
        for model in manifest["nodes"].values()
        if model["name"].startswith("base_")
        for source in [source_of(model, manifest)]
        for column, delivered in delivered_columns(model, source).items()
        if source["columns"][delivered]["data_type"] != "varchar"
    }
    assert len(typed) > 100
    assert [column for column, is_readable in typed.items() if not is_readable] == []
