"""Write the rows of a table as CSV or Parquet files.

DuckDB formats all rows of many files at once, in order; each file is then one slice of
the result, because thousands of small `COPY` statements cost far more.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_city import settings
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.delivery.forms import (
    SEPARATOR,
    as_file,
    cell,
    damaged,
    empty,
    forms_of,
    lower_case_months,
    write_dialects,
)
from synthetic_city.draw import Array, Frame, Periods, chance, part, take
from synthetic_city.settings import PLAIN, City, Form
from synthetic_city.tables import to_arrow

_ROWS_AT_ONCE = 1_500_000
# What is done to extra rows. Broken rules are numbered from the last of these on.
DUPLICATE, CORRECTED, REVISED, WITHDRAWN, FIRST_BROKEN = range(5)


# What was done to a file: kind, feed, table, provider, period, submission, its rows.
Dirt = tuple[str, str, str, str, str, int, int]


@dataclass(frozen=True)
class _File:
    """A file to be written: its rows are those of `main` and then those of `more`."""

    path: Path
    provider: str
    label: str
    submission: int
    form: Form
    main: pa.Table
    more: pa.Table
    is_malformed: bool


@dataclass(frozen=True)
class FileWriter:
    """Writes tables below `feeds`, in CSV or in Parquet, and notes their `dirt`."""

    con: duckdb.DuckDBPyConnection
    feeds: Path
    city: City
    dirt: list[Dirt] = field(default_factory=list)

    @property
    def parquet(self) -> bool:
        """Whether files are Parquet; they have no form but one."""
        return self.city.parquet

    def write(
        self,
        table: FeedTable,
        periods: Periods,
        base: Frame,
        rows: tuple[Array, Array],
        extras: tuple[Array, Array, Array],
        malformed: set[int],
    ) -> int:
        """Write the files of one table; the number of rows written.

        rows: position in `base` and file (group * 2 + submission - 1) of each ordinary
        row, by file. extras: the same for each extra row, and what is done to it.
        malformed: positions of the files that get a malformed line.
        """
        folder = self.feeds / table.feed / table.name
        folder.mkdir(parents=True, exist_ok=True)
        step = 3 if table.quarterly else 1
        forms = [
            forms_of(self.city, table.feed, table.name, provider)[::step]
            for provider in table.providers
        ]
        index, files = rows
        starts = np.flatnonzero(np.r_[True, files[1:] != files[:-1]])
        stops = np.r_[starts[1:], len(files)]
        added = self._rendered(table, periods, base, extras[0], extras[1], extras[2])
        extra_at = np.searchsorted(extras[1], files[starts], side="left")
        extra_to = np.searchsorted(extras[1], files[starts], side="right")
        at = 0
        while at < len(starts):
            # Whole files, as many as together have enough rows for one query.
            to = int(np.searchsorted(stops, starts[at] + _ROWS_AT_ONCE, side="right"))
            to = max(to, at + 1)
            low, high = int(starts[at]), int(stops[to - 1])
            body = self._rendered(
                table, periods, base, index[low:high], files[low:high], None
            )
            pieces = []
            for n in range(at, to):
                group, nn = divmod(int(files[starts[n]]), 2)
                provider, period = divmod(group, len(periods))
                label = periods.label[period]
                name = f"{table.providers[provider]}__{label}__{nn + 1:02d}"
                pieces.append(
                    _File(
                        path=folder / name,
                        provider=table.providers[provider],
                        label=label,
                        submission=nn + 1,
                        form=forms[provider][period],
                        main=body.slice(
                            int(starts[n]) - low, int(stops[n] - starts[n])
                        ),
                        more=added.slice(
                            int(extra_at[n]), int(extra_to[n] - extra_at[n])
                        ),
                        is_malformed=n in malformed,
                    )
                )
            self._save(table, pieces)
            at = to
        if self.city.dirty and not self.parquet:
            write_dialects(self.city, table, folder.parent)
            self._send_what_has_no_rows(table, periods, forms)
            self._send_under_a_wrong_month(table, periods)
            self._send_with_control_files(table)
        return len(index) + len(extras[0])

    def _rendered(
        self,
        table: FeedTable,
        periods: Periods,
        base: Frame,
        index: Array,
        files: Array,
        mods: Array | None,
    ) -> pa.Table:
        """The rows at `index` as delivered: columns, or for CSV one column of lines."""
        frame = take(base, index)
        period = files // 2 % len(periods)
        frame["n"] = np.arange(len(index))
        frame["nn"] = files % 2 + 1
        frame["period_start_date"] = periods.first[period]
        frame["period_end_date"] = periods.last[period]
        if mods is not None:
            frame["mod"] = mods
        chunk = to_arrow(frame)
        self.con.register("b", chunk)
        selected = ",\n".join(
            f'{damaged(self.city, table, name, sql)} as "{name}"'
            for name, sql in table.columns.items()
        )
        sql = (
            f"select {selected}, b.n as "
            f"__n, b.provider as __provider, b.period_start_date as __period"
            f"{'' if mods is None else ', b.mod as __mod'} from b {table.joins}"
        )
        if mods is not None:
            changed = ", ".join(_with_modes(table, name) for name in table.columns)
            sql = f"select {changed}, t.__n, t.__provider, t.__period from ({sql}) as t"
        if not self.parquet:
            sql = self._as_lines(table, sql)
        result = self.con.sql(
            f"select * exclude (__n, __provider, __period) from ({sql}) order by __n"
        ).to_arrow_table()
        self.con.unregister("b")
        return result.combine_chunks()

    def _as_lines(self, table: FeedTable, sql: str) -> str:
        """SQL that joins all columns into one line (RFC 4180, LF)."""
        types = self.con.sql(f"describe {sql}").fetchall()
        nothing = empty(self.city, table)
        cells = [
            f"coalesce({cell(self.city, table, name, kind)}, {nothing})"
            for name, kind, *_ in types
            if not name.startswith("__")
        ]
        line = f" || '{SEPARATOR}' || ".join(cells)
        return (
            f"select {line} || chr(10) as line, l.__n, l.__provider, l.__period "
            f"from ({sql}) as l"
        )

    def _save(self, table: FeedTable, files: list[_File]) -> None:
        if not self.parquet:
            rng = part(self.city.seed, f"ends of {table.feed}.{table.name}")
            unended = chance(rng, settings.NO_FINAL_LINE_END, len(files))
            for file, without_end in zip(files, unended.tolist(), strict=True):
                self._save_text(table, file, self.city.dirty and without_end)
            return
        with ThreadPoolExecutor(2) as pool:
            waiting: list[Future[None]] = [
                pool.submit(_save_parquet, file.path, file.main, file.more)
                for file in files
            ]
            for done in waiting:
                done.result()

    def _save_text(self, table: FeedTable, file: _File, without_end: bool) -> None:
        lines = _bytes(file.main)
        text = lines + _bytes(file.more)
        if file.is_malformed:
            text += _malformed(lines, sum(file.path.name.encode()) % 3)
        content = as_file(list(table.columns), text, file.form, not without_end)
        file.path.with_name(file.path.name + file.form.ending).write_bytes(content)
        rows = text.count(b"\n")
        if without_end and not file.form.title:
            self._note("no_final_line_end", table, file, rows)
        if file.form != PLAIN:
            self._note("form", table, file, rows)
        sender = settings.LOWER_CASE_SENDER
        if (
            self.city.dirty
            and sender.column in table.columns
            and file.provider == sender.provider
            and f"{file.label}-01" in lower_case_months(self.city)
        ):
            sound = rows - file.is_malformed
            self._note("sender_in_other_letters", table, file, sound)
        numbers = text.count(b"E+09")
        if numbers:
            self._note("scientific_number", table, file, numbers)

    def _note(self, kind: str, table: FeedTable, file: _File, rows: int) -> None:
        self.dirt.append(
            (
                kind,
                table.feed,
                table.name,
                file.provider,
                file.label,
                file.submission,
                rows,
            )
        )

    def _send_what_has_no_rows(
        self, table: FeedTable, periods: Periods, forms: list[list[Form]]
    ) -> None:
        """Send nil returns, and one file of a wrong month that is then withdrawn."""
        folder = self.feeds / table.feed / table.name
        for at, provider in enumerate(table.providers):
            if (table.feed, provider) not in settings.NIL_RETURNS:
                continue
            before: Path | None = None
            is_to_be_withdrawn = (table.name, provider) in settings.WITHDRAWN
            for label, form in zip(periods.label, forms[at], strict=True):
                sent = sorted(folder.glob(f"{provider}__{label}__*"))
                if sent:
                    before = sent[-1]
                    continue
                number = 1
                if is_to_be_withdrawn and before is not None:
                    ending = before.name[before.name.index(".") :]
                    wrong = folder / f"{provider}__{label}__01{ending}"
                    wrong.write_bytes(before.read_bytes())
                    rows = before.read_bytes().count(b"\n") - 1
                    self.dirt.append(
                        ("withdrawn", table.feed, table.name, provider, label, 1, rows)
                    )
                    is_to_be_withdrawn, number = False, 2
                path = folder / f"{provider}__{label}__{number:02d}{form.ending}"
                path.write_bytes(as_file(list(table.columns), b"", form, True))
                self.dirt.append(
                    ("nil_return", table.feed, table.name, provider, label, number, 0)
                )

    def _send_under_a_wrong_month(self, table: FeedTable, periods: Periods) -> None:
        """Send a sender's first file under the name of the month before, too."""
        folder = self.feeds / table.feed / table.name
        before = str(np.datetime64(periods.label[0]) - 1)
        for provider in table.providers:
            if (table.name, provider) not in settings.WRONG_MONTH:
                continue
            first = min(folder.glob(f"{provider}__*__01.csv"))
            content = first.read_bytes()
            (folder / f"{provider}__{before}__01.csv").write_bytes(content)
            width = len(table.columns)
            lines = content.decode().splitlines()[1:]
            rows = sum(line.count(",") == width - 1 for line in lines)
            self.dirt.append(
                ("other_period", table.feed, table.name, provider, before, 1, rows)
            )

    def _send_with_control_files(self, table: FeedTable) -> None:
        """State what is in a sender's files, cut one short, and withdraw another."""
        folder = self.feeds / table.feed / table.name
        for provider in table.providers:
            of_sender = (table.name, provider)
            for path in sorted(folder.glob(f"{provider}__*")):
                if of_sender in settings.CONTROLLED:
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    _control(path, f"sha256: {digest}")
            # A month in the middle that has been sent once, as the one before was.
            months = sorted(folder.glob(f"{provider}__*__01.csv"))
            once = [
                number
                for number in range(len(months) // 2, len(months))
                if not _again(months[number]).exists()
            ]
            if of_sender in settings.CUT_SHORT and once:
                path = months[once[0]]
                content = path.read_bytes()
                _again(path).write_bytes(content)
                path.write_bytes(content[: len(content) // 2])
                rows = len(content.splitlines()) - 1
                _control(path, f"rows: {rows}")
                self._note_path("cut_short", table, path, rows)
            if of_sender in settings.WITHDRAWN_SUBMISSION and once:
                path = _again(months[once[0]])
                content = months[once[0] - 1].read_bytes()
                path.write_bytes(content)
                _control(path, "withdrawn: holds the contacts of the month before")
                rows = len(content.splitlines()) - 1
                self._note_path("withdrawn_submission", table, path, rows)

    def _note_path(self, kind: str, table: FeedTable, path: Path, rows: int) -> None:
        provider, label, number = path.name.partition(".")[0].split("__")
        self.dirt.append(
            (kind, table.feed, table.name, provider, label, int(number), rows)
        )


def _again(path: Path) -> Path:
    """Where the second submission of a file would be."""
    return path.with_name(path.name.replace("__01.", "__02."))


def _control(path: Path, stated: str) -> None:
    """Write the control file beside a file."""
    path.with_name(f"{path.name}.control").write_text(f"{stated}\n", encoding="utf-8")


def _save_parquet(path: Path, main: pa.Table, more: pa.Table) -> None:
    pq.write_table(
        pa.concat_tables([main, more.cast(main.schema)]).combine_chunks(),
        path.with_name(path.name + ".parquet"),
        compression="snappy",
    )


def _bytes(lines: pa.Table) -> bytes:
    """The joined text of a one-column table of lines."""
    return b"".join(
        memoryview(chunk.buffers()[2])[_offset(chunk, 0) : _offset(chunk, len(chunk))]
        for chunk in lines.column(0).chunks
        if len(chunk)
    )


def _offset(chunk: pa.Array, position: int) -> int:
    """Where the position-th text of a string array begins in its data buffer."""
    wide = pa.types.is_large_string(chunk.type)
    offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int64 if wide else np.int32)
    return int(offsets[chunk.offset + position])


def _malformed(lines: bytes, kind: int) -> bytes:
    """The first line again, with one field too many or too few, or a stray quote."""
    mark = SEPARATOR.encode()
    line = lines.split(b"\n", 1)[0]
    if kind == 0:
        return line + mark + b"?\n"
    if kind == 1:
        return line.rsplit(mark, 1)[0] + b"\n" if mark in line else line + mark + b"?\n"
    first, *rest = line.split(mark, 1)
    return (
        b'"'
        + first.replace(b'"', b"")
        + b'"x'
        + b"".join(mark + r for r in rest)
        + b"\n"
    )


def _with_modes(table: FeedTable, column: str) -> str:
    """A column of extra rows: as it is, or as the row's mode has it."""
    cases = []
    if column in table.revised:
        cases.append(
            f"when t.__mod in ({CORRECTED}, {REVISED}) then {table.revised[column]}"
        )
    if column in table.own_key:
        cases.append(f"when t.__mod = {WITHDRAWN} then {table.own_key[column]}")
    for number, broken in enumerate(table.broken):
        sql = broken.get(column, table.own_key.get(column))
        if sql is not None:
            cases.append(f"when t.__mod = {FIRST_BROKEN + number} then {sql}")
    if not cases:
        return f't."{column}"'
    return f'case {" ".join(cases)} else t."{column}" end as "{column}"'
