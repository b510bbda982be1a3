"""The notebook for analysts runs on the published hub."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, Hub

NOTEBOOK = REPOSITORY / "notebooks" / "funnel_and_control_chart.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[dict[str, Any]]:
    """The cells of the notebook that hold code."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_the_notebook_draws_a_funnel_and_a_control_chart(
    cells: list[dict[str, Any]],
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A copy: one process cannot open a file with two configurations.
    (tmp_path / "live").mkdir()
    shutil.copy(hub.folder / "build" / "hub.duckdb", tmp_path / "live")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    drawn: dict[str, Any] = {}
    exec("\n".join("".join(cell["source"]) for cell in cells), drawn)
    drawn["hub"].close()
    assert len(drawn["wards"]) == 33
    assert drawn["wards"]["ratio"].notna().any()
    assert len(drawn["months"]) == 60
    assert drawn["months"].notna().all(axis=None)
    for chart in (drawn["funnel"], drawn["control_chart"]):
        assert chart.to_dict()["datasets"]


def test_the_notebook_is_short_and_holds_no_figures(
    cells: list[dict[str, Any]],
) -> None:
    lines = [line for cell in cells for line in cell["source"] if line.strip()]
    assert len(lines) < 30
    # What a notebook printed is data of people, which no repository holds.
    assert [cell for cell in cells if cell["outputs"] or cell["execution_count"]] == []
