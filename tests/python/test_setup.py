"""Whoever sets the hub up wrongly is told in one sentence what to do."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, Hub

from intelligence.zones import (
    PSEUDONYM_KEY,
    VAULT_KEY,
    ZoneError,
    attach_zones,
    hold_to_pseudonym_key,
    secret,
)


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


@pytest.mark.parametrize("name", [VAULT_KEY, PSEUDONYM_KEY])
def test_a_key_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(ZoneError, match=f"{name} is not set: put a random secret"):
        secret(name)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (VAULT_KEY, f"{VAULT_KEY} does not open"),
        (PSEUDONYM_KEY, f"{PSEUDONYM_KEY} is not the key that the pseudonyms of this"),
    ],
)
def test_another_key_than_before(hub: Hub, name: str, complaint: str) -> None:
    key = "another-key-" + "x" * 32
    changed = Hub(hub.folder, hub.settings | {name: key})
    before = hub.rows("from vault.main.pseudonym_key_check")
    said = refusal(changed)
    assert complaint in said
    assert "to change the key on purpose, point HUB_BUILD to a new folder" in said
    assert hub.rows("from vault.main.pseudonym_key_check") == before
    logged = (hub.folder / "logs" / "dbt.log").read_text()
    assert complaint in logged
    assert key not in said + logged


def test_a_quote_in_a_path_or_a_key_breaks_and_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "the city's"
    folder.mkdir()
    monkeypatch.setenv(VAULT_KEY, "it's-a-key-" + "x" * 32)
    for _ in range(2):
        with duckdb.connect() as connection:
            attach_zones(connection, folder)
            connection.execute("create table if not exists vault.main.t as select 1")
    monkeypatch.setenv(VAULT_KEY, "it's-no-key-" + "x" * 32)
    with duckdb.connect() as connection, pytest.raises(ZoneError) as refused:
        attach_zones(connection, folder)
    assert "x" * 32 not in str(refused.value)


def test_a_command_that_only_reads_takes_no_key_for_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as vault")
        monkeypatch.setenv(PSEUDONYM_KEY, "a" * 32)
        hold_to_pseudonym_key(connection, may_change=False)
        monkeypatch.setenv(PSEUDONYM_KEY, "b" * 32)
        hold_to_pseudonym_key(connection, may_change=True)
        monkeypatch.setenv(PSEUDONYM_KEY, "a" * 32)
        for may_change in (True, False):
            with pytest.raises(ZoneError, match="must not be mixed"):
                hold_to_pseudonym_key(connection, may_change)


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
