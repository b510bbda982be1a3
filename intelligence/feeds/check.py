"""Look at delivered files before building: `make check-feeds [FEED=…] [FILE=…]`.

Nothing is built and no key is needed. Files are read as a build reads them
(intelligence/feeds/landing.py) and judged by the rules a build judges them by
(intelligence/feeds/rules.py). What is found is printed, and written as an HTML page for
each file, which can be sent back to its sender: it shows no value of an identifier, and
of other columns only dates, numbers and codes.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from intelligence.feeds.content import ContentError, decoded, kind_of
from intelligence.feeds.dialects import NO_DIALECT
from intelligence.feeds.findings import message
from intelligence.feeds.forms import UNKNOWN_CODES, shape
from intelligence.feeds.landing import Delivered, Landed, landed_rows
from intelligence.feeds.layouts import (
    FeedTable,
    Match,
    feed_tables,
    match_header,
    near_misses,
)
from intelligence.feeds.records import HeaderError, find_header, with_plain_line_ends
from intelligence.feeds.register import (
    UNKNOWN,
    FeedFile,
    Found,
    against_control,
    found_files,
    label,
    look_at,
    withdrawal,
)
from intelligence.feeds.rules import Judge, Judged
from intelligence.feeds.tables import parquet_schema, read_sheet

# Files are read together up to this size: their rows are held in memory.
TOGETHER_BYTES = 2**28
MOST_PRINTED = 50
MOST_CODES = 10
_NOTHING = (NO_DIALECT, "")
_NO_LETTERS = re.compile(r"[-\d/.,: +TZ£%]{1,25}")


@dataclass
class Report:
    """What looking at one file has shown."""

    name: str
    feed: str
    table: str
    problem: str | None = None
    form: str = ""
    row_count: int = 0
    rejected_count: int = 0
    header: list[str] = field(default_factory=list)
    findings: list[tuple[str, str, int]] = field(default_factory=list)
    forms: list[tuple[str, str, int]] = field(default_factory=list)
    rejected: list[tuple[str, int, list[int], str, list[str]]] = field(
        default_factory=list
    )
    codes: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        """Whether there is anything that its sender should know."""
        return bool(
            self.problem or self.header or self.findings or self.rejected or self.codes
        )

    @property
    def summary(self) -> str:
        """One line about the file."""
        if self.problem:
            return f"refused: {self.problem}"
        parts = [rows(self.row_count), self.form]
        if self.rejected_count:
            parts.append(f"{rows(self.rejected_count)} rejected")
        return ", ".join(parts)

    def lines(self) -> Iterator[str]:
        """Yield what the terminal shows of the file."""
        yield f"{self.feed}/{self.name}: {self.summary}"
        for line in self.header:
            yield f"    {line}"
        for column, text, count in self.findings:
            of_column = f"{column}: " if column else ""
            yield f"    {of_column}{text} ({rows(count)})"
        for rule, count, numbers, column, examples in self.rejected:
            examples_of = f"; {column}: {', '.join(examples)}" if examples else ""
            where = ", ".join(map(str, numbers))
            yield f"    {rule}: {rows(count)}, first on line {where}{examples_of}"
        for column, code, count in self.codes:
            yield f"    {column}: no known code {code} ({rows(count)})"


def check(
    root: str, overrides: Mapping[str, str | None], feed: str = "", file: str = ""
) -> list[Report]:
    """Look at all files below `root`, at those of one feed or at one file."""
    tables = feed_tables()
    folders = {name: overrides.get(name) or f"{root}/{name}" for name, _ in tables}
    if file:
        found, dialects = [_one_file(file, tables)], _dialects_beside(file)
    else:
        if feed:
            folders = {name: path for name, path in folders.items() if name == feed}
        found, dialects = found_files(root, folders, tables)
        if feed:
            found = [one for one in found if one[0].feed == feed]
    reports: list[Report] = []
    waiting: dict[tuple[str, str], list[Found]] = {}
    for one, table in found:
        of_one = dict(folders)
        if file and table:
            of_one[table.feed] = str(Path(file).parent.parent)
        looked_at = look_at(one, table, of_one, dialects, tables, b"")
        if isinstance(looked_at, FeedFile):
            if file and table and "PROVIDER__" in str(looked_at.refusal_reason):
                looked_at = Found(looked_at, table, *_NOTHING)
            else:
                reports.append(_refused(looked_at))
                continue
        key = looked_at.table.feed, looked_at.table.name
        waiting.setdefault(key, []).append(looked_at)
    judge = Judge()
    longest_line = int(str(judge.project.vars["longest_line_bytes"]))
    for files in waiting.values():
        for together in _together(files):
            reports += _look_into(together, judge, longest_line)
    return sorted(reports, key=lambda report: (report.feed, report.name))


def _refused(file: FeedFile) -> Report:
    return Report(
        name=file.shown_file_id,
        feed=file.feed,
        table=file.feed_table or "",
        problem=file.refusal_reason,
    )


def _together(files: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield the files in portions that fit into memory."""
    portion: list[Found] = []
    size = 0
    for one in files:
        if portion and size + one.file.byte_count > TOGETHER_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += one.file.byte_count
    yield portion


