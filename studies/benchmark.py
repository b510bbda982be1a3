"""How long a build takes and how much memory and disk, by layer and size of the city.

For each size the feeds of a demo city are made (kept in the work folder for the next
run), a hub is built from all months but the last, the last month is added, and the
floor is run: one plain DuckDB session that reads each feed file once and writes the
public tables of hub and board once. Processor-seconds are reported beside wall time,
which depends more on what else a machine does. Figures go to standard output as
Markdown.

    python -m studies.benchmark --people 20000 80000 800000 --work work/benchmark
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from intelligence.platform.zones import attach_zones

REPOSITORY = Path(__file__).parents[1]
LAST_MONTH = "2025-03"
LAYERS = (
    "seeds",
    "staging",
    "identity",
    "place",
    "person",
    "quality",
    "neighbourhood",
    "whole_system",
    "board",
    "tests",
)
# Whole rows are read, so that all columns must be decoded.
FLOOR = """
import sys, duckdb
from pathlib import Path
feeds, build, work = map(Path, sys.argv[1:])
floor = duckdb.connect(
    str(work / "floor.duckdb"), config={"storage_compatibility_version": "v1.4.0"}
)
floor.execute("set threads = 2")
floor.execute("set memory_limit = '10GB'")
floor.execute("set preserve_insertion_order = false")
for folder in sorted({file.parent for file in feeds.glob("*/*/*.parquet")}):
    files = [str(file) for file in sorted(folder.glob("*.parquet"))]
    floor.execute(
        "select max(columns(*)) from read_parquet(?, union_by_name = true)", [files]
    ).fetchall()
# Published data come as CSV, each file in its own layout.
for file in sorted(feeds.rglob("*.csv")):
    floor.execute(
        "select max(columns(*)) from read_csv(?, all_varchar = true)", [str(file)]
    ).fetchall()
for zone in ("hub", "board"):
    floor.execute(f"attach '{build / zone}.duckdb' as {zone} (read_only)")
    tables = floor.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? "
        "and schema_name <> 'intermediate' order by all", [zone]
    ).fetchall()
    for schema, name in tables:
        floor.execute(f"create table {schema}_{name} as from {zone}.{schema}.{name}")
"""

# Limits for the largest city: its build, its memory, how time grows with people, and
# the cost of a further month relative to that of the whole build.
BUILD_SECONDS = 6 * 60
PROCESSOR_SECONDS = 520
PEAK_MEGABYTES = 12 * 1024
GROWTH_EXPONENT = 1.1
FLOORS = 4
MONTH_SHARE = 0.15


@dataclass(frozen=True)
class Run:
    """A command that has ended: its seconds of wall time and of processors, and its MB.

    `peak` is the most memory at any moment, `samples` are pairs of moment and MB.
    Machines differ from day to day: processor-seconds differ less than wall time.
    """

    seconds: float
    processor_seconds: float
    peak: float
    samples: list[tuple[float, float]] = field(repr=False)


@dataclass(frozen=True)
class Layer:
    """Seconds in which a layer was at work, of wall time and added up over threads."""

    seconds: float
    thread_seconds: float
    peak: float


@dataclass(frozen=True)
class Size:
    """What was measured at one size of the city."""

    people: int
    build: Run
    month: Run
    floor: Run
    layers: dict[str, Layer]
    own_share: float
    rows_read: int
    rows_written: int


def watched(command: Sequence[object], environment: dict[str, str], log: Path) -> Run:
    """Run a command to its end, measuring its memory ten times a second.

    Raises CalledProcessError, with the end of what it printed, when it fails.
    """
    start = time.time()
    samples: list[tuple[float, float]] = []
    with log.open("w") as out:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=REPOSITORY,
            env=os.environ | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        ended = threading.Event()
        watcher = threading.Thread(target=_sample, args=(process.pid, ended, samples))
        watcher.start()
        # Python's own wait does not say what the command and its children used.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.time() - start
        ended.set()
        watcher.join()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(
            process.returncode, list(map(str, command)), output=log.read_text()[-3000:]
        )
    return Run(
        seconds,
        used.ru_utime + used.ru_stime,
        max((megabytes for _, megabytes in samples), default=0),
        samples,
    )


def _sample(
    process: int, ended: threading.Event, samples: list[tuple[float, float]]
) -> None:
    status = Path(f"/proc/{process}/status")
    while not ended.wait(0.1):
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return
        for line in lines:
            if line.startswith("VmRSS:"):
                samples.append((time.time(), int(line.split()[1]) / 1024))


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds covered by at least one of the spans (start, end)."""
    total, reached = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def layer_of(unique_id: str, path: str) -> str | None:
    """The layer of a node: its folder below models, or what else it is."""
    kind = unique_id.split(".")[0]
    if kind in {"test", "unit_test"}:
        return "tests"
    if kind == "seed":
        return "seeds"
    return Path(path).parts[0] if kind == "model" else None


