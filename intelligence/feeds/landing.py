"""Land delivered files: each is read once and becomes Parquet of one form.

A landed file holds the new files of one feed table: `landed_id` (which delivered file a
row is of), `line_number` (where its record begins there), the layout's columns as text
and, for what is no record, `line_defect` (why) and `raw_text` (the line as delivered).
DuckDB and Spark read this one form, so whatever organisations send is understood in one
place. A Parquet file whose types suit the layout stays where it lies: it would only be
copied.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from intelligence.feeds import tables, values
from intelligence.feeds.columns import in_form
from intelligence.feeds.content import ContentError, decoded, kind_of
from intelligence.feeds.dialects import NO_DIALECT, Dialect
from intelligence.feeds.layouts import (
    RESERVED,
    FeedTable,
    Match,
    match_header,
)
from intelligence.feeds.records import (
    Block,
    Header,
    HeaderError,
    Splitter,
    as_columns,
    find_header,
    with_plain_line_ends,
)
from intelligence.platform.session import DriverSession

# Files with the same header are made into columns together until they are this large.
TOGETHER_BYTES = 2**25


@dataclass(frozen=True)
class Delivered:
    """A file to be landed: where it lies, and what its name and its sender say."""

    path: Path
    landed_id: int
    label: values.Label = field(default_factory=values.Label)
    dialect: Dialect = NO_DIALECT


@dataclass
class Landed:
    """What landing a file has shown. `problem` is why it is refused."""

    problem: str | None = None
    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    layout: str | None = None
    column_names: list[str | None] = field(default_factory=list)
    column_types: list[str | None] | None = None
    unexpected: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    row_count: int | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    findings: values.Findings = field(default_factory=Counter)
    forms: values.Findings = field(default_factory=Counter)
    is_landed: bool = False

    def told(self) -> str | None:
        """The findings as JSON: a list of kind, column, detail, row count."""
        rows = [[*key, count] for key, count in sorted(self.findings.items())]
        return json.dumps(rows) if rows else None


class Writer(Protocol):
    """Keeps landed files. `name` is a path below the landing folder."""

    def write(self, rows: pa.RecordBatchReader, name: str) -> None:
        """Write a landed file whole, or not at all."""

    def exists(self, name: str) -> bool:
        """Whether there is a landed file of this name."""

    def remove_others(self, names: Iterable[str]) -> None:
        """Remove every landed file but these."""


@dataclass(frozen=True)
class _Folder:
    folder: Path

    def exists(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def remove_others(self, names: Iterable[str]) -> None:
        kept = set(names)
        for path in sorted(self.folder.glob("*/*/*")):
            if str(path.relative_to(self.folder)) not in kept:
                path.unlink()

    def _place(self, name: str) -> tuple[Path, Path]:
        """Make the folder of a landed file; return its path and one to write to."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, path.parent.parent, path.parent):
            folder.chmod(0o700)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".unfinished")
        os.close(handle)
        return path, Path(unfinished)


@dataclass(frozen=True)
class EncryptedFolder(_Folder):
    """Landed files that DuckDB writes, encrypted under the key it knows by `key_name`.

    Feeds hold identifiers, so outside the vault they are encrypted too. Without a name
    of a key they are not (tests).
    """

    connection: duckdb.DuckDBPyConnection
    key_name: str | None = None

    def write(self, rows: pa.RecordBatchReader, name: str) -> None:
        """Write a landed file whole, or not at all."""
        path, unfinished = self._place(name)
        cursor = self.connection.cursor()
        try:
            cursor.register("rows_to_land", rows)
            cursor.execute(
                "copy (select * from rows_to_land) "
                f"to '{str(unfinished).replace(chr(39), chr(39) * 2)}' (format parquet"
                + (
                    f", encryption_config {{footer_key: '{self.key_name}'}})"
                    if self.key_name
                    else ")"
                )
            )
            unfinished.chmod(0o600)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
            cursor.close()


