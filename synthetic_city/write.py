"""From true rows to the files an organisation would send.

A `FeedTable` holds true rows as numbers, and SQL that turns them into the columns of
the layout. `Writer.deliver` decides what goes into which file: first submissions and
resubmissions, late rows, duplicates, corrections, rows that break rules, malformed
lines. DuckDB formats all rows of many files at once, in order; each file is then one
slice of the result, because thousands of small `COPY` statements cost far more.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_city import settings
from synthetic_city.draw import OPEN, Array, Frame, Periods, Rng, chance, part, take

_ROWS_AT_ONCE = 1_500_000
# What is done to a row beyond the true ones. Broken rules are numbered from the last.
_DUPLICATE, _CORRECTED, _REVISED, _WITHDRAWN, _FIRST_BROKEN = range(5)


@dataclass(frozen=True)
class FeedTable:
    """One table of a feed.

    base: true rows; must hold provider (position in `providers`), period (position),
        record (the same number wherever the same record comes again). A `counted`
        column, if any, leaves rows without a key out of the truth's counts.
    columns: column as delivered -> SQL over `b` (the base) and the joined lookups;
        `b.nn` is the submission number, `b.period_end` the period's last day.
    event: a record belongs to one period, so it may come late or be corrected later.
    own_key: expressions over `t` that give a row a key no true row has.
    revised: expressions over `t` of a version that was or will be corrected.
    broken: each a set of expressions over `t` that breaks one rule; a table without
        any has no malformed line either.
    """

    feed: str
    name: str
    providers: tuple[str, ...]
    base: Frame
    columns: Mapping[str, str]
    joins: str
    own_key: Mapping[str, str]
    revised: Mapping[str, str]
    broken: tuple[Mapping[str, str], ...]
    quarterly: bool = False
    event: bool = False


@dataclass
class Writer:
    """Writes feed tables below `feeds` and keeps the truth's counts."""

    city: settings.City
    con: duckdb.DuckDBPyConnection
    feeds: Path
    tables_of_feed: Mapping[str, int]
    counts: list[tuple[str, str, str, str, int, int]] = field(default_factory=list)
    rows_written: dict[str, int] = field(default_factory=dict)

    def deliver(self, table: FeedTable) -> None:
        """Write all files of a table; a table without rows sends no file."""
        if len(table.base["record"]) == 0:
            return
        city = self.city
        periods = city.quarters if table.quarterly else city.months
        rng = part(city.seed, f"delivery of {table.feed}.{table.name}")
        # A provider resubmits all tables of a feed and period together.
        again_rng = part(city.seed, f"resubmissions of {table.feed}")
        shape = (len(table.providers), len(city.months))
        by_month = again_rng.random(shape) < settings.RESUBMITTED_FILES
        resubmitted = by_month[:, :: 3 if table.quarterly else 1].ravel()
        base = _in_file_order(rng, table, len(periods))
        group = base["provider"] * len(periods) + base["period"]
        again = resubmitted[group].astype(np.int64)
        late = settings.LATE_TO_RESUBMISSION
        revised = settings.REVISED_IN_RESUBMISSION
        lacking = (again == 1) & chance(rng, late + revised, len(group))
        old = lacking & chance(rng, revised / (late + revised), len(group))
        rows, files = _rows_of_files(group, again, lacking)
        extras = self._extras(rng, table, group, again, old)
        corrected = extras[2] == _CORRECTED
        self._count(table, base, periods, extras[0][corrected], extras[1][corrected])
        self._write(rng, table, periods, base, (rows, files), extras)

    def _extras(
        self, rng: Rng, table: FeedTable, group: Array, again: Array, old: Array
    ) -> tuple[Array, Array, Array]:
        """Rows beyond the true ones: base row, file and what is done to it.

        They are exact duplicates, corrections that come a period later, `old` versions
        in a first submission, rows the resubmission withdraws, and broken rules.
        """
        size = len(group)
        final = group * 2 + again
        parts: list[tuple[Array, Array, int]] = []
        twice = np.flatnonzero(chance(rng, settings.DUPLICATED, size))
        parts.append((twice, final[twice], _DUPLICATE))
        before = np.flatnonzero(old)
        parts.append((before, group[before] * 2, _REVISED))
        first = np.flatnonzero(again == 1)
        gone = first[chance(rng, settings.WITHDRAWN_IN_RESUBMISSION, len(first))]
        parts.append((gone, group[gone] * 2, _WITHDRAWN))
        if table.event:
            at = np.flatnonzero(chance(rng, settings.CORRECTED_NEXT_PERIOD, size))
            sent = np.unique(group)
            follows = np.isin(group[at] + 1, sent)
            periods = len(self.city.quarters if table.quarterly else self.city.months)
            follows &= (group[at] + 1) % periods > 0
            at = at[follows]
            later = np.searchsorted(group, group[at] + 1)
            parts.append((at, final[later], _CORRECTED))
        if table.broken:
            most = settings.RULE_BREAKING_MOST * max(self.city.people / 20_000, 0.25)
            count = int(
                min(max(settings.RULE_BREAKING * size, len(table.broken)), most)
            )
            at = np.sort(rng.integers(0, size, count))
            for number in range(len(table.broken)):
                of_it = at[number :: len(table.broken)]
                parts.append((of_it, final[of_it], _FIRST_BROKEN + number))
        rows = np.concatenate([p[0] for p in parts])
        files = np.concatenate([p[1] for p in parts])
        mods = np.concatenate([np.full(len(p[0]), p[2]) for p in parts])
        order = np.argsort(files, kind="stable")
        return rows[order], files[order], mods[order]

    def _count(
        self,
        table: FeedTable,
        base: Frame,
        periods: Periods,
        corrected: Array,
        files: Array,
    ) -> None:
        """Count distinct true records by provider and period, and where they end."""
        counted = base.get("counted", np.ones(len(base["record"]), dtype=bool))
        kept = np.flatnonzero(counted)
        group = np.r_[
            base["provider"][kept] * len(periods) + base["period"][kept], files // 2
        ]
        record = np.r_[base["record"][kept], base["record"][corrected]]
        last = np.full(int(record.max(initial=0)) + 1, -1)
        np.maximum.at(last, record, group)
        in_group = np.bincount(group, minlength=len(periods) * len(table.providers))
        of_last = np.bincount(last[last >= 0], minlength=len(in_group))
        for at in np.flatnonzero(in_group).tolist():
            provider, period = divmod(at, len(periods))
            self.counts.append(
                (
                    table.feed,
                    table.name,
                    periods.label[period],
                    table.providers[provider],
                    int(in_group[at]),
                    int(of_last[at]),
                )
            )

    def _write(
        self,
        rng: Rng,
        table: FeedTable,
        periods: Periods,
        base: Frame,
        rows: tuple[Array, Array],
        extras: tuple[Array, Array, Array],
    ) -> None:
        folder = self.feeds / table.feed / table.name
        folder.mkdir(parents=True, exist_ok=True)
        index, files = rows
        starts = np.flatnonzero(np.r_[True, files[1:] != files[:-1]])
        stops = np.r_[starts[1:], len(files)]
        malformed = self._files_with_malformed_lines(rng, table, len(starts))
        added = self._rendered(table, periods, base, extras[0], extras[1], extras[2])
        extra_at = np.searchsorted(extras[1], files[starts], side="left")
        extra_to = np.searchsorted(extras[1], files[starts], side="right")
        at = 0
        while at < len(starts):
            # Whole files, until enough rows for one query are together.
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
                main = body.slice(int(starts[n]) - low, int(stops[n] - starts[n]))
                more = added.slice(int(extra_at[n]), int(extra_to[n] - extra_at[n]))
                pieces.append((folder / name, main, more, n in malformed))
            self._save(table, pieces)
            at = to
        total = len(index) + len(extras[0])
        self.rows_written[f"{table.feed}.{table.name}"] = total

    def _files_with_malformed_lines(
        self, rng: Rng, table: FeedTable, files: int
    ) -> set[int]:
        if self.city.parquet or not table.broken:
            return set()
        wanted = -(
            -settings.MALFORMED_LINES_PER_FEED // self.tables_of_feed[table.feed]
        )
        return set(rng.choice(files, size=min(wanted, files), replace=False).tolist())

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
            f'{sql} as "{name}"' for name, sql in table.columns.items()
        )
        sql = (
            f"select {selected}, b.n as "
            f"__n{'' if mods is None else ', b.mod as __mod'} from b {table.joins}"
        )
        if mods is not None:
            changed = ", ".join(_with_modes(table, name) for name in table.columns)
            sql = f"select {changed}, t.__n from ({sql}) as t"
        if not self.city.parquet:
            sql = self._as_lines(table, sql)
        result = self.con.sql(
            f"select * exclude (__n) from ({sql}) order by __n"
        ).to_arrow_table()
        self.con.unregister("b")
        return result.combine_chunks()

    def _as_lines(self, table: FeedTable, sql: str) -> str:
        """SQL that joins all columns into one CSV line (RFC 4180, LF)."""
        british = table.feed == "social_care_cld"
        types = self.con.sql(f"describe {sql}").fetchall()
        # A lone empty cell is quoted, since readers skip blank lines.
        empty = '""' if len(table.columns) == 1 else ""
        cells = []
        for name, kind, *_ in types:
            if name == "__n":
                continue
            cell = f'cast(l."{name}" as varchar)'
            if kind == "DATE" and british:
                cell = f"""strftime(l."{name}", '%d/%m/%Y')"""
            if kind == "VARCHAR":
                cell = f"""quoted(l."{name}")"""
            cells.append(f"coalesce({cell}, '{empty}')")
        line = " || ',' || ".join(cells)
        return f"select {line} || chr(10) as line, l.__n from ({sql}) as l"

    def _save(
        self, table: FeedTable, pieces: list[tuple[Path, pa.Table, pa.Table, bool]]
    ) -> None:
        if not self.city.parquet:
            header = (",".join(table.columns) + "\n").encode()
            for path, main, more, malformed in pieces:
                with path.with_name(path.name + ".csv").open("wb") as file:
                    file.write(header)
                    lines = _bytes(main)
                    file.write(lines)
                    file.write(_bytes(more))
                    if malformed:
                        file.write(_malformed(lines, sum(path.name.encode()) % 3))
            return
        with ThreadPoolExecutor(2) as pool:
            waiting: list[Future[None]] = [
                pool.submit(_save_parquet, path, main, more)
                for path, main, more, _ in pieces
            ]
            for done in waiting:
                done.result()


