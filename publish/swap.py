"""Publish a build that has passed: `python -m publish.swap build live`.

Analysts read `live/hub.duckdb` and `live/board.duckdb`:

    live/hub.duckdb   -> current/hub.duckdb
    live/board.duckdb -> current/board.duckdb
    live/coarse.duckdb, if the build made coarser tables (var coarse_tables), likewise
    live/current      -> versions/7
    live/versions/7/     hub.duckdb and board.duckdb of one build
    live/versions/6/     those of the build before, until the next publication

Renaming two files one after the other would leave a moment in which the hub is new
and the board old. Here one rename, of the link `current`, moves both. Readers
who need both files from the same build open them in the folder that `current` resolves
to; it is kept for one more publication. It goes at once when it holds people that the
new version does not: they may have opted out. Readers who have it open keep it until
they close it.

Only the owner may read the files, and the group named in HUB_READERS, whatever the
usual umask is.

The files are copied, not linked: DuckDB writes in place and dbt opens the build for
writing even to make its docs, so a shared file would let dbt change what readers
have open, or lock one of them out. A copy of 3 GB took 9 seconds.

A build on Spark is published in the same way. Its zones are folders of Parquet, not
files: live/hub/person/fct_care_event has what is hub.person.fct_care_event on DuckDB.
"""

import json
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import duckdb

from intelligence.platform.lock import FolderInUseError, FolderLock
from publish.fingerprint import WAREHOUSE

ZONES = ("hub", "board")
# A zone that only builds with var coarse_tables have tables in.
COARSE = "coarse"
# The environment variable that names the group of those who may read what is published.
READERS = "HUB_READERS"
PASSED = {"success", "pass", "warn", "no-op"}
# Arguments of `dbt build` that leave out nodes or rows.
NARROWING = (
    "select",
    "exclude",
    "selector",
    "resource_types",
    "exclude_resource_types",
    "empty",
    "sample",
    "event_time_start",
    "event_time_end",
)


class PublishError(RuntimeError):
    """The build cannot be published; the message says why."""


def publish(build: Path, live: Path, target: Path) -> Path:
    """Publish the databases of folder `build` in folder `live`; return the new version.

    `target` is where dbt wrote the results of the build. Raises PublishError when they
    are not those of a whole build that has passed, FolderInUseError when a build or
    another publication is running, and OSError or duckdb.Error when the files cannot be
    copied; in all these cases readers of `live` see what they saw before.
    """
    if not build.is_dir():
        raise PublishError(f"there is no build in the folder {build}; run 'make dbt'")
    _make_folder(live)
    with FolderLock(live), FolderLock(build) as lock:
        made = relation_names(target, passed_nodes(target, lock.changed_by))
        former = (live / "current").resolve()
        is_warehouse = (build / WAREHOUSE).is_dir()
        ending, copy = ("", _copy_folders) if is_warehouse else (".duckdb", _copy_file)
        zones = [*ZONES]
        if any(re.match(rf'"?{COARSE}["_]', relation) for relation in made):
            zones.append(COARSE)
        version = _make_room(live)
        try:
            for zone in zones:
                copy(zone, build, version, made)
                _take_over_permissions(live / f"{zone}{ending}", version)
                for path in _with_all_inside(version / f"{zone}{ending}"):
                    _write_to_disk(path)
            _write_to_disk(version)
        except (OSError, duckdb.Error):
            shutil.rmtree(version)
            raise
        _point(live / "current", version.relative_to(live))
        for zone in zones:
            _point(live / f"{zone}{ending}", Path("current") / f"{zone}{ending}")
        if COARSE not in zones:
            (live / f"{COARSE}{ending}").unlink(missing_ok=True)
        _write_to_disk(live)
        gone = _people_gone(former, version)
        if gone:
            shutil.rmtree(former)
            print(
                f"Removed the version before, {former.name}: {gone:,} people in it are "
                "not in the new one, and may have opted out."
            )
    return version


def passed_nodes(target: Path, changed_by: str | None) -> set[str]:
    """Return the ids of all nodes of the last build.

    Raises PublishError unless the results in `target` are those of the dbt run
    `changed_by`, the last to change the build, and it was whole and without failures.
    """
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        results = {"metadata": {}}
    if changed_by is None or results["metadata"].get("invocation_id") != changed_by:
        raise PublishError(
            f"the results in the folder {target} are not those of the last run of dbt "
            "that could change the build (it was interrupted, or dbt has written other "
            "results since); run 'make dbt'"
        )
    arguments = results["args"]
    if arguments["which"] != "build" or any(map(arguments.get, NARROWING)):
        raise PublishError(
            "the last run of dbt did not build and test everything; run 'make dbt'"
        )
    failed = [result for result in results["results"] if result["status"] not in PASSED]
    if failed:
        name = failed[0]["unique_id"].split(".")[2]
        message = " ".join(str(failed[0]["message"]).split())
        raise PublishError(
            f"{len(failed)} steps of the build did not pass, first {name}: {message}"
        )
    return {result["unique_id"] for result in results["results"]}


