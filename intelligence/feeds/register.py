"""Register the files that organisations sent: refused, or accepted and landed.

A feed file lies at `<root>/<feed>/<table>/<PROVIDER>__<YYYY-MM>__<NN>.<ending>`: one
provider's NN-th submission of one reporting period. Published files (delivery
`published`) lie at `<root>/<feed>/<name>` under the name they were published with. A
sender's dialect lies beside them (intelligence/feeds/dialects.py), and a control file,
if there is one, beside its file as `<name>.control`: `rows: 1234`, `sha256: …`, or
`withdrawn: <why>`.
"""

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml

from intelligence.feeds import forms, values
from intelligence.feeds.dialects import ENDING, Dialect, DialectError, dialect_of
from intelligence.feeds.landing import Delivered, Landed, Writer, land
from intelligence.feeds.layouts import FeedTable, plain
from intelligence.platform.connections import private_connection

FILE_NAME = re.compile(
    r"(?P<provider>[A-Za-z0-9]{1,12})__(?P<year>(?:19|20)[0-9]{2})-(?P<month>0[1-9]|1[0-2])"
    r"__(?P<submission>[0-9]{2})"
    r"(?P<ending>\.(?:csv|txt|tsv|parquet|xlsx)(?:\.gz|\.zip)?|\.gz|\.zip)",
    re.IGNORECASE,
)
# Files of a few rows may well be the same twice: one delay that goes on.
REPEATED_LEAST_ROWS = 10
WITHHELD = "(name withheld)"
UNKNOWN = "(unknown)"
CONTROL_ENDING = ".control"
# Outlines of areas among the published files: pictures are drawn from them.
OUTLINES_ENDING = ".geojson"
DEFAULT_LONGEST_LINE = 2**20
SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("feed", pa.string()),
        ("feed_table", pa.string()),
        ("provider_code", pa.string()),
        ("file_path", pa.string()),
        ("shown_file_id", pa.string()),
        ("file_key", pa.string()),
        ("file_format", pa.string()),
        ("encoding", pa.string()),
        ("delimiter", pa.string()),
        ("layout", pa.string()),
        ("dialect", pa.string()),
        ("forms", pa.string()),
        ("column_names", pa.string()),
        ("column_types", pa.string()),
        ("unexpected_columns", pa.string()),
        ("absent_columns", pa.string()),
        ("skipped_lines", pa.string()),
        ("findings", pa.string()),
        ("landed_as", pa.string()),
        ("sha256", pa.string()),
        ("refusal_reason", pa.string()),
        ("withdrawal_reason", pa.string()),
        ("submission_number", pa.int32()),
        ("unexpected_column_count", pa.int32()),
        ("skipped_line_count", pa.int32()),
        ("landed_id", pa.int64()),
        ("byte_count", pa.int64()),
        ("row_count", pa.int64()),
        ("is_accepted", pa.bool_()),
        ("is_withdrawn", pa.bool_()),
        ("is_current", pa.bool_()),
        ("is_changed_since_read", pa.bool_()),
        ("is_read_again", pa.bool_()),
        ("period_start_date", pa.date32()),
    ]
)


@dataclass(slots=True)
class FeedFile:
    """One file as found; the fields are the columns of `stg_feeds__files`."""

    file_id: str
    feed: str
    file_path: str
    shown_file_id: str = WITHHELD
    file_key: str = ""
    feed_table: str | None = None
    provider_code: str | None = None
    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    layout: str | None = None
    dialect: str | None = None
    forms: str | None = None
    column_names: str | None = None
    column_types: str | None = None
    unexpected_columns: str | None = None
    absent_columns: str | None = None
    skipped_lines: str | None = None
    findings: str | None = None
    landed_as: str | None = None
    sha256: str | None = None
    refusal_reason: str | None = None
    withdrawal_reason: str | None = None
    submission_number: int | None = None
    unexpected_column_count: int | None = None
    skipped_line_count: int | None = None
    landed_id: int | None = None
    byte_count: int = 0
    row_count: int | None = None
    is_accepted: bool = False
    is_withdrawn: bool = False
    is_current: bool = False
    is_changed_since_read: bool = False
    is_read_again: bool = False
    period_start_date: date | None = None

    def refused(self, reason: str) -> "FeedFile":
        """Return the file as refused: nothing is kept of what it says."""
        return FeedFile(
            file_id=self.file_id,
            feed=self.feed,
            file_path=self.file_path,
            shown_file_id=self.shown_file_id,
            file_key=self.file_key,
            feed_table=self.feed_table,
            provider_code=self.provider_code,
            file_format=self.file_format,
            sha256=self.sha256,
            refusal_reason=reason,
            submission_number=self.submission_number,
            byte_count=self.byte_count,
            period_start_date=self.period_start_date,
        )


