"""Delivered files in every usual form are landed as the same records, none is lost."""

import gzip
import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intelligence.feeds.content import decoded
from intelligence.feeds.findings import findings
from intelligence.feeds.landing import (
    Delivered,
    EncryptedFolder,
    Landed,
    PlainFolder,
    landed_rows,
)
from intelligence.feeds.layouts import (
    RESERVED,
    Column,
    FeedTable,
    Version,
    feed_tables,
    match_header,
    plain,
)
from intelligence.feeds.records import split
from intelligence.feeds.register import is_sender_code, register_files
from intelligence.feeds.values import Label, Rows, examine, form_of, iso_date
from intelligence.platform.connections import load_httpfs

LONGEST_LINE = 2**16
TABLE = FeedTable(
    feed="community",
    name="contact",
    delivery="period",
    reporting_period="month",
    columns=(
        Column("CONTACT ID", form="local_number"),
        Column("NHS NUMBER", holds="nhs_number", form="nhs_number"),
        Column("SURNAME", is_optional=True, other_names=("FAMILY NAME",)),
        Column("STATUS"),
        Column("CONTACT DATE", "date", holds="event_date", form="date"),
        Column("PROVIDER (CODE)", holds="sender"),
        Column("PERIOD START", "date", holds="period_start", form="date"),
    ),
    versions=(
        Version("1.5", {"STATUS": "OLD STATUS"}, {"STATUS": {"Seen": "5"}}),
        Version("words", {}, {"STATUS": {"did not attend": "3"}}),
    ),
)
NAMES = TABLE.names
ROWS = [
    ("C1", "9990000018", "Brontë", "5", "2025-03-01", "RY6", "2025-03-01"),
    ("C2", "9990000026", "O'Neil", "5", "2025-03-02", "RY6", "2025-03-01"),
    ("C3", "9990000034", 'Ng, "Red"', "3", "2025-03-03", "RY6", "2025-03-01"),
]


def text(
    rows: Iterable[tuple[str, ...]] = ROWS,
    names: Iterable[str] = NAMES,
    mark: str = ",",
    line_end: str = "\n",
) -> str:
    """Records as delimited text."""

    def cell(value: str) -> str:
        needs = any(letter in value for letter in f'{mark}"\n')
        return '"' + value.replace('"', '""') + '"' if needs else value

    return "".join(
        mark.join(map(cell, row)) + line_end for row in [tuple(names), *rows]
    )


def workbook(rows: Iterable[Iterable[object]], name: str = "Sheet1") -> bytes:
    """A minimal Excel workbook with one sheet; numbers stay numbers."""

    def cell(value: object) -> str:
        if isinstance(value, (int, float)):
            return f"<c><v>{value}</v></c>"
        shown = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return f'<c t="inlineStr"><is><t>{shown}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        packed.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
        )
    return target.getvalue()


