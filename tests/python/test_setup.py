"""Whoever sets the hub up wrongly is told in one sentence what to do."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, Hub

from intelligence.zones import PSEUDONYM_KEY, VAULT_KEY


def refusal(hub: Hub) -> str:
    """What dbt says when it refuses; nothing must be left behind."""
    result = hub.dbt("build")
    assert result.returncode != 0
    assert "Traceback" not in result.stdout
    assert "  File " not in result.stdout
    return " ".join(result.stdout.split())


def built_files(hub: Hub) -> list[Path]:
    return list((hub.folder / "build").glob("*"))


@pytest.mark.parametrize("feeds", ["missing", "empty"])
def test_no_feeds(tmp_path: Path, make_hub: Callable[..., Hub], feeds: str) -> None:
    if feeds == "empty":
        (tmp_path / feeds / "community_csds" / "CYP001MPI").mkdir(parents=True)
    said = refusal(make_hub(tmp_path / feeds))
    assert f"There are no feeds in the folder '{tmp_path / feeds}'" in said
    assert "make feeds" in said
    assert "HUB_FEEDS" in said


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [(VAULT_KEY, "", "is not set"), (PSEUDONYM_KEY, "tiny-key", "is too short")],
)
def test_no_key(
    tmp_path: Path, make_hub: Callable[..., Hub], name: str, value: str, complaint: str
) -> None:
    hub = make_hub(tmp_path, **{name: value})
    said = refusal(hub)
    assert f"{name} {complaint}" in said
    assert "make secrets" in said
    assert built_files(hub) == []


def test_wrong_vault_key(hub: Hub) -> None:
    settings = hub.settings | {VAULT_KEY: "another-key-" + "x" * 32}
    said = refusal(Hub(hub.folder, settings))
    assert f"{VAULT_KEY} does not open" in said
    assert "x" * 32 not in said


def test_unwritable_build_folder(tmp_path: Path, make_hub: Callable[..., Hub]) -> None:
    (tmp_path / "file").write_text("in the way")
    hub = make_hub(tmp_path)
    hub.settings["HUB_BUILD"] = str(tmp_path / "file" / "build")
    said = refusal(hub)
    assert f"Cannot write to the folder {tmp_path / 'file' / 'build'}" in said
    assert "HUB_BUILD" in said


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_lists_its_targets() -> None:
    listed = make().stdout
    for target in ("build", "test", "feeds", "docs", "lint", "clean"):
        assert any(row.startswith(f"{target} ") for row in listed.splitlines())


def test_make_refuses_other_pythons(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --version ]; then echo Python 3.9.1; exit 0; fi\n'
        "exit 1\n"
    )
    old.chmod(0o755)
    venv = tmp_path / "venv"
    result = make("--always-make", f"{venv}/installed", f"PYTHON={old}", f"VENV={venv}")
    assert result.returncode != 0
    assert "Python 3.11 is needed" in result.stderr
    assert not venv.exists()