def layers_of(target: Path, build: Run) -> dict[str, Layer]:
    """When each layer was at work, from what dbt wrote about its last run."""
    nodes = json.loads((target / "manifest.json").read_text())
    paths = {
        name: node["path"]
        for name, node in (nodes["nodes"] | nodes["unit_tests"]).items()
    }
    spans: dict[str, list[tuple[float, float]]] = {layer: [] for layer in LAYERS}
    for result in json.loads((target / "run_results.json").read_text())["results"]:
        name = result["unique_id"]
        layer = layer_of(name, paths.get(name, ""))
        if layer is None:
            continue
        spans[layer] += [
            (_moment(part["started_at"]), _moment(part["completed_at"]))
            for part in result["timing"]
            if part["name"] == "execute"
        ]
    return {
        layer: Layer(
            seconds=covered(found),
            thread_seconds=sum(end - start for start, end in found),
            peak=max(
                (
                    megabytes
                    for at, megabytes in build.samples
                    if any(start <= at <= end for start, end in found)
                ),
                default=0,
            ),
        )
        for layer, found in spans.items()
        if found
    }


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def own_share(log: Path, target: Path, build: Run) -> float:
    """The share of a build's wall time in which neither SQL nor a Python model ran."""
    spans = []
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if event["info"]["name"] == "SQLQueryStatus":
            end = _moment(event["info"]["ts"])
            spans.append((end - event["data"]["elapsed"], end))
    python = {
        name
        for name, node in json.loads((target / "manifest.json").read_text())[
            "nodes"
        ].items()
        if node.get("language") == "python"
    }
    for result in json.loads((target / "run_results.json").read_text())["results"]:
        if result["unique_id"] in python:
            spans += [
                (_moment(part["started_at"]), _moment(part["completed_at"]))
                for part in result["timing"]
                if part["name"] == "execute"
            ]
    return 1 - covered(spans) / build.seconds


def rows(build: Path) -> tuple[int, int]:
    """Rows that the feeds delivered, and rows of all tables that were built."""
    with duckdb.connect(str(build / "hub.duckdb")) as connection:
        attach_zones(connection, build)
        read = connection.sql(
            "select sum(delivered_count) from hub.quality.fct_feed_row_account"
        ).fetchall()[0][0]
        written = connection.sql(
            "select sum(estimated_size) from duckdb_tables() "
            "where database_name in ('hub', 'vault', 'board')"
        ).fetchall()[0][0]
    return int(read), int(written)


def measured(people: int, work: Path) -> Size:
    """Build a city of so many people in the folder `work` and measure it."""
    city, feeds, build = work / "city", work / "feeds", work / "build"
    target, logs = work / "target", work / "logs"
    if not city.is_dir():
        _run(
            "synthetic_city",
            *("--people", str(people), "--format", "parquet", "--out", str(city)),
        )
    for folder in (feeds, build, target, logs):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        city / "feeds",
        feeds,
        copy_function=os.link,
        ignore=shutil.ignore_patterns(f"*__{LAST_MONTH}__*"),
    )
    dbt = [
        *(Path(sys.executable).with_name("dbt"), "build", "--log-format-file", "json"),
        *("--target-path", target, "--log-path", logs),
        # One file of it all, from which dbt's own work is read.
        *("--log-file-max-bytes", "0"),
    ]
    environment = {"HUB_FEEDS": str(feeds), "HUB_BUILD": str(build)}
    full = watched(dbt, environment, work / "build.log")
    layers = layers_of(target, full)
    share = own_share(logs / "dbt.log", target, full)
    read, written = rows(build)
    floor_folder = work / "floor"
    shutil.rmtree(floor_folder, ignore_errors=True)
    floor_folder.mkdir()
    floor = watched(
        [sys.executable, "-c", FLOOR, feeds, build, floor_folder],
        {},
        work / "floor.log",
    )
    shutil.rmtree(floor_folder)
    for file in sorted((city / "feeds").glob(f"*/*/*__{LAST_MONTH}__*")):
        os.link(file, feeds / file.relative_to(city / "feeds"))
    month = watched(dbt, environment, work / "month.log")
    return Size(people, full, month, floor, layers, share, read, written)


