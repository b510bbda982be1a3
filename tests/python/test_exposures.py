"""An exposure lists the tables that its users really read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY

READ = re.compile(r"\b(?:from|join) (?:[a-z_]+\.)*((?:dim|fct)_[a-z_0-9]+)")


@pytest.fixture(scope="module")
def project(parsed: Path) -> dict[str, Any]:
    """What dbt knows of the project."""
    return json.loads((parsed.parent / "manifest.json").read_text())


def tables(nodes: list[str]) -> set[str]:
    """The names of the public tables among nodes of the manifest."""
    names = {node.split(".")[-1] for node in nodes}
    return {name for name in names if name.startswith(("dim_", "fct_"))}


def read_by(*paths: Path) -> set[str]:
    """The public tables that the SQL in these files reads."""
    return {
        name
        for path in paths
        for name in READ.findall(path.read_text(encoding="utf-8"))
    }


def test_exposures_list_what_is_read(project: dict[str, Any]) -> None:
    read: dict[str, set[str]] = {
        "metrics": tables(
            [
                node
                for model in project["semantic_models"].values()
                for node in model["depends_on"]["nodes"]
            ]
        ),
        "board_pack": read_by(*(REPOSITORY / "publish" / "board_pack").glob("*.py")),
    }
    for notebook in (REPOSITORY / "notebooks").glob("*.ipynb"):
        read[notebook.stem] = read_by(notebook)
    for node in project["nodes"].values():
        if node["resource_type"] == "analysis":
            for user in node["config"]["meta"].get("asked_by", []):
                read.setdefault(user, set()).update(tables(node["depends_on"]["nodes"]))
    assert read == {
        exposure["name"]: tables(exposure["depends_on"]["nodes"])
        for exposure in project["exposures"].values()
    }


def test_exposures_say_how_far_they_are(project: dict[str, Any]) -> None:
    assert [
        exposure["name"]
        for exposure in project["exposures"].values()
        if not exposure["maturity"] or not exposure["owner"]["email"]
    ] == []
