"""Register the files that the organisations sent, and refuse those that cannot be read.

A feed file lies at `<root>/<feed>/<table>/<PROVIDER>__<YYYY-MM>__<NN>.<csv|parquet>`:
one provider's NN-th submission of one reporting period. Published files (delivery
`published`) lie at `<root>/<feed>/<name>` under the name they were published with.
"""

import codecs
import csv
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

FILE_NAME = re.compile(
    r"(?P<provider>[A-Z0-9]+)__(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])"
    r"__(?P<submission>\d{2})\.(?P<format>csv|parquet)"
)
FILE_ENDINGS = (".csv", ".parquet")
BLOCK_BYTES = 2**22
LONGEST_HEADER_BYTES = 2**20
# The reader of the rows holds a CSV file in memory, several times over.
LARGEST_CSV_BYTES = 2**30
SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("feed", pa.string()),
        ("feed_table", pa.string()),
        ("provider_code", pa.string()),
        ("file_path", pa.string()),
        ("file_format", pa.string()),
        ("column_names", pa.string()),
        ("column_types", pa.string()),
        ("unexpected_columns", pa.string()),
        ("sha256", pa.string()),
        ("refusal_reason", pa.string()),
        ("submission_number", pa.int32()),
        ("byte_count", pa.int64()),
        ("row_count", pa.int64()),
        ("is_utf8", pa.bool_()),
        ("is_accepted", pa.bool_()),
        ("is_current", pa.bool_()),
        ("is_changed_since_read", pa.bool_()),
        ("period_start_date", pa.date32()),
    ]
)


@dataclass(frozen=True)
class FeedTable:
    """What one table of one feed must look like."""

    feed: str
    name: str
    delivery: str
    reporting_period: str | None
    published_file_name: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FeedFile:
    """One file as found; the fields are the columns of `stg_feeds__files`."""

    file_id: str
    feed: str
    file_path: str
    feed_table: str | None = None
    provider_code: str | None = None
    file_format: str | None = None
    column_names: str | None = None
    column_types: str | None = None
    unexpected_columns: str | None = None
    sha256: str | None = None
    refusal_reason: str | None = None
    submission_number: int | None = None
    byte_count: int = 0
    row_count: int | None = None
    is_utf8: bool | None = None
    is_accepted: bool = False
    is_current: bool = False
    is_changed_since_read: bool = False
    period_start_date: date | None = None


@dataclass
class _Content:
    """What reading a file's bytes tells."""

    sha256: str
    column_names: list[str] = field(default_factory=list)
    column_types: list[pa.DataType] | None = None
    row_count: int | None = None
    is_utf8: bool | None = None
    problem: str | None = None


def feed_tables(columns: pa.Table) -> dict[tuple[str, str], FeedTable]:
    """Collect the rows of `stg_feeds__columns` into one FeedTable a table."""
    grouped: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in columns.sort_by("ordinal").to_pylist():
        grouped.setdefault((row["feed"], row["feed_table"]), []).append(row)
    return {
        key: FeedTable(
            feed=key[0],
            name=key[1],
            delivery=str(rows[0]["delivery"]),
            reporting_period=_text(rows[0]["reporting_period"]),
            published_file_name=_text(rows[0]["published_file_name"]),
            columns=tuple(str(row["column_name"]) for row in rows),
        )
        for key, rows in grouped.items()
    }