@dataclass(frozen=True)
class PlainFolder(_Folder):
    """Landed files in storage that guards them itself, as Spark reads them."""

    def write(self, rows: pa.RecordBatchReader, name: str) -> None:
        """Write a landed file whole, or not at all."""
        path, unfinished = self._place(name)
        try:
            with pq.ParquetWriter(unfinished, rows.schema) as writer:
                for batch in rows:
                    writer.write_batch(batch)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def landing_folder(folder: Path, session: Any, key_name: str) -> Writer:
    """Return the writer of landed files for the engine whose `session` a model has."""
    if isinstance(session, DriverSession):
        return PlainFolder(folder)
    return EncryptedFolder(folder, session, key_name)


def schema(table: FeedTable) -> pa.Schema:
    """Return the columns of a landed file of `table`."""
    landed_id, line_number, raw_text, line_defect = RESERVED
    return pa.schema(
        [
            (landed_id, pa.int64()),
            (line_number, pa.int64()),
            *((name, pa.string()) for name in table.names),
            (raw_text, pa.string()),
            (line_defect, pa.string()),
        ]
    )


def land(
    table: FeedTable,
    files: list[Delivered],
    writer: Writer,
    name: str,
    longest_line: int,
    are_pseudonymised: bool = False,
) -> list[Landed]:
    """Land the `files` of one feed table as the landed file `name`.

    Returns what each showed, in the same order. Rows of a file that turns out to be
    damaged on the way stay unread in the landed file.
    """
    landing = _Landing(table, files, longest_line, False, are_pseudonymised)
    rows = landing.rows()
    first = next(rows, None)
    if first is not None:

        def batches() -> Iterator[pa.RecordBatch]:
            yield from first.to_batches()
            for chunk in rows:
                yield from chunk.to_batches()

        writer.write(pa.RecordBatchReader.from_batches(schema(table), batches()), name)
    return landing.landed


def landed_rows(
    table: FeedTable, files: list[Delivered], longest_line: int
) -> tuple[pa.Table, list[Landed]]:
    """Return in memory what would be landed of `files`, all Parquet files too.

    The forms of all their dates are counted.
    """
    landing = _Landing(table, files, longest_line, lands_all=True)
    rows = list(landing.rows())
    return pa.concat_tables([schema(table).empty_table(), *rows]), landing.landed


@dataclass
class _Form:
    """What the rows of some files are read by."""

    match: Match
    dialect: Dialect
    may_be_scientific: bool = False


@dataclass(kw_only=True)
class _Group(_Form):
    """Files with one header and dialect: their sound lines are split together."""

    header: Header
    blocks: list[Block] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    size: int = 0


