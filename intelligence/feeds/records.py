"""Split delimited text into records, each with the number of its first line.

Lines are told apart first, quotes second, so a quote that does not close costs its own
line and never takes its neighbours with it. Nearly all lines are found sound by looking
at the whole text at once (numpy) and are split by pyarrow's CSV reader; the few others
are looked at one by one.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from intelligence.feeds.layouts import FeedTable, Match, match_header, plain

DELIMITERS = (",", "|", "\t", ";")
# A title and a few lines about the report may stand above the header.
HEADER_WITHIN_LINES = 30
LONGEST_HEADER_BYTES = 2**20
# More lines than any address or note has.
LONGEST_RECORD_LINES = 50
BLOCK_BYTES = 2**24
CUT_TO = 1000
_LINE_END, _RETURN, _QUOTE = b'\n\r"'
_DASHES = re.compile(rb"[-+=|,;\t \"]*-{2,}[-+=|,;\t \"]*")
_FOOTER = re.compile(
    rb"\W*(\d+|no) (rows?|records?)( \w+)?\W*"
    rb"|\W*(total )?(rows?|records?)( count)?\W*\d+\W*"
    rb"|completion time: .*|\W*end of (file|report|extract)\W*|SQL> .*",
    re.IGNORECASE,
)


class HeaderError(ValueError):
    """The text has no header that its columns could be found in."""


@dataclass(frozen=True)
class Header:
    """Where the header of a delimited text is, and what it says.

    begin: offset of the first byte behind it; line_number: that of the line there.
    """

    names: tuple[str, ...]
    delimiter: str
    match: Match
    text: bytes = b""
    begin: int = 0
    line_number: int = 1
    title_count: int = 0


@dataclass(frozen=True)
class Single:
    """A record looked at by itself: its fields, or what is wrong with it."""

    line_number: int
    text: str
    fields: tuple[str, ...] | None = None
    defect: str | None = None


@dataclass
class Block:
    """The records of one part of a text: sound lines together, others one by one."""

    lines: bytes = b""
    line_numbers: npt.NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )
    singles: list[Single] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    has_quotes: bool = False

    @property
    def count(self) -> int:
        """How many records there are, the defective ones among them."""
        return len(self.line_numbers) + len(self.singles)


def with_plain_line_ends(data: bytes) -> bytes:
    """Return a text whose lines end with line feeds alone.

    Carriage returns are the line ends of old Macintosh programs if there are more of
    them inside lines than there are line feeds.
    """
    if b"\r" not in data:
        return data
    if b"\r\r" in data:
        data = re.sub(rb"\r+(?=\n|\Z)", b"\r", data)
    data = data.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if data.count(b"\r") > data.count(b"\n"):
        return data.replace(b"\r", b"\n")
    return data


def find_header(
    data: bytes,
    table: FeedTable,
    stated: Mapping[str, str] | None = None,
    version: str | None = None,
    delimiter: str | None = None,
) -> Header:
    """Find the line that names the columns of `table`, and the delimiter between them.

    It is the line among the first that names most of them. Raises HeaderError when no
    line names any.
    """
    best: tuple[int, Header] | None = None
    begin, line_number, title_count = 0, 1, 0
    for _ in range(HEADER_WITHIN_LINES):
        end = _line_end(data, begin)
        if begin >= len(data):
            break
        if end - begin > LONGEST_HEADER_BYTES:
            raise HeaderError(
                f"line {line_number} is longer than 1 MiB, so it is not a header"
            )
        line = data[begin:end]
        while line.count(b'"') % 2 and len(line) < LONGEST_HEADER_BYTES:
            # A name in quotes may hold a line break.
            following = _line_end(data, end + 1)
            if end + 1 >= len(data) or following - end > LONGEST_HEADER_BYTES:
                line, end = data[begin:], _line_end(data, begin)
                line = data[begin:end]
                break
            line, end = data[begin:following], following
        for mark in [delimiter] if delimiter else DELIMITERS:
            names = _names(line, mark)
            found = _named(names, table, stated, version)
            if found > (best[0] if best else 0):
                best = (
                    found,
                    Header(
                        names=names,
                        delimiter=mark,
                        match=match_header(table, names, stated, version),
                        text=line,
                        begin=min(end + 1, len(data)),
                        line_number=line_number + line.count(b"\n") + 1,
                        title_count=title_count,
                    ),
                )
        if best and not best[1].match.missing:
            break
        title_count += bool(line.strip())
        line_number += line.count(b"\n") + 1
        begin = end + 1
    if best is None:
        raise HeaderError(
            "none of the first lines names a column of this table: column missing: "
            + ", ".join(match_header(table, ()).missing or table.names)
        )
    return best[1]


def _line_end(data: bytes, begin: int) -> int:
    found = data.find(b"\n", begin)
    return len(data) if found < 0 else found


def _names(line: bytes, delimiter: str) -> tuple[str, ...]:
    """Return the fields of a header line; none when it cannot be split."""
    text = line.decode(errors="replace")
    try:
        names = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(name.strip().strip("\ufeff") for name in names)


def _named(
    names: Sequence[str],
    table: FeedTable,
    stated: Mapping[str, str] | None,
    version: str | None,
) -> int:
    """Return how many columns of a table a header names."""
    if len(names) < 2 and len(table.columns) > 1 and not _first_letters(names):
        return 0
    places = match_header(table, names, stated, version).places
    return sum(place is not None for place in places)


def _first_letters(names: Sequence[str]) -> bool:
    return any(plain(name) for name in names)


def split(line: bytes, delimiter: str) -> tuple[str, ...] | None:
    """Return the fields of one record (RFC 4180); None when its quotes do not pair up.

    `="01"` is how Excel is told to leave a text alone; its field is the text. Raises
    UnicodeDecodeError when the line is not UTF-8.
    """
    text = line.decode()
    if '"' not in text:
        return tuple(text.split(delimiter))
    pattern = _FIELDS[delimiter]
    fields = []
    place = 0
    while True:
        found = pattern.match(text, place)
        if found is None:
            return None
        quoted, bare, end = found.groups()
        fields.append(bare if quoted is None else quoted.replace('""', '"'))
        if not end:
            return tuple(fields)
        place = found.end()


_FIELDS = {
    mark: re.compile(
        rf'(?:=?"([^"]*(?:""[^"]*)*)"|([^"{re.escape(mark)}]*))({re.escape(mark)}|\Z)'
    )
    for mark in DELIMITERS
}


class Splitter:
    """Goes through the records behind a header, block by block.

    `may_be_broken` says that some bytes of `data` are not UTF-8. `skipped` counts, in
    the end, the lines that are no records, by kind: title, dashes, footer.
    """

    def __init__(
        self, data: bytes, header: Header, may_be_broken: bool, longest_line: int
    ) -> None:
        """Take up a text whose lines end with line feeds alone."""
        self.data = data
        self.header = header
        self.may_be_broken = may_be_broken
        self.longest_line = longest_line
        self.width = 0
        self.mark = ord(header.delimiter)
        self.has_quotes = b'"' in data
        self.has_returns = b"\r" in data
        self.is_first = True

    def blocks(self) -> Iterator[Block]:
        """Yield all records, in blocks of some BLOCK_BYTES."""
        begin, line_number = self.header.begin, self.header.line_number
        while begin < len(self.data):
            end = self.data.find(b"\n", min(begin + BLOCK_BYTES, len(self.data)))
            end = len(self.data) if end < 0 else end + 1
            block, consumed = self._block(begin, end, line_number)
            if self.is_first and self.header.title_count:
                block.skipped["title"] += self.header.title_count
            self.is_first = False
            yield block
            # A record at the end may have taken lines of what follows.
            line_number += self.data.count(b"\n", begin, consumed)
            begin = consumed

    def _block(self, begin: int, end: int, line_number: int) -> tuple[Block, int]:
        """Return the records that begin in data[begin:end], and where the next does."""
        lines = _Lines(
            self.data, begin, end, self.mark, self.has_quotes, self.longest_line
        )
        if not self.width:
            self.width = _width(self.header, lines)
        block = Block(has_quotes=bool(lines.has_quote.any()))
        whole = lines.is_whole(self.width)
        aside = self._set_aside(lines, whole, end, block.skipped)
        sound = whole & ~aside
        single = ~sound & (lines.lengths > 0)
        consumed = end
        taken = np.zeros(len(lines.lengths), bool)
        for index in np.flatnonzero(single).tolist():
            if taken[index] or lines.kinds.get(index) == "skipped":
                continue
            record, used, after = self._single(lines, index, line_number, whole)
            taken[index : index + used] = True
            block.singles.append(record)
            consumed = max(consumed, after)
        sound &= ~taken
        block.line_numbers = np.flatnonzero(sound) + line_number
        block.lines = lines.joined(sound)
        return block, consumed

    def _set_aside(
        self,
        lines: "_Lines",
        whole: npt.NDArray[np.bool_],
        end: int,
        skip: Counter[str],
    ) -> npt.NDArray[np.bool_]:
        """Return which lines are not records like others, and note their kinds."""
        aside = lines.lengths > self.longest_line
        for index in np.flatnonzero(aside).tolist():
            lines.kinds[index] = "line_too_long"
        filled = np.flatnonzero(lines.lengths > 0)
        if self.may_be_broken:
            for index in filled[lines.has_byte_above_ascii()[filled]].tolist():
                if index not in lines.kinds:
                    try:
                        lines.line(index).decode()
                    except UnicodeDecodeError:
                        lines.kinds[index] = "not_utf8"
        header = self.header.text
        # A byte order mark may stand before it, as when files were put together.
        for length in (len(header), len(header) + 3):
            for index in np.flatnonzero(lines.lengths == length).tolist():
                if lines.line(index).endswith(header) and index not in lines.kinds:
                    lines.kinds[index] = "repeated_header"
        if self.width > 1:
            only_marks = whole & (lines.lengths == self.width - 1)
            for index in np.flatnonzero(only_marks).tolist():
                lines.kinds[index] = "empty_line"
        if self.is_first and len(filled):
            index = int(filled[0])
            if index not in lines.kinds and _DASHES.fullmatch(lines.line(index)):
                lines.kinds[index] = "skipped"
                skip["dashes"] += 1
        if end == len(self.data):
            for index in filled[::-1][:3].tolist():
                if (
                    (not whole[index] or self.width == 1)
                    and index not in lines.kinds
                    and _FOOTER.fullmatch(lines.line(index).strip())
                ):
                    lines.kinds[index] = "skipped"
                    skip["footer"] += 1
        aside[list(lines.kinds)] = True
        if self.has_returns:
            # Other readers take a carriage return for the end of a line.
            aside |= lines.has_return()
        return aside

    def _single(
        self,
        lines: "_Lines",
        index: int,
        line_number: int,
        whole: npt.NDArray[np.bool_],
    ) -> tuple[Single, int, int]:
        """Look at one line: its record, how many lines that takes, where it ends."""
        number = line_number + index
        line = lines.line(index)
        kind = lines.kinds.get(index)
        after = lines.end_of(index) + 1
        if kind == "line_too_long":
            return (
                Single(number, printable(line[: 4 * CUT_TO])[:CUT_TO], None, kind),
                1,
                0,
            )
        if kind:
            return Single(number, printable(line), None, kind), 1, 0
        fields = split(line, self.header.delimiter)
        if fields is not None and len(fields) == self.width:
            return Single(number, line.decode(), fields), 1, 0
        used = 1
        text = line
        while text.count(b'"') % 2 and used < LONGEST_RECORD_LINES:
            inside = index + used < len(whole)
            if after >= len(self.data) or (inside and whole[index + used]):
                break
            end = _line_end(self.data, after)
            following = self.data[after:end]
            if len(text) + len(following) > self.longest_line:
                break
            try:
                if not inside and len(
                    split(following, self.header.delimiter) or ()
                ) == (self.width):
                    break
                text += b"\n" + following
                used += 1
                after = end + 1
                if text.count(b'"') % 2 == 0:
                    fields = split(text, self.header.delimiter)
                    if fields is not None and len(fields) == self.width:
                        return Single(number, text.decode(), fields), used, after
                    break
            except UnicodeDecodeError:
                break
        return Single(number, line.decode(), None, "malformed_line"), 1, 0


def printable(line: bytes) -> str:
    r"""Return a line as text; bytes that are not UTF-8 are written out (`\xE9`)."""
    text = line.decode(errors="surrogateescape")
    return re.sub(
        "[\udc80-\udcff]", lambda found: f"\\x{ord(found[0]) - 0xDC00:02X}", text
    )


class _Lines:
    """The lines of a part of a text, looked at all at once."""

    def __init__(
        self,
        data: bytes,
        begin: int,
        end: int,
        mark: int,
        has_quotes: bool,
        longest_line: int,
    ) -> None:
        self.data = data
        self.begin = begin
        self.bytes = np.frombuffer(data, np.uint8, end - begin, begin)
        ends = np.flatnonzero(self.bytes == _LINE_END)
        if not len(ends) or ends[-1] != len(self.bytes) - 1:
            ends = np.append(ends, len(self.bytes))
        self.ends = ends
        self.starts = np.concatenate(([0], ends[:-1] + 1))
        self.lengths = ends - self.starts
        too_long = np.flatnonzero(self.lengths > longest_line)
        if len(too_long):
            # Looking for quotes in them would take many times their size in memory.
            self.bytes = self.bytes.copy()
            for index in too_long.tolist():
                self.bytes[self.starts[index] : self.ends[index]] = 0
        # What is known of single lines: a defect, or that it is skipped.
        self.kinds: dict[int, str] = {}
        self._count_fields(mark, has_quotes)

    def _count_fields(self, mark: int, has_quotes: bool) -> None:
        """Count the delimiters of each line that stand outside quotes."""
        marks = np.flatnonzero(self.bytes == mark)
        self.has_quote = np.zeros(len(self.starts), bool)
        self.is_paired = np.ones(len(self.starts), bool)
        quotes = np.flatnonzero(self.bytes == _QUOTE) if has_quotes else marks[:0]
        if not len(quotes):
            bounds = np.append(self.starts, len(self.bytes))
            self.marks = np.diff(np.searchsorted(marks, bounds))
            self.ends_with_mark = self._last_bytes() == mark
            return
        before = np.searchsorted(quotes, self.starts)
        line = self._line_of(quotes)
        count = np.bincount(line, minlength=len(self.starts))
        self.has_quote = count > 0
        opens = (np.arange(len(quotes)) - before[line]) % 2 == 0
        previous = self.bytes[np.maximum(quotes, 1) - 1]
        following = self.bytes[np.minimum(quotes + 1, len(self.bytes) - 1)]
        fits = np.where(
            opens,
            (quotes == self.starts[line]) | (previous == mark) | (previous == _QUOTE),
            (quotes + 1 == self.ends[line])
            | (following == mark)
            | (following == _QUOTE),
        )
        unfit = np.bincount(line[~fits], minlength=len(self.starts)) > 0
        self.is_paired = (count % 2 == 0) & ~unfit
        of_mark = self._line_of(marks)
        inside = (np.searchsorted(quotes, marks) - before[of_mark]) % 2 == 1
        self.marks = np.bincount(of_mark[~inside], minlength=len(self.starts))
        self.ends_with_mark = self._last_bytes() == mark

    def _line_of(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.starts, places, "right") - 1

    def _last_bytes(self) -> npt.NDArray[np.uint8]:
        last: npt.NDArray[np.uint8] = np.where(
            self.lengths > 0, self.bytes[np.maximum(self.ends, 1) - 1], 0
        )
        return last

    def is_whole(self, width: int) -> npt.NDArray[np.bool_]:
        """Which lines are records by themselves."""
        whole: npt.NDArray[np.bool_] = (
            (self.marks == width - 1) & self.is_paired & (self.lengths > 0)
        )
        return whole

    def has_return(self) -> npt.NDArray[np.bool_]:
        """Which lines hold a carriage return."""
        return self._has(np.flatnonzero(self.bytes == _RETURN))

    def has_byte_above_ascii(self) -> npt.NDArray[np.bool_]:
        """Which lines hold a byte that is not ASCII."""
        return self._has(np.flatnonzero(self.bytes > 127))

    def _has(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = (
            np.bincount(self._line_of(places), minlength=len(self.starts)) > 0
        )
        return found

    def line(self, index: int) -> bytes:
        """The bytes of a line, without its end."""
        start = self.begin + int(self.starts[index])
        return self.data[start : start + int(self.lengths[index])]

    def end_of(self, index: int) -> int:
        """Where a line ends in the data."""
        return self.begin + int(self.ends[index])

    def joined(self, chosen: npt.NDArray[np.bool_]) -> bytes:
        """The chosen lines, each with its end."""
        edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False)).tolist()
        view = memoryview(self.data)
        parts = [
            view[
                self.begin + int(self.starts[low]) : self.begin
                + int(self.ends[high - 1])
            ]
            for low, high in zip(edges[::2], edges[1::2], strict=True)
        ]
        return b"\n".join([*parts, b""])


def _width(header: Header, lines: _Lines) -> int:
    """Return how many fields a record has: as many as the header, with one exception.

    A delimiter may stand behind the last field of every record and not of the header,
    or the other way round. One such record proves nothing: it may be a field too long.
    """
    width = len(header.names)
    filled = lines.lengths > 0
    if (filled & (lines.marks == width - 1)).any():
        return width
    longer = filled & (lines.marks == width) & lines.ends_with_mark
    if np.count_nonzero(longer) > 1:
        return width + 1
    if width > 1 and not header.names[-1] and (lines.marks == width - 2).any():
        return width - 1
    return width


def as_columns(blocks: Sequence[Block], header: Header) -> dict[int, pa.Array]:
    """Return the fields of the sound lines of `blocks`, as text.

    The blocks may come from several texts with the same header and width. Returns the
    columns that the header's match wants, by their place in it.
    """
    lines = b"".join(block.lines for block in blocks)
    count = sum(len(block.line_numbers) for block in blocks)
    places = header.match.wanted
    if not count:
        return {place: pa.array([], pa.string()) for place in places}
    width = lines[: lines.index(b"\n")]
    fields = len(split(width, header.delimiter) or ())
    table = pyarrow.csv.read_csv(
        pa.BufferReader(lines),
        read_options=pyarrow.csv.ReadOptions(
            column_names=[str(place) for place in range(fields)],
            # A record must lie within two blocks.
            block_size=2**23,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=header.delimiter,
            quote_char='"' if any(block.has_quotes for block in blocks) else False,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            check_utf8=False,
            column_types={str(place): pa.string() for place in places},
            strings_can_be_null=False,
            include_columns=[str(place) for place in places],
        ),
    )
    if table.num_rows != count:
        raise AssertionError(f"{count} lines were split into {table.num_rows} records")
    return {place: _whole(table.column(str(place))) for place in places}


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
