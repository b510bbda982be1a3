"""Readers see one whole, tested build at a time, whatever happens to the next one.

Most tests build a project of two models instead of the city: the locks, the refusals
and the swap are the same and a build takes seconds.
"""

import grp
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import KEYS, REPOSITORY, Hub
from dbt.cli.main import cli

from intelligence.platform.lock import FILE_NAME, FolderInUseError, FolderLock
from intelligence.platform.settings import VAULT_KEY
from intelligence.platform.zones import attach_vault
from publish.swap import NARROWING, READERS, ZONES, PublishError, passed_nodes, publish

# A build is killed this many times; each costs a build and a half.
KILLS = int(os.environ.get("HUB_TEST_KILLS", "3"))
# The tables that the killed builds make.
MADE_OF_FEEDS = ("vault.", "hub.person.")
UNLUCKY = 13
PROJECT = {
    "dbt_project.yml": """
name: two_numbers
profile: leeds_intelligence_hub
flags: {send_anonymous_usage_stats: false}
model-paths: [models]
test-paths: [tests]
models: {+materialized: table}
""",
    "models/hub_number.sql": """
select asked.number, hash(noise.value) as noise
from 'asked.csv' as asked,
    lateral (select unnest(range(asked.row_count)) as value) as noise
""",
    "models/board_number.sql": """
{{ config(database='board') }}
select number, count(*) as row_count from {{ ref('hub_number') }} group by number
""",
    "tests/assert_number_is_lucky.sql": f"""
select * from {{{{ ref('board_number') }}}} where number = {UNLUCKY}
""",
}
# Reads until told to stop; prints how often, what it saw and what went wrong.
READER = """
import json, sys, time, duckdb
from pathlib import Path

live, stop = map(Path, sys.argv[1:])
seen, errors, count = set(), [], 0
while not stop.exists():
    count += 1
    time.sleep(0.05)
    try:
        with duckdb.connect(str(live / "hub.duckdb"), read_only=True) as hub:
            seen |= set(hub.sql("select distinct number from hub_number").fetchall())
        with duckdb.connect(str(live / "board.duckdb"), read_only=True) as board:
            board.sql("select * from board_number").fetchall()
        with duckdb.connect() as both:
            folder = (live / "current").resolve()
            for zone in ("hub", "board"):
                both.execute(f"attach '{folder / zone}.duckdb' as {zone} (read_only)")
            told = both.sql("select * from board.board_number").fetchall()
            held = both.sql("select number, count(*) from hub.hub_number group by 1")
            if held.fetchall() != told:
                errors.append("hub and board are of different builds")
    except Exception as error:
        errors.append(str(error))
print(json.dumps({"count": count, "seen": sorted(n for n, in seen), "errors": errors}))
"""


@dataclass
class Workshop:
    """The project of two models, its build folder and the folder it publishes to."""

    folder: Path

    def __post_init__(self) -> None:
        """Write the project."""
        for name, text in PROJECT.items():
            path = self.folder / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def build(self) -> Path:
        """Where dbt builds."""
        return self.folder / "build"

    @property
    def live(self) -> Path:
        """Where readers read."""
        return self.folder / "live"

    @property
    def target(self) -> Path:
        """Where dbt writes its results."""
        return self.folder / "target"

    @property
    def environment(self) -> dict[str, str]:
        """What dbt must know to work in this folder."""
        return (
            os.environ
            | KEYS
            | {
                "HUB_BUILD": str(self.build),
                "DBT_PROFILES_DIR": str(REPOSITORY),
                "DBT_TARGET_PATH": str(self.target),
                "DBT_LOG_PATH": str(self.folder / "logs"),
                "PYTHONPATH": str(REPOSITORY),
                "DO_NOT_TRACK": "1",
            }
        )

    def ask(self, number: int, rows: int) -> None:
        """Let the next build put `number` into the hub so many times."""
        # In a file and not in dbt's vars, for which dbt would parse everything again.
        asked = self.folder / "project" / "asked.csv"
        asked.write_text(f"number,row_count\n{number},{rows}\n")

    def start(
        self, *arguments: str, number: int = 1, rows: int = 1000
    ) -> subprocess.Popen[str]:
        """Start dbt with these arguments; the hub is to hold `number` so many times."""
        self.ask(number, rows)
        return subprocess.Popen(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments],
            cwd=self.folder / "project",
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make_dbt(self, rows: int) -> subprocess.CompletedProcess[str]:
        """Build as `make dbt` does."""
        self.ask(1, rows)
        return subprocess.run(
            [
                *("make", "--makefile", REPOSITORY / "Makefile", "dbt"),
                *(f"VENV={sys.prefix}", "--old-file", f"{sys.prefix}/installed"),
            ],
            cwd=self.folder / "project",
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str, number: int = 1, rows: int = 1000) -> str:
        """Run dbt; fail the test when dbt fails; return what it said."""
        process = self.start(*arguments, number=number, rows=rows)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    def publish(self) -> Path:
        """Publish the build."""
        return publish(self.build, self.live, self.target)