def register_files(
    root: str,
    overrides: Mapping[str, str | None],
    columns: pa.Table,
    known: pa.Table | None = None,
) -> pa.Table:
    """Return one row for each file below the feeds folder, in order of `file_id`.

    `overrides` names other folders for single feeds. `columns` is the table
    `stg_feeds__columns`; `known` is what this function returned at the last build. A
    file that was read then and is different or gone now keeps its old row, marked
    `is_changed_since_read`: what was read came from a file that no longer exists.
    Only a published file may come out anew under its name.
    """
    tables = feed_tables(columns)
    feeds = {table.feed for table in tables.values()}
    folders = {feed: Path(overrides.get(feed) or f"{root}/{feed}") for feed in feeds}
    found = _found_files(Path(root), folders, tables)
    read_before = (
        [row for row in known.to_pylist() if row["is_accepted"]]
        if known is not None
        else []
    )
    sound = {str(row["sha256"]) for row in read_before}
    with ThreadPoolExecutor(max_workers=2) as pool:
        examined = list(pool.map(lambda item: _examine(*item), found))
    whole = _refuse_damaged(examined, tables, sound)
    held = _hold_against(whole, read_before, tables)
    files = _mark_current(_refuse_doubles(held, read_before), tables)
    rows = [{name: getattr(file, name) for name in SCHEMA.names} for file in files]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _found_files(
    root: Path,
    folders: Mapping[str, Path],
    tables: Mapping[tuple[str, str], FeedTable],
) -> Iterator[tuple[FeedFile, FeedTable | None]]:
    """Yield every file of the feeds folders with the table it belongs to, if any."""
    for feed, folder in sorted(folders.items()):
        published = {
            table.published_file_name: table
            for table in tables.values()
            if table.feed == feed and table.published_file_name
        }
        for path, problem in _files_below(folder):
            inside = path.relative_to(folder)
            named = FeedFile(
                file_id=_printable(inside),
                feed=feed,
                file_path=_printable(path),
                refusal_reason=problem,
            )
            if problem:
                yield named, None
            elif path.name in published and len(inside.parts) == 1:
                yield named, published[path.name]
            elif (feed, inside.parts[0]) in tables and len(inside.parts) == 2:
                yield named, tables[feed, inside.parts[0]]
            else:
                yield replace(named, refusal_reason="no table of this feed"), None
    if root.is_dir():
        for path in sorted(root.iterdir()):
            if path.name not in folders:
                below = _files_below(path) if path.is_dir() else [(path, None)]
                for stray, problem in below:
                    yield (
                        FeedFile(
                            file_id=_printable(stray.relative_to(root)),
                            feed=_printable(path.name),
                            file_path=_printable(stray),
                            refusal_reason=problem or "no feed of this name",
                        ),
                        None,
                    )


def _printable(name: Path | str) -> str:
    """Return a name as text; bytes of it that are not UTF-8 are written out."""
    return str(name).encode(errors="backslashreplace").decode()


def _files_below(folder: Path) -> list[tuple[Path, str | None]]:
    """Return all that is below `folder` and no folder, or a folder named like a file.

    A folder that cannot be looked into comes with the reason. Links to folders are
    followed, since a city may keep its feeds on several disks.
    """
    if not os.path.lexists(folder):
        return []
    problems: list[OSError] = []
    found: dict[Path, str | None] = {}
    for parent, folders, files in os.walk(folder, True, problems.append, True):
        for name in [*files, *(one for one in folders if one.endswith(FILE_ENDINGS))]:
            found[Path(parent, name)] = None
    for error in problems:
        found[Path(error.filename)] = f"cannot be read: {error.strerror}"
    return sorted(item for item in found.items() if not item[0].name.startswith("."))


def _examine(file: FeedFile, table: FeedTable | None) -> FeedFile:
    """Read `file` once: its name, hash, columns and rows, and why it is refused.

    Of a Parquet file only the footer is read here. Of a refused file nothing is kept
    that it says, not even its header: without one its first line is a patient.
    """
    path = Path(file.file_path)
    try:
        if path.is_dir():
            return replace(
                file, refusal_reason=file.refusal_reason or "a folder, not a file"
            )
        if not path.is_file():
            return replace(
                file, refusal_reason="not a file, or a link that leads nowhere"
            )
        file = replace(file, byte_count=path.stat().st_size)
        if table is None:
            return file
        file = _named(replace(file, feed_table=table.name), table)
        if file.refusal_reason:
            return file
        content = (
            _csv_content(path) if file.file_format == "csv" else _parquet_content(path)
        )
    except OSError as error:
        return replace(file, refusal_reason=f"cannot be read: {error.strerror}")
    reason = content.problem or _column_problem(content, table.columns)
    file = replace(
        file,
        sha256=content.sha256,
        row_count=content.row_count,
        is_utf8=content.is_utf8,
        refusal_reason=reason,
        is_accepted=reason is None,
    )
    if reason:
        return file
    unexpected = [name for name in content.column_names if name not in table.columns]
    return replace(
        file,
        column_names=json.dumps(content.column_names),
        column_types=(
            None
            if content.column_types is None
            else json.dumps([str(kind) for kind in content.column_types])
        ),
        unexpected_columns=", ".join(unexpected) or None,
    )


def _named(file: FeedFile, table: FeedTable) -> FeedFile:
    """Add what the name of a file of `table` says, or why the name is refused."""
    if table.delivery == "published":
        return replace(file, provider_code="published", file_format="csv")
    match = FILE_NAME.fullmatch(Path(file.file_path).name)
    if match is None:
        return replace(
            file, refusal_reason="name is not PROVIDER__YYYY-MM__NN.csv or .parquet"
        )
    file = replace(
        file,
        provider_code=match["provider"],
        file_format=match["format"],
        submission_number=int(match["submission"]),
        period_start_date=date(int(match["year"]), int(match["month"]), 1),
    )
    if table.reporting_period == "quarter" and int(match["month"]) % 3 != 1:
        return replace(file, refusal_reason="a quarter begins in 01, 04, 07 or 10")
    return file


