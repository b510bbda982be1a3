"""Whoever sets the hub up wrongly is told in one sentence what to do."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, Hub

from intelligence.platform.connections import private_connection
from intelligence.platform.errors import without_values
from intelligence.platform.settings import (
    PSEUDONYM_KEY,
    VAULT_KEY,
    SettingError,
    check_build_folder,
    check_feeds_folders,
    check_memory,
    check_secrets,
    check_variables,
    secret,
)
from intelligence.platform.zones import ZoneError, attach_zones, hold_to_pseudonym_key


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
    with pytest.raises(SettingError, match=f"{name} is not set: put a random secret"):
        secret(name)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (VAULT_KEY, f"{VAULT_KEY} does not open"),
        (PSEUDONYM_KEY, f"{PSEUDONYM_KEY} is not the key that the pseudonyms of this"),
    ],
)
def test_another_key_than_before(
    hub: Hub, tmp_path: Path, name: str, complaint: str
) -> None:
    key = "another-key-" + "x" * 32
    # A copy: other tests hold the built city open.
    folder = tmp_path / "built"
    shutil.copytree(hub.folder, folder, symlinks=True)
    hub = Hub(folder, hub.settings)
    changed = Hub(folder, hub.settings | {name: key})
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
        monkeypatch.setenv(PSEUDONYM_KEY, "first-key-" + "a" * 32)
        hold_to_pseudonym_key(connection, may_change=False)
        monkeypatch.setenv(PSEUDONYM_KEY, "other-key-" + "b" * 32)
        hold_to_pseudonym_key(connection, may_change=True)
        monkeypatch.setenv(PSEUDONYM_KEY, "first-key-" + "a" * 32)
        for may_change in (True, False):
            with pytest.raises(ZoneError, match="must not be mixed"):
                hold_to_pseudonym_key(connection, may_change)


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("ключ-" + "0123456789" * 4, "not printable ASCII"),
        ("two words " + "0123456789" * 4, "has blanks"),
        ("0123456789abcdef" * 2 + "\n", "has blanks"),
        ("x" * 64, "fewer than 8 different characters"),
    ],
)
def test_a_key_that_could_be_guessed_is_refused_and_not_repeated(
    key: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VAULT_KEY, key)
    with pytest.raises(SettingError, match=complaint) as refused:
        secret(VAULT_KEY)
    assert key.strip() not in str(refused.value)


def test_the_same_key_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VAULT_KEY, "0123456789abcdef" * 2)
    monkeypatch.setenv(PSEUDONYM_KEY, "0123456789abcdef" * 2)
    with pytest.raises(SettingError, match="are the same"):
        check_secrets()


@pytest.mark.parametrize("folder", ["what?", "the city's", "[1]", "a\\b", 'a"b', "*"])
def test_a_folder_that_databases_cannot_be_in_is_refused(folder: str) -> None:
    with pytest.raises(SettingError, match="HUB_BUILD must be a folder without"):
        check_build_folder(folder)
    check_build_folder("../a build of ÄÖ/with blanks")


def test_a_folder_that_feeds_are_not_found_in_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUB_FEEDS", "the city's [feeds]* of what?")
    check_feeds_folders()
    monkeypatch.setenv("HUB_FEEDS", "C:\\feeds")
    with pytest.raises(SettingError, match="HUB_FEEDS must be a folder without"):
        check_feeds_folders()


@pytest.mark.parametrize("limit", ["", "8", "lots", "-1GB", "8GB; select 1"])
def test_an_odd_memory_is_refused(limit: str) -> None:
    with pytest.raises(SettingError, match="HUB_MEMORY must be a number and a unit"):
        check_memory(limit)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"as_of_dat": "2025-03-31"}, "There is no variable 'as_of_dat'"),
        ({"as_of_date": "31/03/2025"}, "as_of_date must be a day"),
        ({"as_of_date": "2025-02-30"}, "as_of_date must be a day"),
        ({"as_of_date": "9999-12-31"}, "as_of_date must be a day"),
        ({"as_of_date": "2025-03-31'"}, "as_of_date must be a day"),
        ({"first_month": "2024-04-15"}, "the first day of a month"),
        ({"first_month": "2030-01-01"}, "is after as_of_date"),
        ({"readmission_days": "thirty"}, "must be like its default, 30"),
        ({"feeds_are_pseudonymised": "no"}, "must be like its default, False"),
        ({"feeds_are_pseudonymised": 1}, "must be like its default, False"),
        ({"silent_share": True}, "must be like its default, 0.25"),
        ({"bcf_metric_sets": "2025/26"}, "must be like its default"),
        ({"coarse_period": "month"}, "must be one of quarter, year"),
        ({"coarse_geography": "lsoa"}, "must be one of ward, "),
        ({"coarse_shift_days": 0}, "must be from 1 to 365"),
    ],
)
def test_an_odd_variable_is_refused(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        check_variables(given, REPOSITORY)


def test_variables_of_the_right_kind_are_taken() -> None:
    check_variables({}, REPOSITORY)
    check_variables(
        {"as_of_date": "2025-03-14", "first_month": "2021-05-01", "silent_share": 1},
        REPOSITORY,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "select cast('4999999992 Zqfile' as integer)",
        "select cast(4999999992 as decimal(18, 2)) * cast(1e12 as decimal(18, 2))",
        "select cast(value as smallint) from (values (4999999992)) as t (value)",
        "create temp table t (n integer primary key); insert into t values (499999); "
        "insert into t values (499999)",
        "select strptime('4999999992', '%d/%m/%Y')",
        "select error('Zqfile lives at \"4 Zqfile Lane\", born 1940-03-12')",
    ],
)
def test_no_failure_of_the_database_repeats_a_value(statement: str) -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as failed:
        connection.execute(statement)
    said = without_values(failed.value)
    assert not any(value in said for value in ("499999", "Lane", "1940"))
    assert "Error" in said or "Exception" in said


def test_what_does_not_fit_into_memory_is_spilled_encrypted_below_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_BUILD", str(tmp_path))
    with private_connection("100MB", preserve_insertion_order="false") as connection:
        connection.execute(
            "create table rows as select 'Zqfile' || n as name, hash(n) as place "
            "from range(3_000_000) as numbers (n)"
        )
        reader = connection.execute("select name from rows order by place")
        assert str(reader.fetchone()[0]).startswith("Zqfile")
        spilled = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert spilled
        assert not any(b"Zqfile" in path.read_bytes() for path in spilled)


def test_a_failing_model_prints_no_value_and_nobody_else_may_read_the_build(
    tmp_path: Path, make_hub: Callable[..., Hub]
) -> None:
    city = tmp_path / "feeds" / "care_homes" / "home"
    city.mkdir(parents=True)
    (city / "CQC__2024-04__01.csv").write_text("a\n1\n", encoding="utf-8")
    hub = make_hub(tmp_path / "feeds", DBT_LOG_LEVEL_FILE="debug")
    old = os.umask(0o022)
    try:
        result = hub.dbt(
            "show", "--inline", "select cast('4999999992 Zqfile' as integer) as n"
        )
        seeded = hub.dbt("seed", "--select", "organisations")
    finally:
        os.umask(old)
    assert seeded.returncode == 0, seeded.stdout
    assert result.returncode != 0
    log = hub.folder / "logs" / "dbt.log"
    kept = [log.read_text(encoding="utf-8"), result.stdout, result.stderr]
    assert "ConversionException" in result.stdout
    # The statement itself is ours; what DuckDB says of it is not shown.
    assert not any("Could not convert string '4999999992" in text for text in kept)
    for path in (hub.folder / "build", *(hub.folder / "build").iterdir(), log):
        assert path.stat().st_mode & 0o077 == 0, path


def test_unwritable_build_folder(tmp_path: Path, make_hub: Callable[..., Hub]) -> None:
    hub = make_hub(tmp_path)
    (hub.folder / "build").write_text("in the way")
    said = refusal(hub)
    assert "Cannot write to the folder ../build" in said
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