def _look_into(found: Sequence[Found], judge: Judge, longest_line: int) -> list[Report]:
    """Read and judge files of one table."""
    table = found[0].table
    content, landed = landed_rows(
        table,
        [
            Delivered(
                path=Path(one.file.file_path),
                landed_id=number,
                label=label(one.file, table, one.dialect),
                dialect=one.dialect,
            )
            for number, one in enumerate(found)
        ],
        longest_line,
    )
    reports = {}
    for one, result in zip(found, landed, strict=True):
        reports[one.file.file_id] = _report(one, result)
    names = {number: one.file.file_id for number, one in enumerate(found)}
    judged = judge.judged(table, content, names)
    if judged is not None:
        _add_rejected(reports, judged, table)
    return list(reports.values())


def _report(found: Found, landed: Landed) -> Report:
    """Return what reading a file has shown, before its rows are judged."""
    file, table = found.file, found.table
    report = _refused(file)
    report.problem = report.problem or landed.problem or against_control(found, landed)
    report.header = list(_about_header(found, landed))
    if withdrawal(file.file_path):
        report.header.append("withdrawn by its control file: a build only counts it")
    parts = [landed.file_format or "", landed.encoding or ""]
    if landed.delimiter:
        names = {",": "commas", "|": "pipes", "\t": "tabs", ";": "semicolons"}
        parts.append(names[landed.delimiter])
    if landed.layout:
        parts.append(f"layout {landed.layout}")
    if found.dialect.file_ids:
        parts.append(f"dialect {', '.join(found.dialect.file_ids)}")
    report.form = ", ".join(part for part in parts if part)
    report.row_count = landed.row_count or 0
    report.findings = [
        (column, message(kind, detail, table.feed, file.provider_code), count)
        for (kind, column, detail), count in sorted(landed.findings.items())
        if kind not in UNKNOWN_CODES
    ]
    report.codes = [
        (column, code, count)
        for (kind, column, code), count in landed.findings.most_common()
        if kind in UNKNOWN_CODES
    ][:MOST_CODES]
    report.forms = [
        (column, form, count)
        for (_, column, form), count in sorted(landed.forms.items())
    ]
    return report


def _about_header(found: Found, landed: Landed) -> Iterator[str]:
    """Yield what the header of a file has that the layout has not, or lacks."""
    if landed.problem and "column missing" in landed.problem:
        match, names = _header_of(found)
        for column, near in near_misses(
            match.missing, match.unexpected or names
        ).items():
            yield f"column missing: {column}; the header has {near}"
    if landed.absent:
        yield f"columns left out: {', '.join(landed.absent)}"
    if landed.unexpected:
        yield f"{len(landed.unexpected)} columns that the layout does not have: ignored"
    for kind, count in sorted(landed.skipped.items()):
        yield f"lines that are not records: {count} ({kind})"


def _header_of(found: Found) -> tuple[Match, tuple[str, ...]]:
    """Return the header of a file that was refused for it."""
    dialect, table = found.dialect, found.table
    try:
        kind, data = kind_of(Path(found.file.file_path))
        if kind == "parquet":
            schema, _ = parquet_schema(data or Path(found.file.file_path))
            names = tuple(schema.names)
            return match_header(table, names, dialect.columns, dialect.layout), names
        assert data is not None
        if kind == "xlsx":
            sheet = read_sheet(data, table, dialect.columns, dialect.layout)
            return sheet.match, sheet.names
        text = with_plain_line_ends(decoded(data, dialect.encoding).data)
        header = find_header(text, table, dialect.columns, dialect.layout)
        return header.match, header.names
    except (ContentError, HeaderError, OSError):
        return Match(), ()


def _add_rejected(
    reports: Mapping[str, Report], judged: Judged, table: FeedTable
) -> None:
    """Add to the reports which rows are rejected and which codes are unknown."""
    columns = {column.name: column for column in table.columns}
    for file_id, rule, count, numbers in judged.rejected():
        report = reports[file_id]
        report.rejected_count += count
        column, examples = "", []
        for name in judged.columns_of(rule):
            if not columns[name].is_identifier and columns[name].data_type != "varchar":
                column = name
                examples = [
                    shown(value)
                    for _, value in judged.values(name, rule, file_id)
                    if value
                ]
                break
            column = column or name
        report.rejected.append((words(rule), count, numbers, column, examples))


