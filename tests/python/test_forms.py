"""Delivered values are read by the form that their column states, or refused."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intelligence.feeds.forms import (
    FORMS,
    MALFORMED,
    NUMBER_ELSEWHERE,
    TWO_NUMBERS,
    Form,
    Unreadable,
    code_list,
    holds_nhs_number,
    is_nhs_number,
)
from intelligence.feeds.landing import (
    Delivered,
    Landed,
    PlainFolder,
    land,
    landed_rows,
)
from intelligence.feeds.layouts import FeedTable, feed_tables
from intelligence.feeds.rules import Judge

TABLES = feed_tables()
# A valid number that the NHS uses as an example.
NUMBER = "9434765919"
READ = [
    ("nhs_number", "943 476 5919", NUMBER),
    ("nhs_number", "943-476-5919", NUMBER),
    ("nhs_number", "NHS 9434765919", NUMBER),
    ("nhs_number", "NHS No: 9434765919", NUMBER),
    ("nhs_number", '="9434765919"', NUMBER),
    ("nhs_number", "'9434765919", NUMBER),
    ("nhs_number", "9434765919.00", NUMBER),
    ("nhs_number", "9434765919.0000000000", NUMBER),
    ("nhs_number", "9.434765919E+9", NUMBER),
    ("nhs_number", "９４３４７６５９１９", NUMBER),  # noqa: RUF001
    ("nhs_number", "9.43E+09", "9.43E+09"),
    ("nhs_number", "0.5", "0.5"),
    ("postcode", "xl281ar", "XL28 1AR"),
    ("postcode", " LS1  1AA ", "LS1 1AA"),
    ("icd10", "I11.0", "I110"),
    ("icd10", "i110", "I110"),
    ("icd10", "E10.5D", "E105"),
    ("icd10", "G59.0*", "G590"),
    ("icd10", "E10.5†", "E105"),
    ("icd10", "R69", "R69X"),
    ("icd10", "R69X", "R69X"),
    ("icd10", "M16.9-", "M169"),
    ("icd10", "M06.80", "M0680"),
    ("sex", "F", "2"),
    ("sex", "female", "2"),
    ("sex", "2.0", "2"),
    ("sex", "Male", "1"),
    ("sex", "Not stated", "X"),
    ("yes_no", "yes", "Y"),
    ("yes_no", "0", "N"),
    ("indicator", "Y", "1"),
    ("indicator", "false", "0"),
    ("time", "9:50", "09:50:00"),
    ("time", "10:5", "10:05:00"),
    ("time", "0950", "09:50:00"),
    ("time", "10:05:00.000", "10:05:00"),
    ("time", "2024-10-03T10:05:30", "10:05:30"),
    ("time", "2024-07-03T10:05:30Z", "11:05:30"),
    ("number", "£1,900.00", "1900.00"),
    ("number", "1,234,567", "1234567"),
    ("number", "(12.50)", "-12.50"),
    ("number", "1 900", "1 900"),
    ("number", "12,5", "12,5"),
    ("ods_code", "rr8", "RR8"),
    ("ods_code", "RR8 01", "RR801"),
    ("ods_code", "VLEEDS", "VLEEDS"),
    ("area_code", "e01011229", "E01011229"),
    ("area_codes", "E05012841; E05012842", "E05012841;E05012842"),
    ("cqc_location", "1-900000001", "1-900000001"),
    ("opcs4", "W37.1", "W371"),
    ("hrg", "dz11k", "DZ11K"),
    ("snomed", "1066331000000109", "1066331000000109"),
    ("snomed", "306689006.0", "306689006"),
    ("code", "21.0", "21"),
    ("local_code", "BCF-01", "BCF-01"),
]
REFUSED = [
    ("nhs_number", "9434765919/9434765870", TWO_NUMBERS),
    ("nhs_number", "94347659199434765870", TWO_NUMBERS),
    ("icd10", "Smith", MALFORMED),
    ("time", "25:00", MALFORMED),
    ("time", "4999999992", MALFORMED),
    ("ods_code", "Zebedee", MALFORMED),
    ("hrg", "Zebedee", MALFORMED),
    ("snomed", "Zebedee", MALFORMED),
    ("code", "Zebedee", MALFORMED),
    ("code", "Lee", MALFORMED),
    ("local_code", "Zebedee", MALFORMED),
    ("cqc_location", "Zebedee", MALFORMED),
    ("area_code", "LS1 1AA", MALFORMED),
]


def landed(table: FeedTable, path: Path) -> tuple[list[dict[str, Any]], Landed]:
    """The landed rows of a file, and what landing has shown."""
    rows, (found,) = landed_rows(table, [Delivered(path, 1)], 2**20)
    return rows.to_pylist(), found


def one_row(table: FeedTable, values: dict[str, str], folder: Path) -> Any:
    """What becomes of one record with these values."""
    path = folder / "file.csv"
    cells = [
        '"{}"'.format(values.get(name, "").replace('"', '""')) for name in table.names
    ]
    header = ",".join(f'"{name}"' for name in table.names)
    path.write_text(f"{header}\n{','.join(cells)}\n")
    (row,), found = landed(table, path)
    return row, found


@pytest.mark.parametrize(("form", "delivered", "read"), READ)
def test_a_value_is_read_whatever_its_spelling(
    form: str, delivered: str, read: str
) -> None:
    assert FORMS[form](delivered) == read
    assert FORMS[form](read) == read, "what is in its form stays"


@pytest.mark.parametrize(("form", "delivered", "rule"), REFUSED)
def test_what_has_not_the_form_is_refused(form: str, delivered: str, rule: str) -> None:
    with pytest.raises(Unreadable, match=rule):
        FORMS[form](delivered)


def test_the_check_digit_tells_nhs_numbers() -> None:
    assert is_nhs_number(NUMBER)
    assert not is_nhs_number("9434765918")
    assert holds_nhs_number("seen with 943 476 5919 at home")
    assert not holds_nhs_number("1066331000000109")


def test_a_code_is_found_whatever_its_case_and_padding() -> None:
    methods = code_list("admission_methods")
    assert [methods.spelt(code) for code in ("2a", "21.0", " 11 ", "7Q")] == [
        *("2A", "21", "11", None)
    ]
    departments = code_list("emergency_department_types")
    assert departments.spelt("1") == "01"
    frequency = Form("listed", "care_cost_frequencies.cost_frequency", True)
    assert frequency.read("per  WEEK").value == "Per week"
    unknown = frequency.read("Per day")
    assert (unknown.value, unknown.kind) == (None, "code_left_out")
    assert unknown.detail == "Per day"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (
            "name",
            ["NULL", "Unknown", "UNKNOWN MALE", "N/K", "Baby of Smith", "n/a", "."],
        ),
        ("nhs_number", ["Not known", "0000000000", "9999999999"]),
        ("postcode", ["ZZ99 3VZ", "zz993wz", "NULL"]),
        ("date", ["1900-01-01", "9999-12-31", "1900-01-01 00:00:00.000", "NULL"]),
        ("local_number", ["NULL", "-", "0", "00000000"]),
        ("number", ["N/A", "-"]),
    ],
)
def test_words_for_nothing_are_no_values(form: str, words: list[str]) -> None:
    for word in words:
        assert Form(form).read(word).value is None, word
        assert Form(form).read(word).kind == "word_for_nothing"


@pytest.mark.parametrize("name", ["Null-Smith", "Na", "Babington", "Male", "Knott"])
def test_names_of_people_stay(name: str) -> None:
    assert Form("name").read(name).value == name


def test_a_name_says_nothing_beside_nothing(tmp_path: Path) -> None:
    table = TABLES["acute_sus", "emergency_care"]
    names = ("patient.name.forename", "patient.name.surname")
    for given, read in (
        (("Unknown", "Male"), (None, None)),
        (("Marcia", "Male"), ("Marcia", "Male")),
        (("Unknown", "Smith"), (None, "Smith")),
    ):
        row, found = one_row(table, dict(zip(names, given, strict=True)), tmp_path)
        assert (row[names[0]], row[names[1]]) == read
        counted = sum(
            count
            for (kind, *_), count in found.findings.items()
            if kind == "word_for_nothing"
        )
        assert counted == read.count(None)


def test_nothing_but_an_identifier_or_a_number_takes_an_nhs_number(
    tmp_path: Path,
) -> None:
    """Whatever column it is in: the row is refused, and names the column."""
    tried = 0
    for table in TABLES.values():
        for column in table.columns:
            if column.is_identifier or column.data_type != "varchar":
                continue
            tried += 1
            row, found = one_row(table, {column.name: NUMBER}, tmp_path)
            left_out = row[column.name] is None
            refused = row["line_defect"] == f"{NUMBER_ELSEWHERE}: {column.name}"
            malformed = row["line_defect"] == f"{MALFORMED}: {column.name}"
            assert left_out or refused or malformed, (table.name, column.name)
            assert NUMBER not in (found.told() or "")
    assert tried > 120


def test_no_column_of_codes_takes_a_name(tmp_path: Path) -> None:
    """It is left out or refused; a listed word is left to the rules of its table."""
    tried = Counter[str]()
    for table in TABLES.values():
        for column in table.columns:
            is_open = column.form in ("text", "date", "number")
            is_open |= column.form == "listed" and column.codes is None
            if column.is_identifier or is_open:
                continue
            row, found = one_row(table, {column.name: "Zebedee"}, tmp_path)
            if column.form in ("listed", "sex", "yes_no", "indicator"):
                assert ("unknown_code" in (found.told() or "")) or (
                    row[column.name] is None
                ), column.name
            elif column.form != "postcode":
                assert row[column.name] is None or row["line_defect"], column.name
            assert "Zebedee" not in (found.told() or "")
            tried[column.form] += 1
    assert tried["code"] > 20
    assert tried["ods_code"] > 10


def test_parquet_is_landed_only_if_a_value_has_another_form(tmp_path: Path) -> None:
    table = TABLES["primary_care", "PDS_Address"]
    values: dict[str, list[object]] = {name: ["A1", "A2"] for name in table.names}
    values |= {
        "NHS Number": [NUMBER, "9434765870"],
        "Postcode": ["LS1 1AA", None],
        "Usual Address Business Effective From Date": [None, None],
        "Usual Address Business Effective To Date": [None, None],
        "derCqcCareHomeCode": [None, "1-900000001"],
        "derLocalAuthorityOfResidence": ["E08000035", None],
        "derCurrentyr2021LSOAofResidence_FromPostcode": ["E01011229", None],
    }
    types = {
        column.name: pa.date32() if column.data_type == "date" else pa.string()
        for column in table.columns
    }

    def stays(changes: dict[str, list[object]]) -> bool:
        content = {
            name: pa.array(one, types[name]) for name, one in (values | changes).items()
        }
        path = tmp_path / "file.parquet"
        pq.write_table(pa.table(content), path)
        writer = PlainFolder(tmp_path / "landed")
        (found,) = land(table, [Delivered(path, 1)], writer, "a/b/c.parquet", 2**20)
        assert found.problem is None
        return not found.is_landed

    day = "Usual Address Business Effective From Date"
    assert stays({})
    assert stays({day: [date(2024, 1, 1), None]})
    assert not stays({day: [date(1900, 1, 1), None]})
    assert not stays({day: [2**31 - 1, 0]}), "a year that no date has"
    assert not stays({"Postcode": ["ls11aa", None]})
    assert not stays({"Postcode": ["LS1 1AA", "ZZ99 3VZ"]})
    assert not stays({"NHS Number": ["943 476 5919", None]})
    assert not stays({"derLocalAuthorityOfResidence": ["Leeds", None]})


def test_no_column_of_numbers_takes_an_nhs_number(tmp_path: Path) -> None:
    """A number outside the plausible range has its row refused, and so has infinity."""
    judge = Judge()
    tried = 0
    for table in TABLES.values():
        numbers = [
            c.name for c in table.columns if c.data_type in ("integer", "double")
        ]
        absurd = (NUMBER, "4999999992", "2147483647", "1e14", "999999999999999")
        values = [{name: value} for name in numbers for value in (*absurd, "inf")]
        if table.name == "comparator_month":
            # Person-days of England are as large as some of these.
            values = [one for one in values if set(one.values()) & {"1e14", "inf"}]
        if not values:
            continue
        lines = [
            ",".join(f'"{one.get(name, "")}"' for name in table.names) for one in values
        ]
        path = tmp_path / "file.csv"
        header = ",".join(f'"{name}"' for name in table.names)
        path.write_text("\n".join([header, *lines, ""]))
        rows, _ = landed_rows(table, [Delivered(path, 0)], 2**20)
        judged = judge.judged(table, rows, {0: "t/RY6__2024-04__01.csv"})
        assert judged is not None
        counted = Counter[str]()
        for _, rule, count, _ in judged.rejected():
            counted[rule.rpartition("_")[2]] += count
        # The rule is <column>_unreadable or <column>_out_of_range.
        assert counted["unreadable"] + counted["range"] == len(values), table.name
        tried += len(values)
    assert tried > 400