def hashes(live: Path) -> dict[str, str]:
    """The hash of each file that readers open."""
    found = {}
    for zone in ZONES:
        with (live / f"{zone}.duckdb").open("rb") as file:
            found[zone] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


@pytest.fixture(scope="module")
def lucky(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Built with number 1; tests copy it."""
    workshop = Workshop(tmp_path_factory.mktemp("lucky"))
    workshop.dbt("build")
    return workshop


@pytest.fixture
def workshop(lucky: Workshop, tmp_path: Path) -> Workshop:
    """A workshop of its own for each test, built and published with number 1."""
    shutil.copytree(lucky.folder, tmp_path / "workshop")
    copy = Workshop(tmp_path / "workshop")
    copy.publish()
    return copy


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        reason = f"a small disk cannot be mounted here: {mounted.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    yield disk
    subprocess.run(["umount", disk], check=True)


def start_changing(
    start: Callable[[], subprocess.Popen[str]], build: Path
) -> subprocess.Popen[str]:
    """Start dbt and wait until it has the build folder to itself."""

    def changed_by() -> object:
        try:
            return json.loads((build / FILE_NAME).read_text()).get("changed_by")
        except (OSError, ValueError):
            return None

    before = changed_by()
    process = start()
    while process.poll() is None and changed_by() in (before, None):
        time.sleep(0.01)
    return process


def test_readers_see_no_error_and_no_mixture(
    workshop: Workshop, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, workshop.live, stop],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        failing = workshop.start("build", number=UNLUCKY)
        failing.communicate()
        assert failing.returncode != 0
        with pytest.raises(PublishError, match=r"did not pass, first assert_number_is"):
            workshop.publish()
        workshop.dbt("build", number=2, rows=2000)
        for _ in range(6):
            workshop.publish()
            time.sleep(0.5)
    finally:
        stop.touch()
        told = [json.loads(reader.communicate()[0]) for reader in readers]
    for report in told:
        assert report["errors"] == []
        assert report["count"] > 20
        assert report["seen"] == [1, 2]


def test_a_narrowed_or_broken_off_build_is_not_published(workshop: Workshop) -> None:
    before = hashes(workshop.live)
    workshop.dbt("build", "--select", "hub_number", number=3)
    with pytest.raises(PublishError, match="did not build and test everything"):
        workshop.publish()
    process = start_changing(lambda: workshop.start("build", number=3), workshop.build)
    process.kill()
    process.communicate()
    with pytest.raises(PublishError, match="not those of the last run"):
        workshop.publish()
    assert hashes(workshop.live) == before


@pytest.mark.parametrize("argument", NARROWING)
def test_every_narrowing_argument_is_known_to_dbt(argument: str) -> None:
    assert argument in {parameter.name for parameter in cli.commands["build"].params}


@pytest.mark.parametrize("argument", NARROWING)
def test_no_narrowed_build_is_published(
    lucky: Workshop, tmp_path: Path, argument: str
) -> None:
    results = json.loads((lucky.target / "run_results.json").read_text())
    assert not results["args"].get(argument)
    results["args"][argument] = ["x"]
    (tmp_path / "run_results.json").write_text(json.dumps(results))
    with pytest.raises(PublishError, match="did not build and test everything"):
        passed_nodes(tmp_path, results["metadata"]["invocation_id"])


def test_reading_commands_do_not_stand_in_the_way(workshop: Workshop) -> None:
    workshop.dbt("docs", "generate", "--target-path", str(workshop.folder / "docs"))
    workshop.publish()
    with workshop_connection(workshop.live) as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (1,)


def workshop_connection(folder: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(folder / "hub.duckdb"), read_only=True)


def test_what_the_build_did_not_make_is_not_published(workshop: Workshop) -> None:
    with duckdb.connect(str(workshop.build / "hub.duckdb")) as hub:
        hub.execute("create table removed_model as select 1 as old")
        hub.execute("create view removed_view as select * from removed_model")
    workshop.publish()
    with workshop_connection(workshop.live) as live:
        assert live.sql("show tables").fetchall() == [("hub_number",)]


def test_published_files_keep_who_may_read_them(workshop: Workshop) -> None:
    assert (workshop.live / "hub.duckdb").stat().st_mode & 0o222 == 0
    (workshop.live / "hub.duckdb").chmod(0o640)
    version = workshop.publish()
    assert (version / "hub.duckdb").stat().st_mode & 0o777 == 0o440


def test_nobody_else_may_read_what_is_published(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = workshop.publish()
    for path in (workshop.live, version, *version.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
    monkeypatch.setenv(READERS, grp.getgrgid(os.getgid()).gr_name)
    version = workshop.publish()
    for path in (workshop.live, version.parent, version):
        assert path.stat().st_mode & 0o777 == 0o750, path
    for path in version.iterdir():
        assert path.stat().st_mode & 0o777 == 0o440, path
        assert path.stat().st_gid == os.getgid()


def test_a_version_with_people_who_are_gone_does_not_stay(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    def hold(people: list[str]) -> Path:
        with duckdb.connect(str(workshop.build / "hub.duckdb")) as hub:
            hub.execute("create schema if not exists person")
            hub.execute("drop table if exists person.dim_person")
            hub.execute("create table person.dim_person (person_id text)")
            hub.executemany(
                "insert into person.dim_person values (?)", [[one] for one in people]
            )
        made = {
            '"hub"."main"."hub_number"',
            '"hub"."person"."dim_person"',
            '"board"."main"."board_number"',
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("publish.swap.relation_names", lambda *_: made)
            return workshop.publish()

    everyone = hold(["a", "b"])
    hold(["a", "b", "c"])
    assert everyone.exists()
    reader = duckdb.connect(
        str(workshop.live / "hub.duckdb"), config={"access_mode": "READ_ONLY"}
    )
    before = (workshop.live / "current").resolve()
    hold(["b", "c"])
    assert not before.exists()
    assert "1 people in it are not in the new one" in capsys.readouterr().out
    assert reader.sql("select count(*) from person.dim_person").fetchone() == (3,)
    reader.close()


@dataclass
class Warehouse:
    """A build of Spark, as its files and dbt's results, and where it is published."""

    folder: Path

    def build(self, tables: dict[str, str], is_passed: bool = True) -> None:
        """Make these tables and no others, by the name of schema and table."""
        warehouse = self.folder / "build" / "warehouse"
        results, nodes = [], {}
        for name, rows in tables.items():
            schema, table = name.split(".")
            place = warehouse / f"{schema}.db" / table
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            (place / "_SUCCESS").touch()
            duckdb.sql(f"copy ({rows}) to '{place}/part-0.parquet'")
            node = f"model.hub.{table}"
            status = "success" if is_passed else "error"
            results.append({"unique_id": node, "status": status, "message": "no"})
            nodes[node] = {"relation_name": name}
        with FolderLock(self.folder / "build") as lock:
            lock.record_change("spark")
        said = {"metadata": {"invocation_id": "spark"}, "args": {"which": "build"}}
        for name, content in (
            ("run_results", said | {"results": results}),
            ("manifest", {"nodes": nodes}),
        ):
            path = self.folder / "target" / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content))

    def publish(self) -> Path:
        """Publish the build."""
        return publish(*(self.folder / name for name in ("build", "live", "target")))

    def people(self, version: str = "hub") -> list[str]:
        """The people that readers see."""
        files = self.folder / "live" / version / "person/dim_person/*.parquet"
        return [one for (one,) in duckdb.sql(f"from '{files}' order by all").fetchall()]