@dataclass(frozen=True)
class Found:
    """A file that is to be read, with what is known of it from beside it."""

    file: FeedFile
    table: FeedTable
    dialect: Dialect
    digest: str


def register_files(
    root: str,
    overrides: Mapping[str, str | None],
    tables: Mapping[tuple[str, str], FeedTable],
    writer: Writer,
    key: bytes,
    known: pa.Table | None = None,
    longest_line: int = DEFAULT_LONGEST_LINE,
    are_pseudonymised: bool = False,
) -> pa.Table:
    """Return one row for each file below the feeds folder, in order of `file_id`.

    `overrides` names other folders for single feeds. Accepted files are landed by
    `writer`. `key` is secret: hashes of files are made under it, since the content of a
    short list could be found from a plain hash. `known` is what this function returned
    at the last build. A file that was read then and is different or gone now keeps its
    old row, marked `is_changed_since_read`: what was read came from a file that no
    longer exists. Only a published file may come out anew under its name. A submission
    that its control file withdraws counts as if it had never been sent.
    """
    folders = {feed: overrides.get(feed) or f"{root}/{feed}" for feed, _ in tables}
    read_before = _read_before(known)
    signatures = {
        key: forms.signature(table.forms(are_pseudonymised))
        for key, table in tables.items()
    }
    files: list[FeedFile] = []
    waiting: dict[tuple[str, str], list[Found]] = {}
    found, dialects = found_files(root, folders, tables)
    with ThreadPoolExecutor(max_workers=2) as pool:
        looked_at = list(
            pool.map(
                lambda item: look_at(item[0], item[1], folders, dialects, tables, key),
                found,
            )
        )
    for one in looked_at:
        if isinstance(one, FeedFile):
            files.append(one)
            continue
        one.file.forms = signatures[one.table.feed, one.table.name]
        old = read_before.get((one.file.feed, one.file.file_id))
        if old and _is_as_landed(one, old, writer):
            path = one.file.file_path
            files.append(replace(old, file_path=path, is_changed_since_read=False))
        else:
            waiting.setdefault((one.table.feed, one.table.name), []).append(one)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for landed in pool.map(
            lambda found: _land(
                found, read_before, writer, key, longest_line, are_pseudonymised
            ),
            waiting.values(),
        ):
            files += landed
    files = _refuse_damaged(files, {str(row.sha256) for row in read_before.values()})
    files = _hold_against(files, read_before, tables)
    files = [_withdrawn(file, folders.get(file.feed, root)) for file in files]
    files = _mark_current(_refuse_doubles(files, read_before), tables)
    files = _find_repeated(files, tables)
    writer.remove_others(file.landed_as for file in files if file.landed_as)
    rows = [{name: getattr(file, name) for name in SCHEMA.names} for file in files]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _read_before(known: pa.Table | None) -> dict[tuple[str, str], FeedFile]:
    """Return the files that the last register had read, if it was kept as this one is.

    Whether they are withdrawn is asked again at every build.
    """
    if known is None or set(known.column_names) != set(SCHEMA.names):
        return {}
    rows = [
        FeedFile(**row | {"is_accepted": True, "is_withdrawn": False})
        for row in known.to_pylist()
        if row["is_accepted"] or (row["is_withdrawn"] and not row["refusal_reason"])
    ]
    return {(row.feed, row.file_id): row for row in rows}


def _digest(key: bytes, *texts: str) -> bytes:
    return hmac.digest(key, "\0".join(texts).encode(errors="replace"), "sha256")