def _save_parquet(path: Path, main: pa.Table, more: pa.Table) -> None:
    pq.write_table(
        pa.concat_tables([main, more.cast(main.schema)]).combine_chunks(),
        path.with_name(path.name + ".parquet"),
        compression="snappy",
    )


def _bytes(lines: pa.Table) -> bytes:
    """The joined text of a one-column table of lines."""
    return b"".join(
        memoryview(chunk.buffers()[2])[
            chunk_offset(chunk, 0) : chunk_offset(chunk, len(chunk))
        ]
        for chunk in lines.column(0).chunks
        if len(chunk)
    )


def chunk_offset(chunk: pa.Array, position: int) -> int:
    """Where the position-th text of a string array begins in its data buffer."""
    wide = pa.types.is_large_string(chunk.type)
    offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int64 if wide else np.int32)
    return int(offsets[chunk.offset + position])


def _malformed(lines: bytes, kind: int) -> bytes:
    """The first line once more, with a field too many, too few, or a stray quote."""
    line = lines.split(b"\n", 1)[0]
    if kind == 0:
        return line + b",?\n"
    if kind == 1:
        return line.rsplit(b",", 1)[0] + b"\n" if b"," in line else line + b",?\n"
    first, *rest = line.split(b",", 1)
    return (
        b'"'
        + first.replace(b'"', b"")
        + b'"x'
        + b"".join(b"," + r for r in rest)
        + b"\n"
    )