def test_spark_tables_are_published_whole_and_without_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path)
    tables = {
        "hub_person.dim_person": "select unnest(['a', 'b']) as person_id",
        "board_board.dim_area": "select 1 as area",
        "vault_identity.persons": "select 'a number' as nhs_number",
    }
    warehouse.build(tables | {"hub_person.old_model": "select 1 as old"})
    warehouse.build(tables)
    monkeypatch.setenv(READERS, grp.getgrgid(os.getgid()).gr_name)
    first = warehouse.publish()
    assert warehouse.people() == ["a", "b"]
    assert sorted(
        str(path.relative_to(first)) for path in first.rglob("*") if path.is_file()
    ) == [
        "board/board/dim_area/part-0.parquet",
        "hub/person/dim_person/part-0.parquet",
    ]
    for path in (first, *first.rglob("*")):
        wanted = 0o750 if path.is_dir() else 0o440
        assert path.stat().st_mode & 0o777 == wanted, path

    tables["hub_person.dim_person"] = "select unnest(['a', 'b', 'c']) as person_id"
    warehouse.build(tables, is_passed=False)
    with pytest.raises(PublishError, match="3 steps of the build did not pass"):
        warehouse.publish()
    assert warehouse.people() == ["a", "b"]
    warehouse.build(tables)
    warehouse.publish()
    assert warehouse.people() == ["a", "b", "c"]
    assert warehouse.people("versions/1/hub") == ["a", "b"]

    # Whoever opted out is not kept in the version before.
    tables["hub_person.dim_person"] = "select '' as person_id where false"
    warehouse.build(tables)
    warehouse.publish()
    assert warehouse.people() == []
    assert [path.name for path in (tmp_path / "live/versions").iterdir()] == ["3"]