def _run(module: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        check=True,
        stdout=sys.stderr,
    )


def exponent(sizes: list[Size], seconds: Callable[[Size], float]) -> float:
    """Power of the number of people by which time grows from smallest to largest."""
    first, last = sizes[0], sizes[-1]
    return math.log(seconds(last) / seconds(first)) / math.log(
        last.people / first.people
    )


def table(sizes: list[Size]) -> str:
    """What was measured, as three Markdown tables."""
    lines = [
        "| people | rows read | rows written | build s | processor s | peak MB "
        "| dbt's own | add a month s | of the build | floor s | processor s "
        "| times the floor in processor s |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size in sizes:
        seconds = size.build.seconds
        lines.append(
            f"| {size.people:,} | {size.rows_read:,} | {size.rows_written:,} "
            f"| {seconds:.0f} | {size.build.processor_seconds:.0f} "
            f"| {size.build.peak:,.0f} | {size.own_share:.0%} "
            f"| {size.month.seconds:.0f} | {size.month.seconds / seconds:.0%} "
            f"| {size.floor.seconds:.0f} | {size.floor.processor_seconds:.0f} "
            f"| {floors(size):.1f} |"
        )
    lines += [
        "",
        "| layer | "
        + " | ".join(f"{size.people:,}: wall s | thread s | peak MB" for size in sizes)
        + " |",
        "|---|" + "--:|" * 3 * len(sizes),
    ]
    for layer in LAYERS:
        if layer not in sizes[0].layers:
            continue
        cells = [
            f"{found.seconds:.1f} | {found.thread_seconds:.1f} | {found.peak:,.0f}"
            for found in (size.layers[layer] for size in sizes)
        ]
        lines.append(f"| {layer} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *bounds(sizes)])


def floors(size: Size) -> float:
    """How many times the floor a build is, in processor-seconds."""
    return size.build.processor_seconds / size.floor.processor_seconds


def bounds(sizes: list[Size]) -> list[str]:
    """The limits of the largest city beside what was measured, as Markdown lines."""
    largest = sizes[-1]
    seconds = largest.build.seconds
    held: list[tuple[str, str, float, float]] = [
        ("build s", ".0f", BUILD_SECONDS, seconds),
        ("processor s", ".0f", PROCESSOR_SECONDS, largest.build.processor_seconds),
        ("peak MB", ",.0f", PEAK_MEGABYTES, largest.build.peak),
        ("times the floor in processor s", ".1f", FLOORS, floors(largest)),
        ("a month of the build", ".0%", MONTH_SHARE, largest.month.seconds / seconds),
    ]
    if len(sizes) > 1:
        grown = exponent(sizes, lambda size: size.build.seconds)
        held.append(
            ("time grows with people to the power of", ".2f", GROWTH_EXPONENT, grown)
        )
    return [
        f"| {largest.people:,} people | at most | measured | |",
        "|---|--:|--:|---|",
        *(
            f"| {name} | {bound:{form}} | {value:{form}} "
            f"| {'met' if value <= bound else 'not met'} |"
            for name, form, bound, value in held
        ),
    ]


def machine() -> str:
    """The commit that was measured, and on which machine."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    cores = len(os.sched_getaffinity(0))
    return f"Commit {commit}, {cores} cores, {memory:.0f} GiB of memory."


def main() -> None:
    """Measure each size and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[20000, 80000, 800000])
    parser.add_argument("--work", type=Path, default=Path("target/benchmark"))
    arguments = parser.parse_args()
    sizes = []
    for people in sorted(arguments.people):
        work = (arguments.work / str(people)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        try:
            sizes.append(measured(people, work))
        except subprocess.CalledProcessError as error:
            sys.exit(f"{error.output or ''}{people:,} people: {error}")
        print(f"{people:,} people measured", file=sys.stderr)
    print(f"{machine()}\n\n{table(sizes)}")


if __name__ == "__main__":
    main()