def _in_file_order(rng: Rng, table: FeedTable, periods: int) -> Frame:
    """True rows by provider, period and record; some events come a period late."""
    base = dict(table.base)
    if table.event:
        late = chance(rng, settings.LATE_TO_NEXT_PERIOD, len(base["period"]))
        late &= base["period"] < periods - 1
        base["period"] = base["period"] + late
    return take(base, np.lexsort((base["record"], base["period"], base["provider"])))


def _rows_of_files(group: Array, again: Array, lacking: Array) -> tuple[Array, Array]:
    """Base row and file (group * 2 + submission - 1) of every ordinary row, by file.

    The last submission has all rows, a first one before it not those `lacking`.
    """
    first = np.flatnonzero((again == 1) & ~lacking)
    rows = np.r_[np.arange(len(group)), first]
    files = np.r_[group * 2 + again, group[first] * 2]
    order = np.argsort(files, kind="stable")
    return rows[order], files[order]


def _with_modes(table: FeedTable, column: str) -> str:
    """A column of extra rows: as it is, or as the row's mode has it."""
    cases = []
    if column in table.revised:
        cases.append(
            f"when t.__mod in ({_CORRECTED}, {_REVISED}) then {table.revised[column]}"
        )
    if column in table.own_key:
        cases.append(f"when t.__mod = {_WITHDRAWN} then {table.own_key[column]}")
    for number, broken in enumerate(table.broken):
        sql = broken.get(column, table.own_key.get(column))
        if sql is not None:
            cases.append(f"when t.__mod = {_FIRST_BROKEN + number} then {sql}")
    if not cases:
        return f't."{column}"'
    return f'case {" ".join(cases)} else t."{column}" end as "{column}"'


def to_arrow(frame: Frame) -> pa.Table:
    """A frame as an Arrow table; columns named `*_date` become dates, OPEN null."""
    columns = {}
    for name, column in frame.items():
        if name.endswith("_date"):
            days = np.where(column >= OPEN, 0, column).astype(np.int32)
            columns[name] = pa.array(days, mask=column >= OPEN).cast(pa.date32())
        else:
            columns[name] = pa.array(column)
    return pa.table(columns)


def dated(frame: Frame, *names: str) -> Frame:
    """The frame with the named day columns renamed to end in `_date`."""
    return {f"{k}_date" if k in names else k: v for k, v in frame.items()}