def test_files_of_the_old_kind_are_replaced(workshop: Workshop) -> None:
    shutil.rmtree(workshop.live)
    workshop.live.mkdir()
    for zone in ("hub", "board"):
        (workshop.live / f"{zone}.duckdb").write_text("published without versions")
    workshop.publish()
    with workshop_connection(workshop.live) as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (1,)


def test_what_is_no_version_is_left_alone(workshop: Workshop) -> None:
    stray = workshop.live / "versions" / "lost+found"
    stray.mkdir()
    assert workshop.publish().name == "2"
    assert workshop.publish().name == "3"
    assert sorted(path.name for path in stray.parent.iterdir()) == [
        *("2", "3", "lost+found")
    ]


def test_the_second_of_two_builds_is_refused(workshop: Workshop) -> None:
    first = start_changing(lambda: workshop.start("build", number=2), workshop.build)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        second = workshop.start("build", number=2)
        said = " ".join(second.communicate()[0].split())
        assert second.returncode != 0
        assert (
            f"the folder {workshop.build} is in use by another build or publication "
            f"(process {first.pid}). Wait until it has ended, or point HUB_BUILD to "
            "another folder." in said
        )
        assert "Traceback" not in said
        with pytest.raises(FolderInUseError, match=str(first.pid)):
            workshop.publish()
    finally:
        os.kill(first.pid, signal.SIGCONT)
        said, _ = first.communicate()
    assert first.returncode == 0, said
    workshop.publish()
    with workshop_connection(workshop.live) as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (2,)


def test_a_full_disk_is_named_and_changes_nothing_published(
    workshop: Workshop, small_disk: Path
) -> None:
    shutil.copytree(workshop.folder, small_disk, symlinks=True, dirs_exist_ok=True)
    small = Workshop(small_disk)
    before = hashes(small.live)
    result = small.make_dbt(rows=5_000_000)
    assert result.returncode != 0
    assert "No space left on device" in result.stdout
    assert (
        f"The disk of the folder {small.build} is full: free some space"
        in result.stderr
    )
    with pytest.raises(PublishError, match=r"not those of the last run|did not pass"):
        small.publish()
    fill(small_disk / "filler")
    process = small.start("build")
    said, _ = process.communicate()
    assert process.returncode != 0
    assert f"Cannot write to the folder {small.build} (No space left" in said
    assert hashes(small.live) == before
    subprocess.run(["mount", "-o", "remount,size=128m", small_disk], check=True)
    small.dbt("build", number=2)
    small.publish()
    with workshop_connection(small.live) as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (2,)