class _Landing:
    """Reads the files of one feed table, one after the other."""

    def __init__(
        self,
        table: FeedTable,
        files: list[Delivered],
        longest_line: int,
        lands_all: bool = False,
        are_pseudonymised: bool = False,
    ) -> None:
        self.table = table
        self.files = files
        self.longest_line = longest_line
        self.lands_all = lands_all
        self.schema = schema(table)
        self.landed = [Landed() for _ in files]
        self.labels = [file.label for file in files]
        self.forms = table.forms(are_pseudonymised)
        # Files of which a value is not as delivered any more, or a row is refused.
        self.changed: set[int] = set()
        self.dates = [one.name for one in table.columns if one.data_type == "date"]
        self.headers: dict[tuple[bytes, str | None], Header] = {}

    def rows(self) -> Iterator[pa.Table]:
        """Yield the rows of all files; fill in what each file shows."""
        groups: dict[tuple[object, ...], _Group] = {}
        for index, file in enumerate(self.files):
            try:
                yield from self._rows_of(index, file, groups)
            except (ContentError, HeaderError) as error:
                self.landed[index].problem = str(error)
            except OSError as error:
                self.landed[index].problem = f"cannot be read: {error.strerror}"
        for group in groups.values():
            yield from self._split(group)

    def _rows_of(
        self, index: int, file: Delivered, groups: dict[tuple[object, ...], _Group]
    ) -> Iterator[pa.Table]:
        landed = self.landed[index]
        kind, data = kind_of(file.path)
        if kind == "parquet":
            landed.file_format = "parquet"
            yield from self._parquet(index, file, data)
        elif kind == "xlsx":
            landed.file_format = "xlsx"
            assert data is not None
            yield from self._sheet(index, file, data)
        else:
            landed.file_format = "csv"
            assert data is not None
            yield from self._text(index, file, data, groups)

    @staticmethod
    def _accept(landed: Landed, match: Match, names: tuple[str, ...]) -> None:
        """Note what a header says; ContentError if it is not the layout's."""
        if match.problem:
            raise ContentError(match.problem)
        landed.layout = match.version
        landed.absent = match.absent
        landed.unexpected = match.unexpected
        landed.column_names = [
            None if place is None else names[place] for place in match.places
        ]

    def _text(
        self,
        index: int,
        file: Delivered,
        data: bytes,
        groups: dict[tuple[object, ...], _Group],
    ) -> Iterator[pa.Table]:
        landed, dialect = self.landed[index], file.dialect
        text = decoded(data, dialect.encoding)
        data = with_plain_line_ends(text.data)
        if not data.strip():
            raise ContentError("file is empty")
        landed.encoding = text.encoding
        header = self._header(data, dialect)
        self._accept(landed, header.match, header.names)
        landed.delimiter = header.delimiter
        landed.row_count = 0
        landed.is_landed = True
        splitter = Splitter(data, header, text.may_be_broken, self.longest_line)
        may_be_scientific = b"E+" in data or b"e+" in data
        if data[-1:] != b"\n" and header.begin < len(data):
            landed.findings["no_final_line_end", "", ""] += 1
        for block in splitter.blocks():
            landed.row_count += block.count
            landed.skipped += block.skipped
            key = (header.names, header.delimiter, splitter.width, dialect.signature)
            group = groups.setdefault(
                key, _Group(match=header.match, dialect=dialect, header=header)
            )
            group.blocks.append(block)
            group.files.append(index)
            group.size += len(block.lines)
            group.may_be_scientific |= may_be_scientific
            if group.size > TOGETHER_BYTES:
                del groups[key]
                yield from self._split(group)

    def _header(self, data: bytes, dialect: Dialect) -> Header:
        """Find the header; most files of a table have the same first line."""
        first = data[: data.find(b"\n") + 1]
        known = self.headers.get((first, dialect.signature))
        if known is None or not first:
            known = find_header(
                data, self.table, dialect.columns, dialect.layout, dialect.delimiter
            )
            if known.begin == len(first):
                self.headers[first, dialect.signature] = known
        return known

    def _split(self, group: _Group) -> Iterator[pa.Table]:
        """Yield the records of a group of files."""
        columns = as_columns(group.blocks, group.header)
        numbers = [block.line_numbers for block in group.blocks]
        files = np.repeat(group.files, [len(one) for one in numbers])
        if len(files):
            yield self._table(group, columns, files, np.concatenate(numbers))
        singles = [
            (file, single)
            for file, block in zip(group.files, group.blocks, strict=True)
            for single in block.singles
        ]
        if singles:
            yield self._table(
                group,
                {
                    place: _text_array(
                        one.fields[place] if one.fields else None for _, one in singles
                    )
                    for place in group.match.wanted
                },
                np.array([file for file, _ in singles]),
                np.array([one.line_number for _, one in singles]),
                _text_array(one.defect for _, one in singles),
                _text_array(one.text if one.defect else None for _, one in singles),
            )

    def _sheet(self, index: int, file: Delivered, data: bytes) -> Iterator[pa.Table]:
        landed, dialect = self.landed[index], file.dialect
        sheet = tables.read_sheet(data, self.table, dialect.columns, dialect.layout)
        self._accept(landed, sheet.match, sheet.names)
        landed.row_count = len(sheet.rows)
        landed.is_landed = True
        landed.skipped += sheet.skipped
        if sheet.is_full:
            landed.findings["sheet_is_full", "", ""] += 1
        if sheet.rows:
            yield self._table(
                _Form(sheet.match, dialect, may_be_scientific=True),
                {
                    place: _text_array(
                        None if defect else row[place]
                        for row, defect in zip(sheet.rows, sheet.defects, strict=True)
                    )
                    for place in sheet.match.wanted
                },
                np.full(len(sheet.rows), index),
                np.array(sheet.line_numbers),
                _text_array(sheet.defects),
            )

    def _parquet(
        self, index: int, file: Delivered, data: bytes | None
    ) -> Iterator[pa.Table]:
        landed, dialect = self.landed[index], file.dialect
        source = file.path if data is None else data
        found, landed.row_count = tables.parquet_schema(source)
        match = match_header(self.table, found.names, dialect.columns, dialect.layout)
        self._accept(landed, match, tuple(found.names))
        problem = tables.without_values(
            found, [found.names[place] for place in match.places if place is not None]
        )
        if problem:
            raise ContentError(problem)
        stays = (
            data is None
            and not self.lands_all
            and not dialect.file_ids
            and not match.instead
            and not self.table.codes(match.version)
            and tables.can_stay(found, self.table, match.places)
        )
        if stays:
            # Numbers and dates are what their types say; texts may be in another form.
            plain = tables.plainly_typed(file.path, self.table, match.places)
            looked_at = [place for place in match.wanted if place not in plain]
            for _ in self._parquet_rows(index, source, match, looked_at):
                pass
            stays = index not in self.changed
            if not stays:
                landed.findings.clear()
        landed.is_landed = not stays
        if stays:
            landed.column_types = [
                None if place is None else str(found.field(place).type)
                for place in match.places
            ]
            return
        begin = 0
        for table in self._parquet_rows(index, source, match, match.wanted):
            begin += table.num_rows
            yield table
        if begin != landed.row_count:
            raise ContentError(
                f"damaged inside: the footer counts {landed.row_count} rows, "
                "the data do not"
            )

    def _parquet_rows(
        self, index: int, source: Path | bytes, match: Match, places: list[int]
    ) -> Iterator[pa.Table]:
        """Yield the columns at `places` of a Parquet file in the landed form."""
        dialect = self.files[index].dialect
        form = _Form(match, dialect, may_be_scientific=True)
        begin = 0
        batches = tables.parquet_batches(source, places, dialect.time_zone)
        for arrays in batches if places else ():
            count = len(arrays[0])
            yield self._table(
                form,
                dict(zip(places, arrays, strict=True)),
                np.full(count, index),
                np.arange(begin + 1, begin + count + 1),
            )
            begin += count

    def _table(
        self,
        form: "_Form",
        at: Mapping[int, pa.Array],
        files: npt.NDArray[np.int64],
        line_numbers: npt.NDArray[np.int64],
        defects: pa.Array | None = None,
        raw_text: pa.Array | None = None,
    ) -> pa.Table:
        """Return rows in the landed form, and count what they show of their files.

        `at` has the delivered columns by their place in the header.
        """
        match, dialect = form.match, form.dialect
        columns = {}
        for name, place in zip(self.table.names, match.places, strict=True):
            if place is not None and place in at:
                columns[name] = at[place]
                for other in match.instead.get(name, ()):
                    columns[name] = values.filled(columns[name], at[other])
        codes = self.table.codes(match.version)
        for name, meant in dialect.codes.items():
            codes.setdefault(name, {}).update(meant)
        reading = values.Reading(
            dialect.dates, codes, dialect.time_zone, self.table.dates
        )
        found = [landed.findings for landed in self.landed]
        forms = [landed.forms for landed in self.landed] if self.lands_all else None
        rows = values.Rows(files, self.labels, found, forms)
        delivered = columns
        columns = values.canonical(columns, self.dates, reading, rows)
        values.examine(columns, self.table.holding, rows, form.may_be_scientific)
        columns, refused = in_form(
            columns, self.forms, rows, self.table.holding("sender")
        )
        if refused or any(columns[name] is not delivered[name] for name in columns):
            self.changed.update(files.tolist())
        if refused:
            defects = _with_defects(defects, refused, len(files))
        ids = np.array([file.landed_id for file in self.files], np.int64)
        nothing = pa.nulls(len(files), pa.string())
        return pa.Table.from_arrays(
            [
                pa.array(ids[files]),
                pa.array(line_numbers, pa.int64()),
                *(columns.get(name, nothing) for name in self.table.names),
                nothing if raw_text is None else raw_text,
                nothing if defects is None else defects,
            ],
            schema=self.schema,
        )


def _with_defects(
    defects: pa.Array | None, refused: Mapping[int, str], count: int
) -> pa.Array:
    """Return the defects of lines with those of refused rows."""
    of_rows = _text_array(refused.get(row) for row in range(count))
    return of_rows if defects is None else pc.coalesce(defects, of_rows)


def _text_array(texts: Iterable[str | None]) -> pa.Array:
    return pa.array(texts, pa.string())
