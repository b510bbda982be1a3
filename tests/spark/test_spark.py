"""Spark and DuckDB make the same tables of the same feeds, whatever happens in between.

A small city with files in every format takes in its feeds in two builds on each engine.
The first comes before the last month, the resubmissions and the withdrawals. On Spark
the second is killed half-way and built again, whole and with all its tests. A smaller
city has pseudonymised feeds. `make spark-test` runs this; `make test` does not, because
it takes long.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import KEYS, REPOSITORY

from publish.fingerprint import contents, differences

PYTHON = REPOSITORY / ".venv-spark" / "bin" / "python"
LAST_MONTH = "2025-03"
# Feeds that come as Parquet; the others as text.
AS_PARQUET = ("community_beds", "social_care_cld")
# Cases of tests/python/cases with files in one format each.
FORMATS = ("p1-P1[3-9]*", "p1-P2[0-6]*", "p1-P54*", "p1-P78*", "p1-P8*")
# All that remembers an earlier build; the rest is made anew by every build.
REMEMBERING = ("--select", "+path:models/staging", "+path:models/identity")
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
# The last model that changes what later builds remember.
KILLED_AFTER = "int_identity__link_history"
# A small city takes half the time with these, a large one longer.
QUICK = {
    "SPARK_CONF_DIR": str(Path(__file__).parent),
    "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "HUB_SPARK_MEMORY": "4g",
    "HUB_SPARK_PARTITIONS": "1",
}


@pytest.fixture(autouse=True, scope="module")
def keys() -> Iterator[None]:
    """The keys that both engines build with, also to read the vaults."""
    with pytest.MonkeyPatch.context() as patch:
        for name, key in KEYS.items():
            patch.setenv(name, key)
        yield


@dataclass
class Engines:
    """The builds of the same feeds on both engines."""

    folder: Path
    variables: str = "{}"

    @property
    def duckdb(self) -> Path:
        """DuckDB's build."""
        return self.folder / "duckdb"

    @property
    def spark(self) -> Path:
        """Spark's build."""
        return self.folder / "spark"

    @property
    def feeds(self) -> Path:
        """What both read."""
        return self.folder / "feeds"

    def start(
        self, engine: str, *arguments: str, said: int | None = None
    ) -> subprocess.Popen[str]:
        """Start a build on an engine."""
        programs = {
            "duckdb": (Path(sys.executable).with_name("dbt"), "--no-use-colors"),
            "spark": (PYTHON, "-m", "intelligence.platform.spark"),
        }
        return subprocess.Popen(
            [*programs[engine], "build", *arguments, "--vars", self.variables],
            cwd=REPOSITORY,
            env=os.environ
            | {
                "HUB_BUILD": str(self.folder / engine),
                "HUB_FEEDS": str(self.feeds),
                "DBT_TARGET_PATH": str(self.target(engine)),
                "DBT_LOG_PATH": str(self.folder / f"logs-{engine}"),
                "DO_NOT_TRACK": "1",
            }
            | QUICK,
            # To be killed with the JVM that it starts.
            start_new_session=True,
            stdout=said,
            text=True,
        )

    def target(self, engine: str) -> Path:
        """Where dbt writes the results of an engine."""
        return self.folder / f"target-{engine}"

    def build(self, engine: str, *arguments: str) -> None:
        """Build on an engine; fail the test if it fails. What it says is printed."""
        assert self.start(engine, *arguments).wait() == 0

    def build_killed(self, *arguments: str) -> None:
        """Build on Spark until a model is made, and kill it there."""
        process = self.start("spark", *arguments, said=subprocess.PIPE)
        assert process.stdout
        for line in process.stdout:
            if " OK created " in line and KILLED_AFTER in line:
                os.killpg(process.pid, signal.SIGKILL)
                break
        assert process.wait() == -signal.SIGKILL