def found_files(
    root: str,
    folders: Mapping[str, str],
    tables: Mapping[tuple[str, str], FeedTable],
) -> tuple[list[tuple[FeedFile, FeedTable | None]], set[str]]:
    """Return every file of the feeds folders, with the table it belongs to if any.

    The paths of all dialects come beside them.
    """
    found: list[tuple[FeedFile, FeedTable | None]] = []
    dialects: set[str] = set()
    for feed, folder in sorted(folders.items()):
        published = {
            table.published_file_name: table
            for table in tables.values()
            if table.feed == feed and table.published_file_name
        }
        for path, problem in _files_below(folder):
            inside = os.path.relpath(path, folder)
            parts = inside.split("/")
            if path.endswith(CONTROL_ENDING):
                continue
            if feed == "reference" and path.endswith(OUTLINES_ENDING):
                continue
            if path.endswith(ENDING) and len(parts) <= 2:
                dialects.add(path)
                continue
            table = published.get(inside)
            if len(parts) == 2:
                table = tables.get((feed, parts[0]))
            if table is None:
                problem = problem or "the feed has no table of this name"
            found.append((_file(feed, inside, path, problem), table))
    for beside in sorted(Path(root).iterdir()) if Path(root).is_dir() else ():
        name, path = beside.name, str(beside)
        if name not in folders and not name.startswith("."):
            for stray, problem in _files_below(path) or [(path, None)]:
                inside = os.path.relpath(stray, root)
                reason = problem or "there is no feed of this name"
                found.append((_file(UNKNOWN, inside, stray, reason), None))
    return found, dialects


def _file(feed: str, file_id: str, path: str, problem: str | None) -> FeedFile:
    return FeedFile(
        file_id=_printable(file_id),
        feed=_printable(feed),
        file_path=_printable(path),
        refusal_reason=problem,
    )


def _printable(name: str) -> str:
    """Return a name as text; bytes of it that are not UTF-8 are written out."""
    return name.encode(errors="backslashreplace").decode()


def _files_below(folder: str) -> list[tuple[str, str | None]]:
    """Return all that is below `folder` and no folder, or a folder named like a file.

    A folder that cannot be looked into comes with the reason. Links to folders are
    followed, since a city may keep its feeds on several disks, but not in a circle.
    """
    if not os.path.lexists(folder):
        return []
    problems: list[OSError] = []
    found: dict[str, str | None] = {}
    for parent, folders, files in os.walk(folder, True, problems.append, True):
        for name in list(folders):
            path = f"{parent}/{name}"
            if Path(path).is_symlink():
                above = os.path.realpath(path)
                if f"{os.path.realpath(parent)}/".startswith(f"{above}/"):
                    found[path] = "a link to a folder that it is in"
                    folders.remove(name)
                    continue
            if FILE_NAME.fullmatch(name):
                found[path] = None
        for name in files:
            found[f"{parent}/{name}"] = None
    for error in problems:
        found[str(error.filename)] = f"cannot be read: {error.strerror}"
    return sorted(item for item in found.items() if "/." not in item[0][len(folder) :])


def look_at(
    file: FeedFile,
    table: FeedTable | None,
    folders: Mapping[str, str],
    dialects: set[str],
    tables: Mapping[tuple[str, str], FeedTable],
    key: bytes,
) -> FeedFile | Found:
    """Return a file that is to be read with its dialect and hash; or it refused."""
    file.file_key = _digest(key, file.feed, file.file_id).hex()[:32]
    path = Path(file.file_path)
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            file.byte_count = status.st_size
        elif file.refusal_reason is None:
            file.refusal_reason = (
                "a folder, not a file"
                if stat.S_ISDIR(status.st_mode)
                else "not a file, or a link that leads nowhere"
            )
    except OSError as error:
        file.refusal_reason = file.refusal_reason or (
            "not a file, or a link that leads nowhere"
            if isinstance(error, FileNotFoundError)
            else f"cannot be read: {error.strerror}"
        )
    if table is not None:
        _name(file, table)
    if table is None or file.refusal_reason:
        return file
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        file.sha256 = _digest(key, digest).hex()
        dialect = dialect_of(
            folders[table.feed], table, str(file.provider_code), dialects, tables
        )
    except OSError as error:
        return file.refused(f"cannot be read: {error.strerror}")
    except DialectError as error:
        return file.refused(str(error))
    file.dialect = dialect.signature
    return Found(file, table, dialect, digest)