def _column_problem(content: _Content, columns: Iterable[str]) -> str | None:
    """Return why the asked-for `columns` cannot be taken from a file, if they cannot.

    Parquet readers do not tell names apart by case; so a name that comes twice but for
    case is refused like one that comes twice.
    """
    missing = [name for name in columns if name not in content.column_names]
    if missing:
        return f"column missing: {', '.join(missing)}"
    times = Counter(name.casefold() for name in content.column_names)
    doubled = [name for name in columns if times[name.casefold()] > 1]
    if doubled:
        return f"column comes twice: {', '.join(doubled)}"
    kinds = dict(zip(content.column_names, content.column_types or [], strict=False))
    no_values = [
        f"{name} ({kinds[name]})"
        for name in columns
        if name in kinds and not _is_value(kinds[name])
    ]
    if no_values:
        return f"column is neither text, number nor date: {', '.join(no_values)}"
    return None


def _is_value(kind: pa.DataType) -> bool:
    """Whether a Parquet type has one way of being read as text, on every machine.

    A time with a zone has not: which day it lies in depends on where it is read.
    """
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
        or types.is_date(kind)
        or types.is_time(kind)
        or types.is_null(kind)
        or (types.is_timestamp(kind) and kind.tz is None)
    )


def _csv_content(path: Path) -> _Content:
    """Read a delimited file block by block: a line may be as long as the file."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = b""
    line_count = 0
    is_utf8 = True
    after_line_end = True
    with path.open("rb") as handle:
        while block := handle.read(BLOCK_BYTES):
            digest.update(block)
            first = first or block
            try:
                if is_utf8 and (not block.isascii() or decoder.getstate()[0]):
                    decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
            lines, after_line_end = _begun_lines(block, after_line_end)
            line_count += lines
    content = _Content(sha256=digest.hexdigest())
    content.is_utf8 = is_utf8 and not decoder.getstate()[0]
    header = first.partition(b"\n")[0]
    try:
        content.column_names = next(
            csv.reader([header.decode("utf-8-sig").rstrip("\r")]), []
        )
    except UnicodeDecodeError:
        content.problem = "header is not UTF-8"
    except csv.Error as error:
        content.problem = f"header cannot be split into columns: {error}"
    # Blank lines are no records; the reader of the rows leaves them out as well.
    content.row_count = max(0, line_count - 1)
    if line_count == 0:
        content.problem = "file is empty"
    elif path.stat().st_size > LARGEST_CSV_BYTES:
        content.problem = "file is larger than 1 GiB: send it as Parquet"
    elif b"\r" in header.rstrip(b"\r"):
        content.problem = "lines end with a carriage return and no line feed"
    elif len(header) > LONGEST_HEADER_BYTES:
        content.problem = "line 1 is longer than 1 MiB and so no header"
    elif content.row_count == 0:
        content.problem = content.problem or "file has a header and no rows"
    return content


def _begun_lines(block: bytes, after_line_end: bool) -> tuple[int, bool]:
    """Return how many lines that are not blank begin in `block`, and if it ends a line.

    `after_line_end` says that the block before ended a line. Carriage returns do not
    count: a line of nothing else is blank.
    """
    if b"\r" in block:
        block = block.replace(b"\r", b"")
    if not block:
        return 0, after_line_end
    is_end = np.frombuffer(block, np.uint8) == ord("\n")
    begun = np.count_nonzero(is_end[:-1] & ~is_end[1:])
    return int(begun + (after_line_end and not is_end[0])), bool(is_end[-1])


def _parquet_content(path: Path) -> _Content:
    """Read a Parquet file's footer."""
    with path.open("rb") as handle:
        content = _Content(sha256=hashlib.file_digest(handle, "sha256").hexdigest())
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError, ValueError) as error:
        content.problem = f"not readable as Parquet: {_kind(error)}"
        return content
    content.column_names = list(schema.names)
    content.column_types = list(schema.types)
    content.row_count = metadata.num_rows
    if content.row_count == 0:
        content.problem = "file has no rows"
    return content


