"""What tests share: a small demo city, built once, and published data."""

import csv
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from selenium import webdriver

from intelligence.platform.settings import PSEUDONYM_KEY, VAULT_KEY
from intelligence.platform.zones import attach_zones
from publish.descriptions import describe_columns
from publish.fingerprint import HISTORIES, Fingerprint, fingerprints

REPOSITORY = Path(__file__).resolve().parents[2]
# Published data stand beside the repository, not in it.
PUBLISHED = REPOSITORY.parent / "shared"
KEYS = {
    VAULT_KEY: "vault-key-of-the-tests-" + "0" * 16,
    PSEUDONYM_KEY: "pseudonym-key-of-the-tests-" + "0" * 16,
}
PEOPLE = 2000
# Fixtures that take seconds or minutes: whatever runs dbt, and the city that it builds.
SLOW = {"once", "lucky", "attacked"}
# The files of tests that take longest.
LONGEST = {"test_fuzz", "test_publish", "test_rebuild"}
# What dbt and the Python that its models call read of the repository.
PROJECT = (
    *("analyses", "intelligence", "macros", "models", "publish", "seeds", "tests"),
    *("dbt_project.yml", "profiles.yml"),
)

CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1000",
)


def published(path: str) -> Path:
    """A file or folder of published data; the test is skipped where it is missing."""
    found = PUBLISHED / path
    if not found.exists():
        pytest.skip(f"the published data {path} are not on this machine")
    return found