def _name(file: FeedFile, table: FeedTable) -> None:
    """Add what the name of a file of `table` says, or why the name is refused.

    Only a name of the right form is shown outside the vault: others may be patients'.
    """
    file.feed_table = table.name
    file.shown_file_id = f"{table.name}/{WITHHELD}"
    if table.delivery == "published":
        file.provider_code = "published"
        file.shown_file_id = file.file_id
        return
    match = FILE_NAME.fullmatch(file.file_path.rpartition("/")[2])
    if match is None or not is_sender_code(match["provider"]):
        file.refusal_reason = file.refusal_reason or (
            "name is not PROVIDER__YYYY-MM__NN.csv (or .txt, .tsv, .xlsx, .parquet, "
            "also with .gz or .zip)"
        )
        return
    file.provider_code = match["provider"].upper()
    file.submission_number = int(match["submission"])
    file.period_start_date = date(int(match["year"]), int(match["month"]), 1)
    file.shown_file_id = file.file_id
    if table.reporting_period == "quarter" and int(match["month"]) % 3 != 1:
        file.refusal_reason = (
            file.refusal_reason or "a quarter begins in 01, 04, 07 or 10"
        )


def is_sender_code(code: str) -> bool:
    """Whether a text may be an organisation's code, and is no number of a person.

    Codes of the Organisation Data Service and of the Office for National Statistics
    have letters, or few digits.
    """
    return not code.isdigit() or len(code) <= 6


def _is_as_landed(found: Found, old: FeedFile, writer: Writer) -> bool:
    """Whether a file is what was read of it, and what was read is still there."""
    return (
        found.file.sha256 == old.sha256
        and found.file.dialect == old.dialect
        and found.file.forms == old.forms
        and (
            old.landed_as is None
            or (
                old.landed_as.startswith(_landed_beginning(found.table))
                and writer.exists(old.landed_as)
            )
        )
    )


def _landed_beginning(table: FeedTable) -> str:
    """Return how the paths of a table's landed files begin, as its columns are now."""
    columns = hashlib.sha256("\0".join(table.names).encode()).hexdigest()[:8]
    return f"{table.feed}/{table.name}/{columns}-"


def _land(
    found: Sequence[Found],
    read_before: Mapping[tuple[str, str], FeedFile],
    writer: Writer,
    key: bytes,
    longest_line: int,
    are_pseudonymised: bool,
) -> list[FeedFile]:
    """Land the new files of one feed table."""
    table = found[0].table
    delivered = [
        Delivered(
            path=Path(one.file.file_path),
            landed_id=_landed_id(one, key),
            label=label(one.file, table, one.dialect),
            dialect=one.dialect,
        )
        for one in found
    ]
    together = _digest(key, *(str(one.landed_id) for one in delivered)).hex()[:16]
    name = f"{_landed_beginning(table)}{together}.parquet"
    files = []
    for one, result, of_file in zip(
        found,
        land(table, delivered, writer, name, longest_line, are_pseudonymised),
        delivered,
        strict=True,
    ):
        file = _registered(one, result, name, of_file.landed_id)
        old = read_before.get((file.feed, file.file_id))
        if old and old.sha256 == file.sha256:
            again = old.is_read_again or old.dialect != file.dialect
            file = replace(file, is_read_again=again)
        files.append(file)
    return files


def _landed_id(one: Found, key: bytes) -> int:
    """Return the number of the rows of a file, read in one dialect."""
    file = one.file
    digest = _digest(key, file.feed, file.file_id, str(file.sha256), str(file.dialect))
    return int.from_bytes(digest[:8], "big", signed=True)