def _refuse_damaged(
    files: Iterable[FeedFile],
    tables: Mapping[tuple[str, str], FeedTable],
    sound: set[str],
) -> list[FeedFile]:
    """Refuse the Parquet files whose values cannot be read, and keep all others.

    `sound` has the hashes of files that an earlier build read without trouble. Files of
    one layout are read together, which takes half the time; only when that fails are
    they read one by one, to find the damaged.
    """
    kept = []
    layouts: dict[tuple[object, ...], list[FeedFile]] = {}
    for file in files:
        if file.is_accepted and file.column_types and file.sha256 not in sound:
            layout = file.feed, file.feed_table, file.column_names, file.column_types
            layouts.setdefault(layout, []).append(file)
        else:
            kept.append(file)
    # It must look at every value and not answer from the files' statistics.
    with duckdb.connect(
        config={"threads": 2, "disabled_optimizers": "statistics_propagation"}
    ) as reader:
        for together in layouts.values():
            first = together[0]
            columns = tables[first.feed, str(first.feed_table)].columns
            if not _damage(together, columns, reader):
                kept += together
                continue
            for file in together:
                reason = _damage([file], columns, reader)
                kept.append(
                    replace(file, refusal_reason=reason, is_accepted=not reason)
                )
    return kept


def _damage(
    files: Sequence[FeedFile],
    columns: Iterable[str],
    reader: duckdb.DuckDBPyConnection,
) -> str | None:
    """Return what keeps the values of `columns` from being read, if anything does.

    The rows will be read by DuckDB, so DuckDB reads them here: it cannot fail there.
    """
    values = ", ".join('"{}"'.format(name.replace('"', '""')) for name in columns)
    try:
        found = reader.execute(
            f"select filename, count(*), bit_xor(hash({values})) "
            "from read_parquet(?, filename = true) group by filename",
            [[file.file_path for file in files]],
        ).fetchall()
    except duckdb.Error as error:
        return f"damaged inside: {_kind(error)}"
    counts = {path: count for path, count, _ in found}
    for file in files:
        if counts.get(file.file_path) != file.row_count:
            return (
                f"damaged inside: the footer counts {file.row_count} rows, "
                "the data do not"
            )
    return None


def _kind(error: Exception) -> str:
    """Return the kind of an error alone; its message may quote what a file holds."""
    return type(error).__name__


def _hold_against(
    files: Iterable[FeedFile],
    read_before: Iterable[Mapping[str, object]],
    tables: Mapping[tuple[str, str], FeedTable],
) -> list[FeedFile]:
    """Keep the old row of each file that was read and has changed or gone since.

    A published file has one name for good, so an accepted new one takes its place.
    """
    now = {(file.feed, file.file_id): file for file in files}
    for row in read_before:
        key = (str(row["feed"]), str(row["file_id"]))
        if key in now:
            table = tables.get((key[0], str(row["feed_table"])))
            is_update = table is not None and table.delivery == "published"
            if now[key].sha256 == row["sha256"] or (is_update and now[key].is_accepted):
                continue
        old = FeedFile(**{name: row.get(name) for name in SCHEMA.names})  # type: ignore[arg-type]
        now[key] = replace(old, is_changed_since_read=True)
    return list(now.values())


def _refuse_doubles(
    files: Iterable[FeedFile], read_before: Iterable[Mapping[str, object]]
) -> list[FeedFile]:
    """Refuse a second file of the same table, provider, period and submission.

    What an earlier build read stays, whatever the other file is called.
    """
    first = {(row["feed"], row["file_id"]) for row in read_before}
    seen: set[tuple[object, ...]] = set()
    kept = []
    for file in sorted(
        files,
        key=lambda file: (
            (file.feed, file.file_id) not in first,
            file.feed,
            file.file_id,
        ),
    ):
        key = (
            file.feed,
            file.feed_table,
            file.provider_code,
            file.period_start_date,
            file.submission_number,
        )
        if file.is_accepted and key in seen:
            file = replace(
                file,
                is_accepted=False,
                refusal_reason="the same submission is there in another format",
            )
        elif file.is_accepted:
            seen.add(key)
        kept.append(file)
    return sorted(kept, key=lambda file: (file.feed, file.file_id))


def _mark_current(
    files: list[FeedFile], tables: Mapping[tuple[str, str], FeedTable]
) -> list[FeedFile]:
    """Mark, of the accepted files, the last submission of each period.

    Of a snapshot table the last period alone is current: each file replaces all before.
    """
    last: dict[tuple[object, ...], tuple[object, ...]] = {}

    def slot(file: FeedFile) -> tuple[object, ...]:
        snapshot = (
            tables[file.feed, str(file.feed_table)].delivery == "snapshot"
            if (file.feed, str(file.feed_table)) in tables
            else False
        )
        period = None if snapshot else file.period_start_date
        return file.feed, file.feed_table, file.provider_code, period

    def order(file: FeedFile) -> tuple[object, ...]:
        return file.period_start_date or date.min, file.submission_number or 0

    for file in files:
        if file.is_accepted:
            last[slot(file)] = max(last.get(slot(file), (date.min, -1)), order(file))
    return [
        replace(file, is_current=file.is_accepted and order(file) == last[slot(file)])
        if file.is_accepted
        else file
        for file in files
    ]