def zipped(data: bytes, *names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in names:
            packed.writestr(name, data)
    return target.getvalue()


def land(
    folder: Path, data: bytes, name: str = "file.csv", table: FeedTable = TABLE
) -> tuple[list[dict[str, Any]], Landed]:
    """The landed rows of one file by line, and what landing it has shown."""
    path = folder / name
    path.write_bytes(data)
    rows, (landed,) = landed_rows(table, [Delivered(path, 1)], LONGEST_LINE)
    return sorted(rows.to_pylist(), key=lambda row: row["line_number"]), landed


def records(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The sound records among landed rows."""
    return [
        tuple(row[name] for name in NAMES) for row in rows if row["line_defect"] is None
    ]


DASHES = ",".join("-" * len(name) for name in NAMES)
TAIL = text().partition("\n")[2]
HEADER = text().partition("\n")[0]
FORMS: dict[str, bytes] = {
    "plain": text().encode(),
    "pipes": text(mark="|").encode(),
    "tabs": text(mark="\t").encode(),
    "semicolons": text(mark=";").encode(),
    "windows_1252": text().encode("cp1252"),
    "utf_16": text().encode("utf-16"),
    "utf_16_without_mark": text().encode("utf-16-le"),
    "utf_8_mark": text().encode("utf-8-sig"),
    "windows_line_ends": text(line_end="\r\n").encode(),
    "old_macintosh_line_ends": text(line_end="\r").encode(),
    "gzip": gzip.compress(text().encode()),
    "zip": zipped(text().encode(), "x.csv"),
    "zip_with_folders": zipped(text().encode(), "a/x.csv", "__MACOSX/a/._x.csv"),
    "header_in_small_letters": (HEADER.lower() + "\n" + TAIL).encode(),
    "header_with_underscores": (HEADER.replace(" ", "_") + "\n" + TAIL).encode(),
    "header_with_spaces": (HEADER.replace(",", " , ") + "\n" + TAIL).encode(),
    "header_quoted": ('"' + HEADER.replace(",", '","') + '"\n' + TAIL).encode(),
    "all_quoted": "".join(
        ",".join('"' + value.replace('"', '""') + '"' for value in row) + "\n"
        for row in [NAMES, *ROWS]
    ).encode(),
    "title": ("Contacts, March 2025\n\n" + text()).encode(),
    "dashes": (HEADER + "\n" + DASHES + "\n" + TAIL).encode(),
    "footer": (text() + "\n(3 rows affected)\n").encode(),
    "footer_of_psql": (text() + "(3 rows)\n\n").encode(),
    "delimiter_at_the_end": text().replace("\n", ",\n").encode(),
    "delimiter_at_the_end_of_rows": (
        HEADER + "\n" + TAIL.replace("\n", ",\n")
    ).encode(),
    "blank_lines": text().replace("\n", "\n\n").encode(),
    "no_last_line_end": text().rstrip("\n").encode(),
    "as_text_for_excel": text()
    .replace("C1,9990000018", '="C1",="9990000018"')
    .encode(),
    "other_order": text([row[::-1] for row in ROWS], NAMES[::-1]).encode(),
    "other_name": text().replace("SURNAME", "Family_Name").encode(),
    "additional_column": text(
        [("x, y", *row) for row in ROWS], ("REMARKS", *NAMES)
    ).encode(),
    "version": text(
        [(*row[:3], row[3].replace("5", "seen"), *row[4:]) for row in ROWS],
        [name.replace("STATUS", "Old Status") for name in NAMES],
    ).encode(),
    "words_of_another_version": text(
        [(*row[:3], row[3].replace("3", "Did  Not Attend"), *row[4:]) for row in ROWS]
    ).encode(),
    "excel": workbook([["A title"], [], NAMES, *ROWS]),
    "excel_numbers": workbook(
        [
            NAMES,
            *([row[0], int(row[1]), row[2], float(row[3]), *row[4:]] for row in ROWS),
        ]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_gives_the_same_records(tmp_path: Path, form: str) -> None:
    rows, landed = land(tmp_path, FORMS[form])
    assert landed.problem is None
    assert records(rows) == ROWS
    assert landed.row_count == len(ROWS)


def test_lines_that_are_no_records_are_counted_by_kind(tmp_path: Path) -> None:
    data = f"A title\nAnd more\n\n{HEADER}\n{DASHES}\n{TAIL}\n(3 rows affected)\n"
    rows, landed = land(tmp_path, data.encode())
    assert landed.skipped == {"title": 2, "dashes": 1, "footer": 1}
    assert [row["line_number"] for row in rows] == [6, 7, 8]


def test_a_line_break_inside_quotes_is_part_of_the_field(tmp_path: Path) -> None:
    broken = [
        (ROWS[0][0], ROWS[0][1], "Ann\nMary", *ROWS[0][3:]),
        ROWS[1],
        (ROWS[2][0], ROWS[2][1], "Flat 2\n\nThe Mill, Leeds", *ROWS[2][3:]),
    ]
    rows, landed = land(tmp_path, text(broken).encode())
    assert records(rows) == broken
    assert [row["line_number"] for row in rows] == [2, 4, 5]
    assert landed.row_count == 3


def test_a_quote_that_does_not_close_costs_its_own_line(tmp_path: Path) -> None:
    lines = text(ROWS[:2]).splitlines()
    lines.insert(1, 'C0,9990000042,"Left open,5,2025-03-01,RY6,2025-03-01')
    lines.append('C9,9990000050,Closed"",5,2025-03-01,RY6,2025-03-01')
    rows, landed = land(tmp_path, ("\n".join(lines) + "\n").encode())
    assert records(rows) == ROWS[:2]
    assert [row["line_defect"] for row in rows] == [
        "malformed_line",
        None,
        None,
        "malformed_line",
    ]
    assert rows[0]["raw_text"] == lines[1]
    assert landed.row_count == 4


def test_every_defect_is_told_from_the_others(tmp_path: Path) -> None:
    lines = [
        HEADER.encode(),
        b"C0,too,few",
        HEADER.encode(),
        b"," * (len(NAMES) - 1),
        "Brontë".encode() + b" \xeb" + b"," * (len(NAMES) - 1),
        b"x" * (LONGEST_LINE + 1),
        *TAIL.encode().splitlines(),
    ]
    rows, _ = land(tmp_path, b"\n".join(lines) + b"\n")
    assert [row["line_defect"] for row in rows] == [
        "malformed_line",
        "repeated_header",
        "empty_line",
        "not_utf8",
        "line_too_long",
        None,
        None,
        None,
    ]
    assert rows[3]["raw_text"].startswith("Brontë \\xEB,")
    assert len(rows[4]["raw_text"]) == 1000


PIECES = (
    *(b'"', b'""', b'","', b",", b",,", b"\n", b"\n\n", b"\r", b"\r\n", b"\0", b"\t"),
    *(
        b"\xff",
        b"\xc3",
        b"\xe2\x80\xa8",
        b'="',
        b" ",
        b"|",
        b"---",
        b"(3 rows affected)",
    ),
)


@pytest.mark.parametrize("seed", range(20))
def test_no_record_is_lost_whatever_is_put_into_a_file(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    for number in range(25):
        keys = [f"K{number}-{row}" for row in range(12)]
        lines = [
            ",".join([key, *chance.choice(ROWS)[1:2], "Smith", *ROWS[0][3:]])
            for key in keys
        ]
        touched = chance.sample(range(12), chance.randint(1, 3))
        data = [HEADER.encode()]
        for row, line in enumerate(lines):
            piece = line.encode()
            if row in touched:
                place = chance.randint(0, len(piece))
                piece = piece[:place] + chance.choice(PIECES) + piece[place:]
            data.append(piece)
        whole = b"\n".join(data) + b"\n"
        rows, landed = land(tmp_path, whole)
        assert landed.problem is None
        found = {row["CONTACT ID"] for row in rows}
        untouched = {key for row, key in enumerate(keys) if row not in touched}
        assert untouched <= found, whole
        # Every line with something on it is a record, part of one, or skipped.
        written = whole.replace(b"\r\n", b"\n").split(b"\n")
        filled = {at for at, line in enumerate(written, 1) if line.rstrip(b"\r")}
        covered = {1} | {row["line_number"] for row in rows}
        inside = sum(str(row["raw_text"] or row["SURNAME"]).count("\n") for row in rows)
        assert len(filled - covered) <= inside + sum(landed.skipped.values()), whole
        assert landed.row_count == len(rows)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "file is empty"),
    "blank": (b"\r\n \n", "file is empty"),
    "no_header": (TAIL.encode(), "column missing: CONTACT ID"),
    "a_column_missing": (
        text([row[1:] for row in ROWS], NAMES[1:]).encode(),
        "column missing: CONTACT ID",
    ),
    "a_column_twice": (
        text([(*row, "") for row in ROWS], (*NAMES, "contact_id")).encode(),
        "column appears twice: CONTACT ID",
    ),
    "an_optional_column_misspelt": (
        text().replace("SURNAME", "SURNAMES").encode(),
        "column missing: SURNAME",
    ),
    "one_letter_of_a_short_optional_column_wrong": (
        text().replace("SURNAME", "SURNXME").encode(),
        "column missing: SURNAME",
    ),
    "two_files_in_a_zip": (zipped(b"x", "a.csv", "b.csv"), "with 2 files in it"),
    "cut_gzip": (gzip.compress(text().encode())[:-9], "not readable as .gz"),
    "old_excel": (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"),
    "odd_utf_16": (text().encode("utf-16")[:-1], "not readable as utf-16"),
    "zeros": (bytes(100), "column missing"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_in_words_that_quote_nothing(
    tmp_path: Path, what: str
) -> None:
    data, reason = REFUSED[what]
    rows, landed = land(tmp_path, data)
    assert rows == []
    assert reason in str(landed.problem)
    assert "C1" not in str(landed.problem)


def test_a_nil_return_is_accepted(tmp_path: Path) -> None:
    for data in (HEADER, HEADER + "\n\n", "Title\n" + HEADER):
        rows, landed = land(tmp_path, data.encode())
        assert (rows, landed.problem, landed.row_count) == ([], None, 0)


def test_typed_parquet_becomes_the_text_that_a_person_would_write(
    tmp_path: Path,
) -> None:
    moment = datetime(2025, 6, 1, 23, 0, tzinfo=UTC)
    columns = {
        "CONTACT ID": pa.array([1.0, 2.5, None]),
        "nhs_number": pa.array(
            [Decimal("9990000018.0000000000"), Decimal("0.5000000000"), None],
            pa.decimal128(38, 10),
        ),
        "SURNAME": pa.array(["Smith", "Ng", "Smith"]).dictionary_encode(),
        "STATUS": pa.array([5, 3, None], pa.int8()),
        "CONTACT DATE": pa.array([moment, None, moment], pa.timestamp("us", "UTC")),
        "PROVIDER (CODE)": pa.array(["RY6", "", None]),
        "PERIOD START": pa.array([datetime(2025, 3, 1)] * 3, pa.timestamp("ns")),
    }
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    rows, landed = land(tmp_path, target.getvalue(), "file.parquet")
    assert landed.problem is None
    assert [tuple(row[name] for name in NAMES) for row in rows] == [
        ("1", "9990000018", "Smith", "5", "2025-06-02", "RY6", "2025-03-01"),
        ("2.5", "0.5", "Ng", "3", None, "", "2025-03-01"),
        (None, None, "Smith", None, "2025-06-02", None, "2025-03-01"),
    ]
    assert [row["line_number"] for row in rows] == [1, 2, 3]


@pytest.mark.parametrize(
    ("written", "form", "day"),
    [
        ("01/02/1950", "dd/mm/yyyy", "1950-02-01"),
        ("1/2/2025 00:00", "dd/mm/yyyy", "2025-02-01 00:00"),
        ("01.02.2025", "dd.mm.yyyy", "2025-02-01"),
        ("01-Feb-1950", "dd-Mon-yyyy", "1950-02-01"),
        ("19500201", "yyyymmdd", "1950-02-01"),
        ("18295", "Excel serial", "1950-02-01"),
        ("02/13/2025", "mm/dd/yyyy", "2025-02-13"),
        ("1950-06-01T23:00:00Z", "yyyy-mm-dd", "1950-06-02 00:00:00"),
        ("2025-03-05T10:00:00+00:00", "yyyy-mm-dd", "2025-03-05 10:00:00"),
    ],
)
def test_dates_are_read_in_their_form_and_told_by_it(
    written: str, form: str, day: str
) -> None:
    assert iso_date(written, form) == day
    assert form_of(written) == form


@pytest.mark.parametrize("text", ["31/02/2024", "2024-05-01x", "tomorrow", "", "1e9"])
def test_what_is_no_date_looks_like_none(text: str) -> None:
    assert form_of(text) is None


def test_a_stated_time_zone_holds_for_times_without_one() -> None:
    assert iso_date("2025-06-30 23:30", "yyyy-mm-dd", "UTC") == "2025-07-01 00:30:00"
    assert iso_date("2025-06-30", "yyyy-mm-dd", "UTC") == "2025-06-30"


@pytest.mark.parametrize(
    ("code", "may_be"),
    [
        ("RY6", True),
        ("E08000035", True),
        ("383", True),
        ("4999999992", False),
        ("194003124", False),
    ],
)
def test_a_senders_code_is_no_number_of_a_person(code: str, may_be: bool) -> None:
    assert is_sender_code(code) is may_be


class Feeds:
    """A feeds folder of one table, and its register."""

    def __init__(self, root: Path) -> None:
        """Take up an empty folder."""
        self.root = root / "feeds"
        self.landed = root / "landed"
        self.folder = self.root / TABLE.feed / TABLE.name
        self.folder.mkdir(parents=True)
        self.known: pa.Table | None = None

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file of the table."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def register(self) -> dict[str, dict[str, Any]]:
        """Register the files once more; the rows by file name."""
        with duckdb.connect() as connection:
            self.known = register_files(
                str(self.root),
                {},
                {(TABLE.feed, TABLE.name): TABLE},
                EncryptedFolder(self.landed, connection),
                b"key",
                self.known,
            )
        rows = self.known.to_pylist()
        return {Path(row["file_id"]).name: row for row in rows}

    def found(self, name: str = "RY6__2025-03__01.csv") -> set[tuple[str, str, int]]:
        """The findings in a file: kind, column, row count."""
        assert self.known is not None
        return {
            (row["kind"], row["column_name"], row["row_count"])
            for row in findings(self.known).to_pylist()
            if row["file_id"].endswith(name)
        }

    def records(self) -> list[tuple[Any, ...]]:
        """The landed records of the current files."""
        assert self.known is not None
        current = {
            row["landed_id"]: row["landed_as"]
            for row in self.known.to_pylist()
            if row["is_current"] and row["landed_as"]
        }
        rows = []
        for name in sorted(set(current.values())):
            landed = pq.read_table(self.landed / name).to_pylist()
            rows += [row for row in landed if row["landed_id"] in current]
        return records(sorted(rows, key=lambda row: row["line_number"]))


@pytest.fixture
def feeds(tmp_path: Path) -> Feeds:
    return Feeds(tmp_path)


BRITISH = [
    (*row[:4], f"{row[4][8:]}/{row[4][5:7]}/{row[4][:4]}", *row[5:]) for row in ROWS
]


def test_a_form_of_dates_is_named_once_and_read_once_it_is_stated(feeds: Feeds) -> None:
    feeds.put("RY6__2025-03__01.csv", text(BRITISH))
    feeds.register()
    assert feeds.found() == {("date_form", "CONTACT DATE", 3)}
    assert "dd/mm/yyyy" in findings(feeds.known)["message"][0].as_py()
    feeds.put("RY6.yml", "dates: {CONTACT DATE: dd/mm/yyyy}\n")
    row = feeds.register()["RY6__2025-03__01.csv"]
    assert feeds.records() == ROWS
    assert feeds.found() == set()
    assert row["is_read_again"]
    # It stays so: whether the base model has read it again cannot be known here.
    assert feeds.register()["RY6__2025-03__01.csv"]["is_read_again"]
    assert feeds.records() == ROWS


def test_a_dialect_of_the_feed_and_of_the_table_are_both_followed(feeds: Feeds) -> None:
    rows = [(row[0], row[1], row[2], "yes", *row[4:]) for row in ROWS]
    names = [name.replace("CONTACT ID", "Ref") for name in NAMES]
    feeds.put("RY6__2025-03__01.csv", text(rows, names, mark="|"))
    feeds.put("RY6.yml", 'columns: {CONTACT ID: ref}\ndelimiter: "|"\n')
    of_feed = feeds.folder.parent / "RY6.yml"
    of_feed.write_text("codes: {STATUS: {'YES': '05'}}\ntime_zone: UTC\n")
    row = feeds.register()["RY6__2025-03__01.csv"]
    assert row["refusal_reason"] is None
    assert [record[3] for record in feeds.records()] == ["05", "05", "05"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("dates: [", "not readable as YAML, line 1"),
        ("hello", "must state at least one of"),
        ("dates: dd/mm/yy", "'dd/mm/yy' is not a date format"),
        ("columns: {SURNAM: Name}", "columns names SURNAM"),
        ("columns: [Name]", "must be a mapping"),
        ("codes: {STATUS: '5'}", "must map delivered codes"),
        ("time_zone: Leeds", "'Leeds' is not a time zone"),
        ("layout: '2'", "'2' is not another layout of this feed"),
        ("delimiter: '-'", "delimiter must be"),
        ("encoding: morse", "'morse' is not an encoding"),
        ("date: dd/mm/yyyy", "'date' is not one of"),
    ],
)
def test_a_dialect_that_cannot_be_meant_refuses_its_files_and_says_why(
    feeds: Feeds, content: str, reason: str
) -> None:
    feeds.put("RY6__2025-03__01.csv", text())
    feeds.put("RGD__2025-03__01.csv", text())
    feeds.put("RY6.yml", content)
    rows = feeds.register()
    assert rows["RGD__2025-03__01.csv"]["is_accepted"]
    refused = rows["RY6__2025-03__01.csv"]["refusal_reason"]
    assert refused.startswith("dialect contact/RY6.yml: ")
    assert reason in refused


def test_a_file_that_is_not_what_its_name_says_is_found(feeds: Feeds) -> None:
    feeds.put("RY6__2025-03__01.csv", text())
    feeds.put("RY6__2025-04__01.csv", text())
    feeds.put("RGD__2025-03__01.csv", text().replace("RY6", "rgd"))
    feeds.put("RGD__2024-01__01.csv", text())
    feeds.put("RGD__2026-06__01.csv", text().rstrip("\n"))
    feeds.register()
    assert feeds.found() == set()
    assert feeds.found("RY6__2025-04__01.csv") == {("other_period", "PERIOD START", 3)}
    assert feeds.found("RGD__2025-03__01.csv") == {
        ("sender_in_other_letters", "PROVIDER (CODE)", 3)
    }
    assert feeds.found("RGD__2024-01__01.csv") == {
        ("other_sender", "PROVIDER (CODE)", 3),
        ("other_period", "PERIOD START", 3),
        ("outside_period", "CONTACT DATE", 3),
    }
    assert ("outside_period", "CONTACT DATE", 3) in feeds.found("RGD__2026-06__01.csv")
    assert ("no_final_line_end", "", 1) in feeds.found("RGD__2026-06__01.csv")
    feeds.put("RGD.yml", "senders: [RY6, RGD]\n")
    feeds.register()
    kinds = {kind for kind, *_ in feeds.found("RGD__2024-01__01.csv")}
    assert "other_sender" not in kinds


def test_a_file_may_cover_the_year_that_ends_with_its_period() -> None:
    columns = {
        "FROM": ["2025-01-01", "2024-04-01", "2024-03-01", "2025-04-01"],
        "TO": ["2025-03-31", "2025-01-28", "2024-12-31", "2025-06-30"],
    }
    label = Label(period_start=date(2025, 1, 1), period_end=date(2025, 3, 31))
    rows = Rows(np.zeros(4, dtype=np.int64), [label], [Counter()])
    holding = {"window_start": ["FROM"], "window_end": ["TO"]}
    examine(
        {name: pa.array(values) for name, values in columns.items()},
        lambda what: holding.get(what, []),
        rows,
        may_be_scientific=False,
    )
    assert rows.found == [
        Counter(
            {
                ("other_period", "FROM", "2024-03"): 1,
                ("other_period", "FROM", "2025-04"): 1,
                ("other_period", "TO", "2024-12"): 1,
                ("other_period", "TO", "2025-06"): 1,
            }
        )
    ]


def test_an_old_file_under_a_new_name_is_found_by_its_content(feeds: Feeds) -> None:
    many = [(f"C{n}", *ROWS[0][1:6], "") for n in range(10)]
    feeds.put("RY6__2025-02__01.csv", text(many))
    feeds.put("RY6__2025-03__01.csv", text(many))
    feeds.register()
    assert feeds.found() == {("same_content", "", 10)}


def test_what_excel_destroyed_is_counted(feeds: Feeds) -> None:
    rows = [
        ("9.99435E+09", "9.99435E+09", *ROWS[0][2:]),
        ("C2", "100000002", *ROWS[1][2:4], "45717", *ROWS[1][5:]),
        ("C3", "9990000034", *ROWS[2][2:4], "03/03/25", *ROWS[2][5:]),
    ]
    feeds.put("RY6__2025-03__01.csv", text(rows))
    feeds.register()
    assert feeds.found() == {
        ("scientific_number", "CONTACT ID", 1),
        ("scientific_number", "NHS NUMBER", 1),
        ("lost_zero", "NHS NUMBER", 1),
        ("date_form", "CONTACT DATE", 1),
        ("two_digit_year", "CONTACT DATE", 1),
    }


def test_a_header_alone_withdraws_what_was_sent_before(feeds: Feeds) -> None:
    feeds.put("RY6__2025-03__01.csv", text())
    feeds.put("RY6__2025-03__02.csv", HEADER + "\n")
    rows = feeds.register()
    assert not rows["RY6__2025-03__01.csv"]["is_current"]
    assert rows["RY6__2025-03__02.csv"]["is_current"]
    assert rows["RY6__2025-03__02.csv"]["row_count"] == 0
    assert feeds.records() == []


def test_a_control_file_is_held_against_its_file(feeds: Feeds) -> None:
    path = feeds.put("RY6__2025-03__01.csv", text())
    control = path.with_name(path.name + ".control")
    for content, accepted in (
        ("rows: 3\n", True),
        ("Rows: 4\n", False),
        ("sha256: abc\n", False),
        ("nothing", False),
    ):
        control.write_text(content)
        feeds.known = None
        assert feeds.register()[path.name]["is_accepted"] is accepted, content


def test_a_withdrawn_submission_counts_as_if_it_had_not_been_sent(
    feeds: Feeds,
) -> None:
    feeds.put("RY6__2025-03__01.csv", text())
    second = feeds.put("RY6__2025-03__02.csv", text(ROWS[:1]))
    assert feeds.register()[second.name]["is_current"]
    control = feeds.put(f"{second.name}.control", "withdrawn: of another trust\n")
    for _ in ("withdrawn", "and deleted"):
        rows = feeds.register()
        assert rows["RY6__2025-03__01.csv"]["is_current"]
        withdrawn = rows[second.name]
        assert withdrawn["is_withdrawn"]
        assert withdrawn["withdrawal_reason"] == "of another trust"
        assert withdrawn["row_count"] == 1
        assert not withdrawn["is_accepted"]
        assert not withdrawn["is_changed_since_read"]
        assert feeds.records() == ROWS
        second.unlink(missing_ok=True)
    control.unlink()
    assert feeds.register()[second.name]["is_changed_since_read"]
    feeds.put(second.name, text(ROWS[:1]))
    assert feeds.register()[second.name]["is_current"]
    assert feeds.records() == ROWS[:1]


def test_a_refused_submission_may_be_withdrawn_too(feeds: Feeds) -> None:
    feeds.put("RY6__2025-03__01.csv", "no header of this table\n")
    feeds.put("RY6__2025-03__01.csv.control", "withdrawn: of another table\n")
    row = feeds.register()["RY6__2025-03__01.csv"]
    assert row["is_withdrawn"]
    assert row["refusal_reason"]


def test_names_that_are_not_of_the_form_are_withheld(feeds: Feeds) -> None:
    feeds.put("4999999992 Zqfile John 1940-03-12.csv", text())
    feeds.put("RY6__0000-04__01.csv", text())
    feeds.put("RY6__٢٠٢٥-03__01.csv", text())
    feeds.put("=HYPERLINK(1)__2025-03__01.csv", text())
    (feeds.root / "Zqfeed").mkdir()
    (feeds.root / "Zqfeed" / "Zqfile.csv").write_text("x")
    feeds.register()
    assert feeds.known is not None
    shown = feeds.known.select(
        ["feed", "feed_table", "provider_code", "shown_file_id", "refusal_reason"]
    )
    assert not any(feeds.known["is_accepted"].to_pylist())
    for text_of in ("Zq", "499", "HYPER", "0000", "٢"):
        assert text_of not in str(shown.to_pylist())


def test_upper_case_endings_and_links_in_a_circle(feeds: Feeds) -> None:
    feeds.put("ry6__2025-03__01.CSV", text())
    feeds.put("RGD__2025-03__01.txt.GZ", gzip.compress(text().encode()))
    (feeds.folder / "again").symlink_to(feeds.root)
    rows = feeds.register()
    assert rows["ry6__2025-03__01.CSV"]["provider_code"] == "RY6"
    assert rows["RGD__2025-03__01.txt.GZ"]["is_accepted"]
    assert rows["again"]["refusal_reason"] == "a link to a folder that it is in"


def test_only_new_files_are_landed_and_what_is_missing_is_landed_again(
    feeds: Feeds,
) -> None:
    feeds.put("RY6__2025-03__01.csv", text())
    first = feeds.register()["RY6__2025-03__01.csv"]["landed_as"]
    feeds.put("RY6__2025-04__01.csv", text())
    rows = feeds.register()
    assert rows["RY6__2025-03__01.csv"]["landed_as"] == first
    assert rows["RY6__2025-04__01.csv"]["landed_as"] != first
    (feeds.landed / first).unlink()
    (feeds.landed / first).with_name("left over.parquet").touch()
    feeds.register()
    assert len(feeds.records()) == 6
    assert sorted(path.suffix for path in feeds.landed.rglob("*.*")) == [".parquet"] * 2


def test_landed_files_are_for_their_owner_and_encrypted(tmp_path: Path) -> None:
    rows = pa.table({"name": ["Featherstonehaugh"]})
    with duckdb.connect() as connection:
        load_httpfs(connection)
        connection.execute("pragma add_parquet_key('k', '0123456789abcdef')")
        EncryptedFolder(tmp_path / "e", connection, "k").write(
            rows.to_reader(), "a/b/c"
        )
        path = tmp_path / "e/a/b/c"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert b"Featherstonehaugh" not in path.read_bytes()
        assert connection.execute(
            f"from read_parquet('{path}', encryption_config = {{footer_key: 'k'}})"
        ).fetchall() == [("Featherstonehaugh",)]
    PlainFolder(tmp_path / "p").write(rows.to_reader(), "a/b/c")
    assert pq.read_table(tmp_path / "p/a/b/c") == rows


def test_the_layouts_of_the_sources_can_be_told_apart() -> None:
    for table in feed_tables().values():
        names = [plain(name) for name in table.names]
        assert len(set(names)) == len(names), table.name
        assert not set(RESERVED) & set(table.names)
        match = match_header(table, table.names)
        assert match.places == tuple(range(len(names)))
        for version in table.versions:
            header = [version.columns.get(name, name) for name in table.names]
            if version.columns:
                assert match_header(table, header).version == version.name


def test_a_record_is_split_as_rfc_4180_says() -> None:
    assert split(b'a,"b ""c"", d",', ",") == ("a", 'b "c", d', "")
    assert split(b'a,b"c', ",") is None
    assert split(b'"a"b,c', ",") is None
    assert split(b'="01"|2', "|") == ("01", "2")


def test_text_is_windows_1252_only_when_nothing_in_it_is_utf8() -> None:
    assert decoded(b"Zo\xeb, \xa3900").data.decode() == "Zoë, £900"
    assert decoded("Zoë ".encode() + b"\xeb").may_be_broken
    for broken in (b"\x81", b"\xff", b"Sm\xe9\xe8\xea"):
        assert decoded(broken).may_be_broken