def make_city(folder: Path, *arguments: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "synthetic_city", *arguments, "--out", folder],
        cwd=REPOSITORY,
        check=True,
    )
    return folder / "feeds"


def is_late(path: Path) -> bool:
    """Whether a file comes with the second build: last month, sent again, withdrawn."""
    file = path.with_suffix("") if path.suffix == ".control" else path
    control = file.with_name(f"{file.name}.control")
    if control.exists() and "withdrawn" in control.read_text():
        return path == control
    return LAST_MONTH in file.name or "__02." in file.name


def put(source: Path, target: Path, late: bool) -> None:
    """Deliver the files of feeds that come late, or those that do not."""
    for path in source.rglob("*"):
        if path.is_file() and is_late(path) is late:
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All feeds of the city."""
    folder = tmp_path_factory.mktemp("city")
    text = make_city(folder / "text", "--people", "2000")
    parquet = make_city(folder / "parquet", "--people", "2000", "--format", "parquet")
    for feed in AS_PARQUET:
        shutil.rmtree(text / feed)
        shutil.copytree(parquet / feed, text / feed)
    for pattern in FORMATS:
        for case in (REPOSITORY / "tests/python/cases").glob(pattern):
            shutil.copytree(case, text, dirs_exist_ok=True)
    return text


@pytest.fixture(scope="module")
def grown(feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """The city after the second build."""
    engines = Engines(tmp_path_factory.mktemp("grown"))
    put(feeds, engines.feeds, late=False)
    for engine in ("duckdb", "spark"):
        engines.build(engine, *REMEMBERING, *WITHOUT_TESTS)
    put(feeds, engines.feeds, late=True)
    # What was sent by mistake is not kept where it was put.
    withdrawn = [
        path
        for path in engines.feeds.rglob("*.control")
        if "withdrawn" in path.read_text()
    ]
    assert withdrawn
    for path in withdrawn:
        path.with_suffix("").unlink()
    engines.build("duckdb", *WITHOUT_TESTS)
    engines.build_killed(*REMEMBERING, *WITHOUT_TESTS)
    engines.build("spark")
    return engines


def test_a_killed_second_build_ends_with_the_tables_of_duckdb(grown: Engines) -> None:
    count, told = differences(grown.duckdb, grown.spark)
    assert told == []
    assert count > 300


def test_the_second_build_had_something_to_remember(grown: Engines) -> None:
    with duckdb.connect() as connection:
        builds, moved = connection.execute(
            "select count(distinct build_number), count(*) filter (build_number = 2) "
            "from read_parquet(?)",
            [f"{grown.spark}/warehouse/vault_identity.db/{KILLED_AFTER}/*.parquet"],
        ).fetchall()[0]
    assert builds == 2
    assert moved > 10


def test_pseudonymised_feeds_are_linked_alike(tmp_path: Path) -> None:
    engines = Engines(tmp_path, "{feeds_are_pseudonymised: true}")
    make_city(tmp_path, "--people", "500", "--pseudonymised")
    for engine in ("duckdb", "spark"):
        engines.build(engine, *REMEMBERING, *WITHOUT_TESTS)
    count, told = differences(engines.duckdb, engines.spark)
    assert told == []
    assert count > 100


def test_a_whole_build_is_published_without_the_vault(grown: Engines) -> None:
    live = grown.folder / "live"
    subprocess.run(
        [sys.executable, "-m", "publish.swap", grown.spark, live],
        cwd=REPOSITORY,
        env=os.environ | {"DBT_TARGET_PATH": str(grown.target("spark"))},
        check=True,
    )
    published = {
        f"{path.parents[2].name}.{path.parents[1].name}.{path.parent.name}"
        for path in (live / "current").resolve().rglob("*.parquet")
    }
    built = {
        name: columns["*"][0]
        for name, columns in contents(grown.spark).items()
        if not name.startswith("vault.")
    }
    assert published <= built.keys()
    assert {name for name, count in built.items() if count} <= published