def label(file: FeedFile, table: FeedTable, dialect: Dialect) -> values.Label:
    """Return what the name of a file says of the rows in it."""
    if file.provider_code is None or table.delivery == "published":
        return values.Label()
    end = None
    if file.period_start_date:
        months = 3 if table.reporting_period == "quarter" else 1
        number = file.period_start_date.month - 1 + months
        first = date(file.period_start_date.year + number // 12, number % 12 + 1, 1)
        end = first - timedelta(days=1)
    return values.Label(
        senders=(file.provider_code, *dialect.senders),
        period_start=file.period_start_date,
        period_end=end,
    )


def _registered(found: Found, landed: Landed, name: str, landed_id: int) -> FeedFile:
    """Return the row of a file that was read, or of one that could not be."""
    file = replace(found.file, file_format=landed.file_format)
    problem = landed.problem or against_control(found, landed)
    if problem:
        return file.refused(problem)
    return replace(
        file,
        is_accepted=True,
        encoding=landed.encoding,
        delimiter=landed.delimiter,
        layout=landed.layout,
        column_names=json.dumps(landed.column_names),
        column_types=json.dumps(landed.column_types) if landed.column_types else None,
        unexpected_columns=json.dumps(landed.unexpected) if landed.unexpected else None,
        unexpected_column_count=len(landed.unexpected),
        skipped_line_count=sum(landed.skipped.values()),
        absent_columns=", ".join(landed.absent) or None,
        skipped_lines=(
            json.dumps(landed.skipped, sort_keys=True) if landed.skipped else None
        ),
        findings=landed.told(),
        row_count=landed.row_count,
        landed_as=name if landed.is_landed and landed.row_count else None,
        landed_id=landed_id,
    )


def against_control(found: Found, landed: Landed) -> str | None:
    """Return how a file differs from the control file beside it, if there is one."""
    stated = _control(found.file.file_path)
    if stated is None:
        return None
    if not stated:
        return "its control file is not readable: it needs 'rows: …' or 'sha256: …'"
    if not stated.keys() & {"rows", "sha256", "withdrawn"}:
        return "its control file gives neither rows nor sha256"
    rows = stated.get("rows", "").replace(",", "")
    if rows and rows != str(landed.row_count):
        return f"its control file states {rows} rows, the file has {landed.row_count}"
    if stated.get("sha256", found.digest).casefold() != found.digest:
        return "its SHA-256 differs from that in its control file"
    return None


def _control(path: str) -> dict[str, str] | None:
    """Return what the control file of a file states; nothing if it is not readable.

    None if there is no control file.
    """
    control = Path(path + CONTROL_ENDING)
    if not control.is_file():
        return None
    try:
        content = yaml.load(control.read_text(encoding="utf-8-sig"), yaml.BaseLoader)
        return {plain(str(name)): str(value) for name, value in content.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError):
        return {}


def withdrawal(path: str) -> str | None:
    """Return why the sender of a file has withdrawn it, if its control file says so."""
    reason = (_control(path) or {}).get("withdrawn", "").strip()
    return None if reason.casefold() in ("", "no", "false") else reason


def _withdrawn(file: FeedFile, folder: str) -> FeedFile:
    """Return a file as withdrawn if its control file says so.

    Its rows are only counted from then on. The file itself may be gone.
    """
    reason = withdrawal(f"{folder}/{file.file_id}")
    if reason is None:
        return file
    return replace(
        file,
        is_accepted=False,
        is_withdrawn=True,
        is_changed_since_read=False,
        withdrawal_reason=reason,
    )


def _refuse_damaged(files: Iterable[FeedFile], sound: set[str]) -> list[FeedFile]:
    """Refuse the Parquet files whose values cannot be read, and keep all others.

    `sound` has the hashes of files that an earlier build read without trouble. Of files
    that stay where they lie only the footer has been looked at. Those of one layout are
    read together, which takes half the time; only when that fails are they read one by
    one, to find the damaged.
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
    with private_connection(disabled_optimizers="statistics_propagation") as reader:
        for together in layouts.values():
            if not _damage(together, reader):
                kept += together
                continue
            for file in together:
                reason = _damage([file], reader)
                kept.append(file.refused(reason) if reason else file)
    return kept


def _damage(files: Sequence[FeedFile], reader: duckdb.DuckDBPyConnection) -> str | None:
    """Return what keeps the values of files of one layout from being read, if anything.

    The rows will be read by DuckDB, so DuckDB reads them here: it cannot fail there.
    """
    names = [name for name in json.loads(str(files[0].column_names)) if name]
    quoted = ", ".join('"{}"'.format(name.replace('"', '""')) for name in names)
    try:
        found = reader.execute(
            f"select filename, count(*), bit_xor(hash({quoted})) "
            "from read_parquet(?, filename = true) group by filename",
            [[as_pattern(file.file_path) for file in files]],
        ).fetchall()
    except duckdb.Error as error:
        # Its message may quote what a file holds.
        return f"damaged inside: {type(error).__name__}"
    counts = {path: count for path, count, _ in found}
    for file in files:
        if counts.get(file.file_path, 0) != file.row_count:
            return (
                f"damaged inside: the footer counts {file.row_count} rows, "
                "the data do not"
            )
    return None


def as_pattern(path: str) -> str:
    """Return the pattern that DuckDB finds this path alone by."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _hold_against(
    files: Iterable[FeedFile],
    read_before: Mapping[tuple[str, str], FeedFile],
    tables: Mapping[tuple[str, str], FeedTable],
) -> list[FeedFile]:
    """Keep the old row of each file that was read and has changed or gone since.

    A published file has one name for good, so an accepted new one takes its place.
    """
    now = {(file.feed, file.file_id): file for file in files}
    for key, old in read_before.items():
        if key in now:
            table = tables.get((old.feed, str(old.feed_table)))
            is_update = table is not None and table.delivery == "published"
            if now[key].sha256 == old.sha256 or (is_update and now[key].is_accepted):
                continue
        now[key] = replace(old, is_changed_since_read=True)
    return list(now.values())