def rows(count: int) -> str:
    """Return a number of rows in words."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def words(rule: str) -> str:
    """Return the name of a rule as words."""
    return rule.replace("_", " ")


def shown(value: str) -> str:
    """Return a date or number that cannot be a person's, else only its shape."""
    is_plain = _NO_LETTERS.fullmatch(value) and not re.search(r"\d{9}", value)
    return value if is_plain else shape(value)


def _one_file(
    path: str, tables: Mapping[tuple[str, str], FeedTable]
) -> tuple[FeedFile, FeedTable | None]:
    """Return a file wherever it lies, with the table that it is of."""
    parts = Path(path).resolve().parts
    key = ("", "") if len(parts) < 3 else (parts[-3], parts[-2])
    table = tables.get(key)
    if table is None:
        published = [t for t in tables.values() if t.published_file_name == parts[-1]]
        table = published[0] if published else _most_like(Path(path), tables.values())
    feed = table.feed if table else UNKNOWN
    name = f"{table.name}/{parts[-1]}" if table else parts[-1]
    problem = None if table else "its header does not match any feed table"
    return FeedFile(name, feed, path, refusal_reason=problem), table


def _most_like(path: Path, tables: Iterable[FeedTable]) -> FeedTable | None:
    """Return the table whose columns a file names most of, if it is at least half."""
    best: tuple[int, FeedTable | None] = (0, None)
    for table in tables:
        file = FeedFile(path.name, table.feed, str(path))
        match, _ = _header_of(Found(file, table, *_NOTHING))
        count = sum(one is not None for one in match.places)
        if count > best[0] and count >= len(table.columns) / 2:
            best = count, table
    return best[1]


def _dialects_beside(path: str) -> set[str]:
    """Return the dialects that may concern a file."""
    folder = Path(path).parent
    return {
        str(one) for place in (folder, folder.parent) for one in place.glob("*.yml")
    }


def write_pages(reports: Iterable[Report], folder: Path) -> Path:
    """Write a page for each report and one that lists them; return its path."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("intelligence.feeds", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("check.html.jinja")
    listed = []
    for number, report in enumerate(reports, start=1):
        # A file whose name is withheld has a page by its number.
        name = re.sub(r"[^\w.-]", "_", f"{report.feed}__{report.name}")
        if "withheld" in name:
            name = f"{name}_{number}"
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.render(report=report), encoding="utf-8")
        listed.append((path.name, report))
    index = folder / "index.html"
    index.parent.mkdir(parents=True, exist_ok=True)
    listing = environment.get_template("check_index.html.jinja")
    index.write_text(listing.render(listed=listed), encoding="utf-8")
    return index


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is found in the files and write their pages."""
    parser = argparse.ArgumentParser(prog="python -m intelligence.feeds.check")
    parser.add_argument("--feed", default="", help="only the files of this feed")
    parser.add_argument("--file", default="", help="only this file, wherever it lies")
    parser.add_argument("--out", type=Path, default=Path("target/check-feeds"))
    chosen = parser.parse_args(arguments)
    root = os.environ.get("HUB_FEEDS", "demo/feeds")
    feeds = sorted({feed for feed, _ in feed_tables()})
    if chosen.feed and chosen.feed not in feeds:
        print(f"There is no feed of this name; the feeds are {', '.join(feeds)}.")
        return 2
    if chosen.file and not Path(chosen.file).is_file():
        print("There is no such file.")
        return 2
    if not chosen.file and not Path(root).is_dir():
        print(f"There is no folder {root}: set HUB_FEEDS to the folder of your feeds.")
        return 2
    overrides = {
        "reference": os.environ.get("HUB_REFERENCE"),
        "published_delays": os.environ.get("HUB_PUBLISHED_DELAYS"),
    }
    reports = check(root, overrides, chosen.feed, chosen.file)
    said = [report for report in reports if report.says_something or chosen.file]
    for report in said[:MOST_PRINTED]:
        print("\n".join(report.lines()))
    if len(said) > MOST_PRINTED:
        print(f"and {len(said) - MOST_PRINTED} more files")
    refused = sum(report.problem is not None for report in reports)
    index = write_pages(said, chosen.out)
    total = sum(report.row_count for report in reports)
    rejected = sum(report.rejected_count for report in reports)
    print(
        f"{len(reports):,} files, {rows(total)}: {refused:,} files refused, "
        f"{rows(rejected)} rejected. Pages for the senders: {index}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
