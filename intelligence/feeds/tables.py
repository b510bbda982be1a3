"""Rows of typed files, Parquet and Excel, as the text that a text file would hold."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from intelligence.feeds.content import LARGEST_TEXT_BYTES, TOO_LARGE, ContentError
from intelligence.feeds.layouts import FeedTable, Match, match_header
from intelligence.feeds.records import HEADER_WITHIN_LINES, HeaderError

# The last row that an Excel sheet can have: what was longer has been cut.
LAST_EXCEL_ROW = 2**20
ROWS_AT_ONCE = 2**17
LONDON = "Europe/London"
# Columns that DuckDB adds to what it reads.
_ADDED_BY_READERS = {"filename", "file_row_number", "file_index"}


@dataclass
class Sheet:
    """The rows of an Excel sheet below its header, as text."""

    match: Match
    names: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    line_numbers: list[int] = field(default_factory=list)
    defects: list[str | None] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    is_full: bool = False


def read_sheet(
    data: bytes,
    table: FeedTable,
    stated: Mapping[str, str] | None = None,
    version: str | None = None,
) -> Sheet:
    """Read the one sheet of a workbook that has the header of `table`.

    Raises ContentError or HeaderError.
    """
    import python_calamine

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST_TEXT_BYTES:
                raise ContentError(TOO_LARGE)
        book = python_calamine.load_workbook(io.BytesIO(data))
        sheets = [
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        ]
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(f"not readable as .xlsx: {type(error).__name__}") from None
    found = []
    for rows in sheets:
        best: tuple[int, int, tuple[str, ...], Match] | None = None
        for index, row in enumerate(rows[:HEADER_WITHIN_LINES]):
            names = tuple(cell_text(cell).strip() for cell in row)
            match = match_header(table, names, stated, version)
            count = sum(place is not None for place in match.places)
            if count > (best[0] if best else 0):
                best = count, index, names, match
        if best:
            found.append((*best, rows))
    if not found:
        raise HeaderError(
            "none of the first lines names a column of this table: column missing: "
            + ", ".join(match_header(table, ()).missing or table.names)
        )
    most = max(count for count, *_ in found)
    fitting = [one for one in found if one[0] == most]
    if len(fitting) > 1:
        raise ContentError("two sheets of the workbook have this table's header")
    return _sheet(*fitting[0][1:])


def _sheet(
    header: int, names: tuple[str, ...], match: Match, rows: Sequence[Sequence[object]]
) -> Sheet:
    """Return the rows below the header; a row number is that of the sheet."""
    sheet = Sheet(match=match, names=names, is_full=len(rows) >= LAST_EXCEL_ROW)
    titles = sum(any(cell_text(cell).strip() for cell in row) for row in rows[:header])
    if titles:
        sheet.skipped["title"] = titles
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = tuple(cell_text(cell) for cell in row)
        if not any(cell.strip() for cell in cells):
            continue
        defect = None
        if tuple(cell.strip() for cell in cells) == names:
            defect = "repeated_header"
        elif any(
            cell.strip() for cell, name in zip(cells, names, strict=True) if not name
        ):
            defect = "malformed_line"
        sheet.rows.append(cells)
        sheet.line_numbers.append(number)
        sheet.defects.append(defect)
    return sheet


def cell_text(cell: object) -> str:
    """Return the value of an Excel cell as text: whole numbers and dates plainly."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        if cell.time() == time():
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, timedelta):
        return str(time(*divmod(cell.seconds // 60, 60), cell.seconds % 60))
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def parquet_schema(source: Path | bytes) -> tuple[pa.Schema, int]:
    """Return the columns of a Parquet file and how many rows it has.

    Raises ContentError.
    """
    try:
        metadata = pq.read_metadata(_opened(source))
        return metadata.schema.to_arrow_schema(), metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        kind = type(error).__name__
        raise ContentError(f"not readable as Parquet: {kind}") from None


def without_values(schema: pa.Schema, names: Sequence[str]) -> str | None:
    """Return why columns of these types cannot be read as text, if they cannot."""
    found = [
        f"{name} ({schema.field(name).type})"
        for name in names
        if not _is_value(schema.field(name).type)
    ]
    if found:
        return f"column is neither text, number nor date: {', '.join(found)}"
    return None


def _is_value(kind: pa.DataType) -> bool:
    """Whether a type has one way of being read as text."""
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        _is_text(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
        or types.is_date(kind)
        or types.is_time(kind)
        or types.is_null(kind)
        or types.is_timestamp(kind)
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
    )


def can_stay(schema: pa.Schema, table: FeedTable, places: Sequence[int | None]) -> bool:
    """Whether every column has a type that all engines read as the same text.

    Such a Parquet file is read where it lies; another is landed, its values as text.
    """
    if {name.casefold() for name in schema.names} & _ADDED_BY_READERS:
        return False
    for column, place in zip(table.columns, places, strict=True):
        if place is None:
            continue
        kind = schema.field(place).type
        if types.is_dictionary(kind):
            kind = kind.value_type
        suits = {
            "date": types.is_date(kind),
            "integer": types.is_integer(kind) or types.is_floating(kind),
            "double": types.is_integer(kind) or types.is_floating(kind),
            "varchar": _is_text(kind) or types.is_integer(kind),
        }
        if not suits.get(column.data_type, False):
            return False
    return True


def plainly_typed(
    path: Path, table: FeedTable, places: Sequence[int | None]
) -> set[int]:
    """Return the places of the columns of numbers and dates that need no look.

    Dates do if one of them may be a placeholder, or the file does not say.
    """
    plain = set()
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    for column, place in zip(table.columns, places, strict=True):
        if place is None or column.holds:
            continue
        kind = schema.field(place).type
        if types.is_integer(kind) or types.is_floating(kind):
            if column.data_type != "varchar":
                plain.add(place)
        elif types.is_date(kind):
            groups = map(metadata.row_group, range(metadata.num_row_groups))
            if all(
                _has_only_days(group.column(place).statistics, group.num_rows)
                for group in groups
            ):
                plain.add(place)
    return plain


def _has_only_days(statistics: pq.Statistics | None, row_count: int) -> bool:
    """Whether a column has no dates that may be placeholders."""
    if statistics is None:
        return False
    if not statistics.has_min_max:
        return bool(statistics.null_count == row_count)
    try:
        return bool(statistics.min.year > 1900 and statistics.max.year < 2100)
    except OverflowError:
        # A year that Python has no date for.
        return False


def parquet_batches(
    source: Path | bytes, places: Sequence[int], time_zone: str | None = None
) -> Iterator[list[pa.Array]]:
    """Yield the columns at `places` of a Parquet file as text, some rows at a time.

    Raises ContentError when the data are damaged.
    """
    try:
        with pq.ParquetFile(_opened(source)) as file:
            names = [file.schema_arrow.names[place] for place in places]
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=names):
                batch.validate(full=True)
                yield [as_text(batch.column(name), time_zone) for name in names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ContentError(f"damaged inside: {type(error).__name__}") from None


def _opened(source: Path | bytes) -> object:
    return pa.BufferReader(source) if isinstance(source, bytes) else source


def as_text(values: pa.Array, time_zone: str | None = None) -> pa.Array:
    """Return typed values as text, each in one way whatever machine reads them.

    A whole number is written without a fraction, since a column of numbers with gaps is
    often delivered as floating; NaN is no value. A time with a zone becomes local time,
    and so does one without if `time_zone` says which it is in.
    """
    kind = values.type
    if types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if types.is_floating(kind):
        return _floating(values)
    if types.is_timestamp(kind):
        return _timestamps(values, time_zone)
    if types.is_date64(kind):
        values = values.cast(pa.date32())
    text = values.cast(pa.string())
    if types.is_decimal(kind):
        if pc.any(pc.match_substring(text, "E")).as_py():
            plain = [
                None if value is None else f"{Decimal(value):f}"
                for value in text.to_pylist()
            ]
            text = pa.array(plain, pa.string())
        return pc.replace_substring_regex(
            text, r"^([^.]*)\.0+$|(\.\d*[1-9])0+$", r"\1\2"
        )
    if types.is_time(kind):
        return pc.replace_substring_regex(text, r"\.0+$", "")
    return text


def _floating(values: pa.Array) -> pa.Array:
    numbers: npt.NDArray[np.float64] = np.asarray(
        values.cast(pa.float64()).fill_null(np.nan)
    )
    is_whole = np.isfinite(numbers) & (np.abs(numbers) < 1e15)
    is_whole[is_whole] = numbers[is_whole] % 1 == 0
    whole = pa.array(np.where(is_whole, numbers, 0).astype(np.int64)).cast(pa.string())
    text = pc.if_else(pa.array(is_whole), whole, values.cast(pa.string()))
    return pc.if_else(pa.array(np.isnan(numbers)), pa.scalar(None, pa.string()), text)


def _timestamps(values: pa.Array, time_zone: str | None) -> pa.Array:
    if values.type.tz is None and time_zone:
        values = pc.assume_timezone(
            values, time_zone, ambiguous="earliest", nonexistent="earliest"
        )
    if values.type.tz is not None:
        there = values.cast(pa.timestamp(values.type.unit, LONDON))
        values = pc.local_timestamp(there)
    text = values.cast(pa.string())
    return pc.replace_substring_regex(text, r"( 00:00:00)?\.0+$| 00:00:00$", "")