def _refuse_doubles(
    files: Iterable[FeedFile], read_before: Mapping[tuple[str, str], FeedFile]
) -> list[FeedFile]:
    """Refuse a second file of the same table, provider, period and submission.

    What an earlier build read stays, whatever the other file is called.
    """
    seen: set[tuple[object, ...]] = set()
    kept = []
    for file in sorted(
        files,
        key=lambda file: (
            (file.feed, file.file_id) not in read_before,
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
            file = file.refused("the same submission was also sent in another format")
        elif file.is_accepted:
            seen.add(key)
        kept.append(file)
    return sorted(kept, key=lambda file: (file.feed, file.file_id))


def _delivery(
    file: FeedFile, tables: Mapping[tuple[str, str], FeedTable]
) -> str | None:
    table = tables.get((file.feed, str(file.feed_table)))
    return table.delivery if table else None


def _mark_current(
    files: list[FeedFile], tables: Mapping[tuple[str, str], FeedTable]
) -> list[FeedFile]:
    """Mark, of the accepted files, the last submission of each period.

    Of a snapshot table the last period alone is current: each file replaces all before.
    """
    last: dict[tuple[object, ...], tuple[object, ...]] = {}

    def slot(file: FeedFile) -> tuple[object, ...]:
        is_snapshot = _delivery(file, tables) == "snapshot"
        period = None if is_snapshot else file.period_start_date
        return file.feed, file.feed_table, file.provider_code, period

    def order(file: FeedFile) -> tuple[object, ...]:
        return file.period_start_date or date.min, file.submission_number or 0

    for file in files:
        if file.is_accepted:
            last[slot(file)] = max(last.get(slot(file), (date.min, -1)), order(file))
    return [
        replace(file, is_current=file.is_accepted and order(file) == last[slot(file)])
        for file in files
    ]


def _find_repeated(
    files: list[FeedFile], tables: Mapping[tuple[str, str], FeedTable]
) -> list[FeedFile]:
    """Note which current files are another period's file of their sender once more.

    A list that is sent whole may well be the same as a month before.
    """
    first: dict[tuple[object, ...], FeedFile] = {}
    result = []
    for file in sorted(files, key=lambda one: one.period_start_date or date.min):
        key = file.feed, file.feed_table, file.provider_code, file.sha256
        is_long = (file.row_count or 0) >= REPEATED_LEAST_ROWS
        is_whole = _delivery(file, tables) in ("snapshot", "list")
        if file.is_accepted and is_long and not is_whole:
            other = first.setdefault(key, file)
            if file.is_current and other.period_start_date != file.period_start_date:
                findings = json.loads(file.findings or "[]")
                findings = [one for one in findings if one[0] != "same_content"]
                detail = f"{other.period_start_date:%Y-%m}"
                findings.append(["same_content", "", detail, file.row_count])
                file = replace(file, findings=json.dumps(findings))
        result.append(file)
    return sorted(result, key=lambda file: (file.feed, file.file_id))