def fill(path: Path) -> None:
    """Let this file take what is left of its disk."""
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def test_a_publication_that_finds_the_disk_full_changes_nothing(
    workshop: Workshop, small_disk: Path
) -> None:
    workshop.dbt("build", number=2, rows=5_000_000)
    publish_to_disk = [
        *(sys.executable, "-m", "publish.swap", workshop.build, small_disk / "live")
    ]
    shutil.copytree(workshop.live, small_disk / "live", symlinks=True)
    result = subprocess.run(
        publish_to_disk,
        cwd=REPOSITORY,
        env=os.environ | {"DBT_TARGET_PATH": str(workshop.target)},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert result.stderr.startswith("Nothing was published, ")
    assert "No space left on device" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    with workshop_connection(small_disk / "live") as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (1,)
    assert [path.name for path in (small_disk / "live/versions").iterdir()] == ["1"]


def start_publishing(workshop: Workshop) -> tuple[subprocess.Popen[bytes], Path]:
    """Start a publication and wait until it has made the folder of its version."""
    versions = workshop.live / "versions"
    before = set(versions.iterdir())
    process = subprocess.Popen(
        [sys.executable, "-m", "publish.swap", workshop.build, workshop.live],
        cwd=REPOSITORY,
        env=os.environ | {"DBT_TARGET_PATH": str(workshop.target)},
    )
    while not (new := set(versions.iterdir()) - before):
        assert process.poll() is None
        time.sleep(0.001)
    return process, new.pop()


def test_a_killed_publication_leaves_the_old_or_the_new(
    workshop: Workshop, tmp_path: Path
) -> None:
    workshop.dbt("build", number=2, rows=500_000)
    begun = time.monotonic()
    publish(workshop.build, tmp_path / "elsewhere", workshop.target)
    seconds = time.monotonic() - begun
    chance = random.Random(1)
    unfinished = []
    for _ in range(8):
        process, version = start_publishing(workshop)
        time.sleep(chance.uniform(0, 2 * seconds))
        process.kill()
        process.wait()
        folder = (workshop.live / "current").resolve()
        if folder != version.resolve():
            unfinished.append(version)
        with duckdb.connect() as both:
            for zone in ("hub", "board"):
                both.execute(f"attach '{folder / zone}.duckdb' as {zone} (read_only)")
            told = both.sql("select * from board.board_number").fetchall()
            held = both.sql("select number, count(*) from hub.hub_number group by 1")
            assert held.fetchall() == told
    assert unfinished, "every publication had ended before it was killed"
    workshop.publish()
    with workshop_connection(workshop.live) as live:
        assert live.sql("select max(number) from hub_number").fetchone() == (2,)
    assert len(list((workshop.live / "versions").iterdir())) == 2
    assert not any(version.exists() for version in unfinished)


def fingerprints_of(workshop: Workshop) -> str:
    return subprocess.run(
        [sys.executable, "-m", "publish.fingerprint", workshop.build],
        cwd=REPOSITORY,
        env=os.environ | {VAULT_KEY: KEYS[VAULT_KEY]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_fingerprints_tell_contents_not_order(workshop: Workshop) -> None:
    def change(statement: str) -> None:
        with duckdb.connect(str(workshop.build / "hub.duckdb")) as hub:
            hub.execute(statement)

    first = fingerprints_of(workshop)
    assert [line.split("\t")[:2] for line in first.splitlines()] == [
        ["board.main.board_number", "1"],
        ["hub.main.hub_number", "1000"],
        ["vault.main.pseudonym_key_check", "1"],
    ]
    change(
        "create or replace table hub_number as select * from hub_number order by noise"
    )
    assert fingerprints_of(workshop) == first
    change(
        "update hub_number set number = 2 "
        "where noise = (select max(noise) from hub_number)"
    )
    assert fingerprints_of(workshop) != first


def test_fingerprints_tell_the_feeds_from_the_place_and_the_past_of_a_build(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VAULT_KEY, KEYS[VAULT_KEY])
    with duckdb.connect() as connection:
        attach_vault(connection, workshop.build)
        connection.execute(
            "create schema vault.identity; create schema vault.staging; "
            "create table vault.identity.int_identity__link_history as select 1 as n; "
            "create table vault.staging.stg_feeds__files as "
            "select 'one' as file_id, 'here' as file_path, 'now' as landed_as"
        )
    feeds, past = fingerprints_of(workshop).split("\n\n")
    with duckdb.connect() as connection:
        attach_vault(connection, workshop.build)
        connection.execute(
            "update vault.identity.int_identity__link_history set n = 2; "
            "update vault.staging.stg_feeds__files set file_path = 'there'"
        )
    assert "vault.staging.stg_feeds__files\t1" in feeds
    feeds_elsewhere, other_past = fingerprints_of(workshop).split("\n\n")
    assert feeds_elsewhere == feeds
    assert "vault.identity.int_identity__link_history\t1" in past
    assert other_past != past


def forget_a_month(hub: Hub, month: str) -> None:
    """Put the vault back to where it was before the files of a month came in."""
    with hub.open() as connection:
        tables = connection.sql(
            "select table_name from information_schema.columns "
            "where table_catalog = 'vault' and column_name = 'file_id' "
            "and (table_name like 'base_%' or table_name = 'stg_feeds__files')"
        ).fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            connection.execute(
                f"delete from vault.staging.{table} where file_id like '%{month}%'"
            )


def seconds_by_node(target: Path) -> dict[str, float]:
    """How long each model and seed took in the build with these results, by name."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    nodes = [(result["unique_id"].split("."), result) for result in results]
    return {
        parts[-1]: result["execution_time"]
        for parts, result in nodes
        if parts[0] in {"model", "seed"}
    }


def wait_for_start(process: subprocess.Popen[str], node: str) -> str:
    """Read what dbt says until it has begun this node; return the line that says so."""
    assert process.stdout
    said = []
    for line in process.stdout:
        if " START " in line and f".{node} " in line:
            return line.rstrip()
        said.append(line)
    pytest.fail(f"the build ended before it began {node}:\n{''.join(said)[-6000:]}")


def test_a_build_killed_at_any_moment_does_no_harm(
    hub: Hub,
    make_hub: Callable[..., Hub],
    record_property: Callable[[str, object], None],
) -> None:
    """The next build makes the tables of an undisturbed one.

    The first kill strikes a build that takes in a month and changes the tables that
    were published, the second a first build, and so on by turns. The builds are of what
    remembers the builds before it and of the people made from it: what comes after that
    is made anew by every build. Tests write nothing, so the builds go without them.
    Moments are counted from the start of a node, so that a slow machine is struck as
    evenly as a fast one.
    """
    whole = hub.content()
    killed = make_hub(Path(hub.settings["HUB_FEEDS"]), DBT_WRITE_JSON="true")
    # It has other threads, and so another project to dbt.
    others = shutil.ignore_patterns("project", "partial_parse.msgpack")
    shutil.copytree(hub.folder, killed.folder, dirs_exist_ok=True, ignore=others)
    build, live, target = (killed.folder / name for name in ("build", "live", "target"))
    publish(build, live, target)
    published = hashes(live)
    models = (
        *("build", "--exclude-resource-type", "test", "unit_test", "--select"),
        *("+path:models/staging", "+path:models/identity", "+path:models/person"),
    )
    made = {one.table for one in whole if one.table.startswith(MADE_OF_FEEDS)}
    seconds = {
        name: spent
        for name, spent in seconds_by_node(target).items()
        if any(table.endswith(f".{name}") for table in made)
    }
    assert len(seconds) > 100
    chance = random.Random(20)
    struck = 0
    while struck < KILLS:
        if struck % 2 == 0:
            forget_a_month(killed, f"2024-{chance.randint(1, 12):02}")
        else:
            shutil.rmtree(build)
        process = start_changing(
            lambda: subprocess.Popen(
                **killed.command(*models), stdout=subprocess.PIPE, text=True
            ),
            build,
        )
        (node,) = chance.choices(list(seconds), list(seconds.values()))
        place = wait_for_start(process, node)
        time.sleep(chance.uniform(0, seconds[node]))
        process.kill()
        said, _ = process.communicate()
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, said[-6000:]
            continue
        struck += 1
        record_property("a build was killed at", place)
        with pytest.raises(PublishError, match="the last run of dbt"):
            publish(build, live, target)
        assert hashes(live) == published
        with workshop_connection(live) as opened:
            assert opened.sql("from person.dim_person limit 1").fetchone()
        result = killed.dbt(*models)
        assert result.returncode == 0, result.stdout[-6000:]
        content = killed.content()
        assert content <= whole, place
        assert made <= {one.table for one in content}, place
