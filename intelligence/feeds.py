"""Register the files that the organisations sent, and refuse those that cannot be read.

A feed file lies at `<root>/<feed>/<table>/<PROVIDER>__<YYYY-MM>__<NN>.<csv|parquet>`:
one provider's NN-th submission of one reporting period. Published files (delivery
`published`) lie at `<root>/<feed>/<name>` under the name they were published with.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FILE_NAME = re.compile(
    r"(?P<provider>[A-Z0-9]+)__(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])"
    r"__(?P<submission>\d{2})\.(?P<format>csv|parquet)"
)
SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("feed", pa.string()),
        ("feed_table", pa.string()),
        ("provider_code", pa.string()),
        ("file_path", pa.string()),
        ("file_format", pa.string()),
        ("column_names", pa.string()),
        ("unexpected_columns", pa.string()),
        ("sha256", pa.string()),
        ("refusal_reason", pa.string()),
        ("submission_number", pa.int32()),
        ("byte_count", pa.int64()),
        ("row_count", pa.int64()),
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
    unexpected_columns: str | None = None
    sha256: str | None = None
    refusal_reason: str | None = None
    submission_number: int | None = None
    byte_count: int = 0
    row_count: int | None = None
    is_accepted: bool = False
    is_current: bool = False
    is_changed_since_read: bool = False
    period_start_date: date | None = None


@dataclass
class _Content:
    """What reading a file's bytes tells."""

    sha256: str
    column_names: list[str] = field(default_factory=list)
    row_count: int | None = None
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
    """
    tables = feed_tables(columns)
    feeds = {table.feed for table in tables.values()}
    folders = {feed: Path(overrides.get(feed) or f"{root}/{feed}") for feed in feeds}
    found = _found_files(Path(root), folders, tables)
    with ThreadPoolExecutor(max_workers=2) as pool:
        examined = list(pool.map(lambda item: _examine(*item), found))
    files = _refuse_doubles(examined)
    if known is not None:
        files = _hold_against(files, known.to_pylist())
    files = _mark_current(files, tables)
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
        for path in _files_below(folder):
            inside = path.relative_to(folder)
            named = FeedFile(file_id=str(inside), feed=feed, file_path=str(path))
            if path.name in published and len(inside.parts) == 1:
                yield named, published[path.name]
            elif (feed, inside.parts[0]) in tables and len(inside.parts) == 2:
                yield named, tables[feed, inside.parts[0]]
            else:
                yield replace(named, refusal_reason="no table of this feed"), None
    if root.is_dir():
        for path in sorted(root.iterdir()):
            if path.name not in folders:
                for stray in _files_below(path) if path.is_dir() else [path]:
                    yield (
                        FeedFile(
                            file_id=str(stray.relative_to(root)),
                            feed=path.name,
                            file_path=str(stray),
                            refusal_reason="no feed of this name",
                        ),
                        None,
                    )


def _files_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def _examine(file: FeedFile, table: FeedTable | None) -> FeedFile:
    """Read `file` once: its name, hash, columns and rows, and why it is refused."""
    file = replace(file, byte_count=Path(file.file_path).stat().st_size)
    if table is None:
        return file
    file = replace(file, feed_table=table.name)
    name = Path(file.file_path).name
    if table.delivery == "published":
        file = replace(file, provider_code="published", file_format="csv")
    else:
        match = FILE_NAME.fullmatch(name)
        if match is None:
            return replace(
                file,
                refusal_reason="name is not PROVIDER__YYYY-MM__NN.csv or .parquet",
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
    content = (
        _csv_content(Path(file.file_path))
        if file.file_format == "csv"
        else _parquet_content(Path(file.file_path))
    )
    missing = [name for name in table.columns if name not in content.column_names]
    unexpected = [name for name in content.column_names if name not in table.columns]
    reason = content.problem or (
        f"column missing: {', '.join(missing)}" if missing else None
    )
    return replace(
        file,
        sha256=content.sha256,
        column_names=json.dumps(content.column_names),
        unexpected_columns=", ".join(unexpected) or None,
        row_count=content.row_count,
        refusal_reason=reason,
        is_accepted=reason is None,
    )


def _csv_content(path: Path) -> _Content:
    data = path.read_bytes()
    content = _Content(sha256=hashlib.sha256(data).hexdigest())
    if not data.strip():
        content.problem = "file is empty"
        return content
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        content.problem = f"not UTF-8 at line {line}"
        return content
    header, _, body = text.partition("\n")
    content.column_names = next(csv.reader([header.rstrip("\r")]), [])
    # Blank lines are no records; the reader of the rows leaves them out as well.
    content.row_count = sum(1 for line in body.split("\n") if line.rstrip("\r"))
    if content.row_count == 0:
        content.problem = "file has a header and no rows"
    elif len(set(content.column_names)) < len(content.column_names):
        content.problem = "a column name comes twice"
    return content


def _parquet_content(path: Path) -> _Content:
    with path.open("rb") as handle:
        content = _Content(sha256=hashlib.file_digest(handle, "sha256").hexdigest())
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        content.problem = f"not readable as Parquet: {str(error).splitlines()[0]}"
        return content
    content.column_names = list(metadata.schema.to_arrow_schema().names)
    content.row_count = metadata.num_rows
    if content.row_count == 0:
        content.problem = "file has no rows"
    return content


def _refuse_doubles(files: Iterable[FeedFile]) -> list[FeedFile]:
    """Refuse a second file of the same table, provider, period and submission."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for file in sorted(files, key=lambda file: (file.feed, file.file_id)):
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
    return kept


def _hold_against(
    files: list[FeedFile], known: list[dict[str, object]]
) -> list[FeedFile]:
    """Keep the old row of each file that was read and has changed or gone since."""
    now = {(file.feed, file.file_id): file for file in files}
    for row in known:
        if not row["is_accepted"]:
            continue
        key = (str(row["feed"]), str(row["file_id"]))
        if key not in now or now[key].sha256 != row["sha256"]:
            old = FeedFile(**{name: row[name] for name in SCHEMA.names})  # type: ignore[arg-type]
            now[key] = replace(old, is_changed_since_read=True)
    return sorted(now.values(), key=lambda file: (file.feed, file.file_id))


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
