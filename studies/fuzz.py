"""Mutated files by the thousand: no row is lost, and none is silently wrong.

Files of every feed table of a small demo city are mutated (studies/mutations.py),
landed and judged by the rules of a build, in batches and without dbt. Of every file it
must hold:
  - it is refused with a reason, or each of its lines is a row: accepted or rejected;
  - a line that the mutation left alone is read as if nothing had happened;
  - another form of the same records gives the same records;
  - a date that cannot be meant is rejected;
  - a file is refused only if its header or its container was hit.
What breaks one of these is named. Figures go to standard output as Markdown.

    python -m studies.fuzz --files 10000
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from intelligence.feeds.landing import EncryptedFolder
from intelligence.feeds.layouts import FeedTable, feed_tables
from intelligence.feeds.register import register_files
from intelligence.feeds.rules import Judge
from studies.mutations import (
    ABSURD,
    HARMLESS,
    OF_LINES,
    Mutation,
    on_a_line,
    refused,
)
from synthetic_city.build import build
from synthetic_city.draw import day
from synthetic_city.settings import City

BATCH = 500
ROWS = 12
PEOPLE = 1000
FIRST_DAY, LAST_DAY = day("2023-04-01"), day("2025-03-31")
# These may hit the header, and then the file is refused.
MAY_BE_REFUSED = {"cut_file", "flipped_bytes"}
# Line breaks within quotes join lines; so many at most are put into a file.
MAY_JOIN = {"line_break": 3, "flipped_bytes": 20, "broken_quote": 3}
# A judged row: the values of its columns.
Row = tuple[Any, ...]


@dataclass
class Sample:
    """A sound file of a feed table, and what is read of each of its lines.

    `period` is the part of its name that says of which period it is.
    """

    table: FeedTable
    period: str
    data: bytes
    rows: dict[bytes, list[Row]] = field(default_factory=dict)

    @property
    def lines(self) -> list[bytes]:
        """Its data lines."""
        return self.data.rstrip(b"\n").split(b"\n")[1:]


@dataclass(frozen=True)
class Mutated:
    """A mutated file."""

    sample: Sample
    mutation: str
    path: Path

    @property
    def key(self) -> tuple[str, str]:
        """How the register calls the file."""
        return self.sample.table.feed, f"{self.sample.table.name}/{self.path.name}"


@dataclass
class Figures:
    """What came of the files of one mutation."""

    files: int = 0
    refused: int = 0
    rows: int = 0
    rejected: int = 0
    left_alone: int = 0
    problems: list[str] = field(default_factory=list)


def samples(city: Path) -> list[Sample]:
    """Up to ROWS sound and different lines of the longest file of each table."""
    found = []
    for table in feed_tables().values():
        paths = list((city / "feeds" / table.feed / table.name).glob("*__*__01.csv"))
        if table.delivery == "published" or not paths:
            continue
        path = max(paths, key=lambda path: (path.stat().st_size, path.name))
        header, *lines = path.read_bytes().rstrip(b"\n").split(b"\n")
        width = len(_fields(header))
        # An empty line is one in every form, but not under the same rule.
        sound = [
            line
            for line in dict.fromkeys(lines)
            if len(_fields(line)) == width and any(_fields(line))
        ]
        data = b"\n".join([header, *sound[-ROWS:]]) + b"\n"
        found.append(Sample(table, path.stem.split("__")[1], data))
    return found


def _fields(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode()], strict=True))
    except (csv.Error, StopIteration):
        return []


def absurd_date(sample: Sample) -> Mutation:
    """A mutation of one to three lines: a date that cannot be meant for a date."""
    names = {
        column.name for column in sample.table.columns if column.data_type == "date"
    }
    # The last day of 9999 means that there is no end.
    absurd = [date.decode() for date in ABSURD if date != b"9999-12-31"]
    header = _fields(sample.data.partition(b"\n")[0])
    dates = [place for place, name in enumerate(header) if name in names]

    def change(chance: random.Random, line: bytes) -> bytes:
        fields = _fields(line)
        places = [place for place in dates if fields[place]]
        if not places:
            return line
        fields[chance.choice(places)] = chance.choice(absurd)
        target = io.StringIO()
        csv.writer(target, lineterminator="").writerow(fields)
        return target.getvalue().encode()

    return on_a_line(change)


def written(
    sample: Sample, mutation: str, data: bytes, feeds: Path, at: int
) -> Mutated:
    """Write a file under the name of a sender of its own."""
    table = sample.table
    path = feeds / table.feed / table.name / f"F{at:X}__{sample.period}__01.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Mutated(sample, mutation, path)


class Reader:
    """Lands and judges files as a build does."""

    def __init__(self, work: Path) -> None:
        """Keep landed files below `work`."""
        self.work = work
        self.judge = Judge()
        self.longest_line = int(str(self.judge.project.vars["longest_line_bytes"]))

    def read(
        self, feeds: Path
    ) -> tuple[
        dict[tuple[str, str], dict[str, Any]],
        dict[tuple[str, str], dict[int, list[Row]]],
    ]:
        """The register's rows by file, and the judged rows by file and line.

        The last value of a judged row is the rule that it breaks, or None.
        """
        landed = self.work / f"{feeds.name}_landed"
        with duckdb.connect() as connection:
            register = register_files(
                str(feeds),
                {},
                feed_tables(),
                EncryptedFolder(landed, connection),
                b"key of the fuzz",
                longest_line=self.longest_line,
            ).to_pylist()
        files = {(row["feed"], row["file_id"]): row for row in register}
        by_table: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in register:
            if row["is_accepted"] and row["landed_as"]:
                by_table[row["feed"], row["feed_table"]].append(row)
        judged: dict[tuple[str, str], dict[int, list[Row]]] = {}
        for key, of_table in by_table.items():
            ids = {row["landed_id"]: row["file_id"] for row in of_table}
            content = pa.concat_tables(
                pq.read_table(landed / name)
                for name in sorted({row["landed_as"] for row in of_table})
            )
            content = content.filter(
                pc.is_in(content["landed_id"], pa.array(list(ids), pa.int64()))
            )
            table = feed_tables()[key]
            found = self.judge.judged(table, content, ids)
            assert found is not None
            names = [
                name for name, *_ in found.connection.sql("describe judged").fetchall()
            ]
            wanted = [name for name in names if name not in NOT_COMPARED]
            for file_id, line_number, *values in found.connection.execute(
                f"select file_id, line_number, {', '.join(wanted)}, failed_rule "
                "from judged order by all"
            ).fetchall():
                of_file = judged.setdefault((key[0], file_id), {})
                of_file.setdefault(line_number, []).append(tuple(values))
        return files, judged


# Where a row lies, and whose file it lies in, differ between copies of one line.
NOT_COMPARED = {
    *("file_id", "line_number", "failed_rule", "raw_row", "provider_code"),
    *("sender_code", "source_record_id"),
}


def baseline(found: Sequence[Sample], reader: Reader, feeds: Path) -> None:
    """Note what is read of each line of the samples, untouched."""
    files = [
        written(sample, "untouched", sample.data, feeds, at)
        for at, sample in enumerate(found)
    ]
    _, judged = reader.read(feeds)
    for file in files:
        rows = judged[file.key]
        for number, line in enumerate(file.sample.lines, start=2):
            file.sample.rows[line] = rows[number]


def all_mutations(sample: Sample) -> dict[str, tuple[str | None, Mutation]]:
    """Every mutation of a sample; with a word of the reason if it is refused."""
    table = sample.table
    optional = {column.name for column in table.columns if column.is_optional}
    of_table: dict[str, tuple[str | None, Mutation]] = {
        name: (None, mutation) for name, mutation in (OF_LINES | HARMLESS).items()
    }
    of_table["absurd_date"] = (None, absurd_date(sample))
    of_table.update(refused(optional))
    if len(table.columns) == 1:
        # One column has no delimiter to be exchanged, and its header no second field.
        for name in (
            *("pipes", "tabs", "semicolons", "delimiter_at_the_end"),
            *("missing_column", "open_quote"),
        ):
            del of_table[name]
    return of_table


def batch(
    found: Sequence[Sample], chance: random.Random, feeds: Path, count: int
) -> Iterator[Mutated]:
    """Write `count` mutated files."""
    mutations = {id(sample): all_mutations(sample) for sample in found}
    for _ in range(count):
        sample = chance.choice(found)
        of_table = mutations[id(sample)]
        name = chance.choice(sorted(of_table))
        data = of_table[name][1](chance, sample.data)
        yield written(sample, name, data, feeds, chance.getrandbits(40))


def examine(
    file: Mutated, row: Mapping[str, Any] | None, read: Mapping[int, list[Row]]
) -> Iterator[str]:
    """Yield what does not hold of a file."""
    sample, name = file.sample, file.mutation
    word = refused(())[name][0] if name in refused(()) else None
    if row is None:
        yield "not in the register"
        return
    if not row["is_accepted"]:
        reason = str(row["refusal_reason"])
        if word is None and name not in MAY_BE_REFUSED:
            yield f"refused: {reason}"
        elif word is not None and word not in reason:
            yield f"refused for another reason: {reason}"
        return
    if word is not None:
        yield "accepted"
        return
    if row["row_count"] != len(read):
        yield f"{row['row_count']} rows delivered, {len(read)} judged"
    if name in HARMLESS:
        expected = Counter(map(repr, sample.rows.values()))
        if Counter(map(repr, read.values())) != expected:
            yield "other records"
        return
    lines = _physical(file.path.read_bytes())
    if not len(lines) - MAY_JOIN.get(name, 0) <= row["row_count"] <= len(lines):
        yield f"{len(lines)} lines, {row['row_count']} rows"
    for number, line in lines.items():
        if line in sample.rows:
            if read.get(number) != sample.rows[line]:
                yield f"line {number} was left alone and is read otherwise"
        elif name == "absurd_date" and any(one[-1] is None for one in read[number]):
            yield f"line {number} has an absurd date and is accepted"


def _physical(data: bytes) -> dict[int, bytes]:
    """The data lines that are not blank, by their numbers."""
    lines = enumerate(data.split(b"\n"), start=1)
    stripped = {number: line.rstrip(b"\r") for number, line in lines if number > 1}
    return {number: line for number, line in stripped.items() if line}


def fuzz(count: int, seed: int, work: Path) -> dict[str, Figures]:
    """Mutate, read and examine so many files; figures by mutation."""
    build(City(PEOPLE, FIRST_DAY, LAST_DAY, seed, False, work / "city", dirty=False))
    reader = Reader(work)
    found = samples(work / "city")
    baseline(found, reader, work / "baseline")
    chance = random.Random(seed)
    figures: dict[str, Figures] = defaultdict(Figures)
    for start in range(0, count, BATCH):
        feeds = work / f"batch_{start}"
        files = list(batch(found, chance, feeds, min(BATCH, count - start)))
        register, judged = reader.read(feeds)
        for file in files:
            row, read = register.get(file.key), judged.get(file.key, {})
            of_it = figures[file.mutation]
            of_it.files += 1
            of_it.refused += row is not None and not row["is_accepted"]
            of_it.rows += len(read)
            of_it.rejected += sum(rows[0][-1] is not None for rows in read.values())
            if file.mutation not in HARMLESS and read:
                of_it.left_alone += sum(
                    line in file.sample.rows
                    for line in _physical(file.path.read_bytes()).values()
                )
            of_it.problems += [
                f"{file.key[0]}/{file.key[1]} ({file.mutation}): {problem}"
                for problem in examine(file, row, read)
            ]
        print(f"{start + len(files):,} of {count:,} files", file=sys.stderr)
    return figures


def report(figures: Mapping[str, Figures], seed: int, seconds: float) -> str:
    """The figures as Markdown."""
    whole = Figures()
    rows = []
    for name, one in sorted(figures.items()):
        rows.append(
            f"| {name.replace('_', ' ')} | {one.files:,} | {one.refused:,} "
            f"| {one.rows:,} | {one.rejected:,} | {one.left_alone:,} "
            f"| {len(one.problems)} |"
        )
        whole.files += one.files
        whole.refused += one.refused
        whole.rows += one.rows
        whole.rejected += one.rejected
        whole.left_alone += one.left_alone
        whole.problems += one.problems
    return "\n".join(
        [
            "# Fuzz of mutated files",
            "",
            f"{whole.files:,} mutated files of every feed table (seed {seed}), landed",
            f"and judged in {seconds:.0f} seconds by `make fuzz`:",
            "",
            f"- {whole.refused:,} files were refused with a reason;",
            f"- of the others {whole.rows:,} rows were read, and {whole.rejected:,}",
            "  of these rejected by a rule;",
            f"- {whole.left_alone:,} lines that a mutation had left alone were held",
            "  against what is read without it.",
            "",
            f"Files with a row lost or silently wrong: **{len(whole.problems)}**.",
            "",
            "| mutation | files | refused | rows | rejected | left alone | problems |",
            "|---|---|---|---|---|---|---|",
            *rows,
            *(["", *(f"- {problem}" for problem in whole.problems[:50])]),
        ]
    ).rstrip()


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 when a file did not come through."""
    parser = argparse.ArgumentParser(prog="python -m studies.fuzz")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(given)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        figures = fuzz(arguments.files, arguments.seed, Path(work))
    print(report(figures, arguments.seed, time.monotonic() - begun))
    return int(any(one.problems for one in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