def relation_names(target: Path, nodes: set[str]) -> set[str]:
    """Return the full quoted names of the tables and views that these nodes make."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return {
        node["relation_name"]
        for name, node in manifest["nodes"].items()
        if name in nodes and node.get("relation_name")
    }


def _make_room(live: Path) -> Path:
    """Make a folder for the next version; keep the current one, remove the rest."""
    versions = live / "versions"
    _make_folder(versions)
    current = (live / "current").resolve()
    old = {int(path.name): path for path in versions.iterdir() if path.name.isdecimal()}
    for path in old.values():
        if path.resolve() != current:
            shutil.rmtree(path)
    version = versions / str(max(old, default=0) + 1)
    _make_folder(version)
    return version


def _make_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, and the readers if any are named."""
    readers = os.environ.get(READERS)
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    if readers:
        shutil.chown(folder, group=readers)
    folder.chmod(
        stat.S_IMODE(folder.stat().st_mode) & 0o770 | (0o750 if readers else 0)
    )


def _people_gone(former: Path, new: Path) -> int:
    """Return how many people of the hub in `former` are not in that of `new`."""
    with duckdb.connect() as connection:
        before, now = (
            _people(connection, version, name)
            for name, version in (("former", former), ("new", new))
        )
        if before is None or now is None:
            return 0
        return int(
            connection.execute(
                f"select count(*) from {before} anti join {now} using (person_id)"
            ).fetchall()[0][0]
        )


def _people(
    connection: duckdb.DuckDBPyConnection, version: Path, name: str
) -> str | None:
    """Return the SQL name of dim_person in the hub of `version`, attached as `name`."""
    file = version / "hub.duckdb"
    if not file.is_file():
        folder = version / "hub" / "person" / "dim_person"
        if any(folder.glob("*.parquet")):
            return f"read_parquet({_literal(folder)} || '/*.parquet')"
        no_people = "(select '' as person_id where false)"
        return no_people if folder.is_dir() else None
    connection.execute(f"attach {_literal(file)} as {name} (read_only)")
    known = connection.execute(
        "select 1 from information_schema.tables where table_catalog = ? "
        "and table_schema = 'person' and table_name = 'dim_person'",
        [name],
    ).fetchall()
    return f"{name}.person.dim_person" if known else None


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _copy_file(zone: str, build: Path, version: Path, made: set[str]) -> None:
    """Copy a database without the relations that this build did not make.

    A model that was taken out of the project leaves its table in the build folder; no
    test looks at it any more, so it must not be published.
    """
    file_name = f"{zone}.duckdb"
    shutil.copyfile(build / file_name, version / file_name)
    # What dbt had committed but not yet written into the file when it was killed.
    wal = build / f"{file_name}.wal"
    if wal.exists():
        shutil.copyfile(wal, version / wal.name)
    with duckdb.connect(str(version / file_name)) as connection:
        found = connection.execute(
            "select table_type, "
            'format(\'"{}"."{}"."{}"\', table_catalog, table_schema, table_name) '
            "from information_schema.tables where table_catalog = ?",
            [zone],
        ).fetchall()
        for table_type, relation in found:
            if relation not in made:
                kind = "view" if table_type == "VIEW" else "table"
                connection.execute(f"drop {kind} {relation}")


def _copy_folders(zone: str, build: Path, version: Path, made: set[str]) -> None:
    """Copy the tables of a zone that Spark has made in this build, a folder each."""
    (version / zone).mkdir()
    for schema in sorted((build / WAREHOUSE).glob(f"{zone}_*.db")):
        for table in sorted(schema.iterdir()):
            if f"{schema.stem}.{table.name}" in made:
                shutil.copytree(
                    table,
                    version / zone / schema.stem.removeprefix(f"{zone}_") / table.name,
                    # Checksums and marks of Spark's own.
                    ignore=shutil.ignore_patterns(".*", "_*"),
                )


def _with_all_inside(path: Path) -> list[Path]:
    return [path, *path.rglob("*")]


def _take_over_permissions(published: Path, version: Path) -> None:
    """Give what is new the group and the mode of what is published, never writable.

    A zone's file permissions decide who may read it, so a swap must not widen them. The
    write bits are removed because DuckDB opens for writing by default and would then
    lock the other readers out. Only the owner can remove what is in a zone's folder.
    """
    mode, group = 0o400, -1
    if published.exists():
        mode = stat.S_IMODE(published.stat().st_mode) & 0o440
        group = published.stat().st_gid
    readers = os.environ.get(READERS)
    if readers:
        mode = 0o440
    for path in _with_all_inside(version / published.name):
        os.chown(path, -1, group)
        if readers:
            shutil.chown(path, group=readers)
        path.chmod(mode | 0o300 | (mode & 0o040) >> 2 if path.is_dir() else mode)


def _write_to_disk(path: Path) -> None:
    """Wait until a file, or the entries of a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _point(link: Path, to: Path) -> None:
    """Make `link` a symbolic link to `to` in one step, replacing what is there."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(to)
    new.replace(link)


def main(arguments: list[str]) -> None:
    """Publish, or exit with one sentence on why nothing was published."""
    if len(arguments) != 2:
        sys.exit("usage: python -m publish.swap BUILD_FOLDER LIVE_FOLDER")
    build, live = map(Path, arguments)
    target = Path(os.environ.get("DBT_TARGET_PATH", "target"))
    try:
        version = publish(build, live, target)
    except LookupError:
        sys.exit(f"Nothing was published: there is no group {os.environ[READERS]!r}.")
    except (PublishError, FolderInUseError, OSError, duckdb.Error) as error:
        sys.exit(f"Nothing was published, {live} is as it was: {error}.")
    print(f"Published {build} as {version}.")


if __name__ == "__main__":
    main(sys.argv[1:])