def published_rows(path: str) -> list[dict[str, str]]:
    """The rows of a CSV file of published data."""
    with published(path).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and mark the tests that build something.

    The workers then end together, and `make check` leaves out what is marked.
    """
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    for item in items:
        if SLOW & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.build)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what passed tests have told with `record_property`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {name} {value}")


@dataclass
class Hub:
    """A build of the project in a folder of its own."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    # All that the project can make is made.
    variables: dict[str, object] = field(
        default_factory=lambda: {"coarse_tables": True}
    )

    @property
    def project(self) -> Path:
        """What dbt reads of the repository, as links in a folder beside the build.

        Seen from here every hub's build has the same path; with another dbt would parse
        the whole project again.
        """
        project = self.folder / "project"
        if not project.exists():
            project.mkdir()
            for name in PROJECT:
                (project / name).symlink_to(REPOSITORY / name)
        return project

    def command(self, *arguments: str | Path) -> dict[str, Any]:
        """What a process that is to run dbt so is started with."""
        return {
            "args": [
                Path(sys.executable).with_name("dbt"),
                "--no-use-colors",
                *arguments,
                "--target-path",
                self.folder / "target",
                "--log-path",
                self.folder / "logs",
                "--vars",
                json.dumps(self.variables),
            ],
            "cwd": self.project,
            "env": os.environ
            | KEYS
            | {"HUB_BUILD": "../build", "DO_NOT_TRACK": "1"}
            | self.settings,
        }

    def dbt(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run dbt with these arguments and this hub's feeds, keys and folders."""
        return subprocess.run(
            **self.command(*arguments), capture_output=True, text=True, check=False
        )

    def build(self, *selection: str) -> None:
        """Build these nodes (all of them by default); fail the test if dbt fails."""
        # Cautious: a test that also reads a table outside the selection is left out.
        select = ["--indirect-selection", "cautious", "--select", *selection]
        result = self.dbt("build", *(select if selection else []))
        assert result.returncode == 0, result.stdout[-6000:]

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection to the hub with the vault and the board attached."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VAULT_KEY, KEYS[VAULT_KEY])
            connection = duckdb.connect(str(self.folder / "build" / "hub.duckdb"))
            attach_zones(connection, self.folder / "build")
        return connection

    def content(self) -> set[Fingerprint]:
        """The fingerprint of every table that is made of the feeds alone."""
        with self.open() as connection:
            found = fingerprints(connection)
        return {one for one in found if one.table not in HISTORIES}

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What a query returns."""
        with self.open() as connection:
            return connection.sql(query).fetchall()


def threads(folder: Path, count: int) -> dict[str, str]:
    """The setting with which dbt and DuckDB each run so many threads.

    The profile that says so is written into `folder`. By itself DuckDB takes as many as
    the machine has cores.
    """
    profiles = yaml.safe_load((REPOSITORY / "profiles.yml").read_text())
    target = profiles["leeds_intelligence_hub"]["outputs"]["duckdb"]
    target["threads"] = target["config_options"]["threads"] = count
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return {"DBT_PROFILES_DIR": str(folder)}


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], None]], Path]:
    """A function that lets the first worker who asks make a folder for all of them.

    The others wait until it has. What stands in such a folder is read and copied, never
    changed.
    """
    common = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        common = common.parent

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = common / name, common / f"{name}.made"
        with (common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def parsed(once: Callable[..., Path]) -> Path:
    """The file in which dbt keeps what it has parsed."""

    def parse(folder: Path) -> None:
        result = Hub(folder).dbt("parse")
        assert result.returncode == 0, result.stdout[-6000:]

    return once("parsed", parse) / "target" / "partial_parse.msgpack"


@pytest.fixture(scope="session")
def make_hub(
    parsed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Hub]:
    """A function that makes an unbuilt hub in a new folder, from the feeds it names.

    Its dbt parses only what these feeds change, but everything if the hub is given
    variables or threads of its own. To be quicker it keeps no log, and no artifacts
    unless `DBT_WRITE_JSON` is true.
    """

    def make(feeds: Path, **settings: str) -> Hub:
        folder = tmp_path_factory.mktemp("hub")
        (folder / "target").mkdir()
        shutil.copy(parsed, folder / "target")
        quiet = {"DBT_LOG_LEVEL_FILE": "none", "DBT_WRITE_JSON": "false"}
        return Hub(folder, {"HUB_FEEDS": str(feeds)} | quiet | settings)

    return make


@pytest.fixture(scope="session")
def make_city(once: Callable[..., Path]) -> Callable[..., Path]:
    """A function that makes a demo city of 2,000 people in a format: feeds/, truth/."""

    def make(file_format: str) -> Path:
        def generate(folder: Path) -> None:
            subprocess.run(
                [
                    *(sys.executable, "-m", "synthetic_city", "--people", str(PEOPLE)),
                    *("--seed", "1", "--format", file_format, "--out", folder / "demo"),
                ],
                cwd=REPOSITORY,
                check=True,
                capture_output=True,
            )

        return once(f"city_{file_format}", generate) / "demo"

    return make


@pytest.fixture(scope="session")
def city(make_city: Callable[..., Path]) -> Path:
    """The folder of the demo city that most tests look at, delivered as CSV."""
    return make_city("csv")


@pytest.fixture(scope="session")
def hub(
    city: Path, once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Hub:
    """The city built whole, with every data test and unit test, by 4 threads.

    Each worker has a copy of its own.
    """
    feeds = {"HUB_FEEDS": str(city / "feeds")}

    def build(folder: Path) -> None:
        Hub(folder, feeds | threads(folder, 4)).build()

    built = once("hub", build)
    folder = tmp_path_factory.mktemp("hub") / "built"
    shutil.copytree(built, folder, symlinks=True)
    return Hub(folder, feeds | {"DBT_PROFILES_DIR": str(built)})


@pytest.fixture(scope="session")
def tables(hub: Hub) -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection to the built city for all tests that only read."""
    with hub.open() as connection:
        yield connection


@pytest.fixture(scope="session")
def documented(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what `dbt docs generate` says of the built city, as on the site.

    It is said of a copy, because a test may hold the build open and because the results
    of the build must stay what they are.
    """
    folder = tmp_path_factory.mktemp("documented")
    shutil.copytree(hub.folder / "build", folder / "build")
    parsed = hub.folder / "target" / "partial_parse.msgpack"
    copy = Hub(folder, hub.settings)
    result = copy.dbt("docs", "generate", "--partial-parse-file-path", parsed)
    assert result.returncode == 0, result.stdout[-6000:]
    target = folder / "target"
    manifest, catalog = (
        json.loads((target / f"{name}.json").read_text())
        for name in ("manifest", "catalog")
    )
    describe_columns(manifest, catalog)
    (target / "manifest.json").write_text(json.dumps(manifest))
    return target


@pytest.fixture(scope="session")
def manifest(documented: Path) -> dict[str, Any]:
    """What dbt knows of the project that the city was built with."""
    return json.loads((documented / "manifest.json").read_text())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with a profile of its own."""
    chromium = shutil.which("chromium")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        reason = (
            "chromium or chromedriver is not installed (Debian: apt-get install "
            "chromium chromium-driver)"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in CHROMIUM_ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()
