"""What `make check-feeds` says of files before a build, and what it never shows."""

import re
from pathlib import Path

import pytest

from intelligence.feeds.check import check, main, shown, write_pages
from intelligence.feeds.forms import CodeList
from intelligence.feeds.forms import shown as shown_code
from intelligence.feeds.layouts import feed_tables
from intelligence.feeds.rules import Judge, base_models

TABLE = feed_tables()["community_csds", "CYP001MPI"]
SECRETS = ("9990000018", "9990000026", "Featherstonehaugh", "Zebedee", "LS1 1AA")


def patient(number: int, **other: str) -> list[str]:
    """A row of the table of patients, some of its columns exchanged."""
    row = {
        "LOCAL PATIENT IDENTIFIER (EXTENDED)": f"L{number}",
        "PERSON ID": f"RY6L{number}",
        "NHS NUMBER": SECRETS[number % 2],
        "PERSON GIVEN NAME": "Zebedee",
        "PERSON FAMILY NAME": "Featherstonehaugh",
        "PERSON BIRTH DATE": "1950-02-01",
        "PERSON STATED GENDER CODE": "2",
        "POSTCODE": "LS1 1AA",
        "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": "RY6",
        "REPORTING PERIOD START DATE": "2025-03-01",
    }
    return [(row | other).get(name, "") for name in TABLE.names]


def write(
    path: Path, rows: list[list[str]], names: tuple[str, ...] = TABLE.names
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(row) for row in [list(names), *rows]]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """A feeds folder with a sound file and others of every trouble."""
    folder = tmp_path / "feeds" / "community_csds" / "CYP001MPI"
    write(
        folder / "RY6__2025-02__01.csv",
        [patient(1, **{"REPORTING PERIOD START DATE": "2025-02-01"})],
    )
    death = "PERSON DEATH DATE"
    write(folder / "RY6__2025-03__01.csv", [
        patient(1),
        patient(2, **{"PERSON STATED GENDER CODE": "Q"}),
        patient(3, **{"PERSON STATED GENDER CODE": "Featherstonehaugh"}),
        patient(4, **{death: "31/02/2025"}),
        patient(5, **{"PERSON BIRTH DATE": "01/02/1950"}),
        ["Zebedee", "Featherstonehaugh"],
    ])  # fmt: skip
    names = tuple(name.replace("NHS NUMBER", "NHS NUMBR", 1) for name in TABLE.names)
    write(folder / "RGD__2025-03__01.csv", [patient(1)], names)
    write(folder / "9990000018 Zebedee.csv", [patient(1)])
    return tmp_path / "feeds"


def test_a_file_is_told_what_a_build_would_reject(feeds: Path) -> None:
    reports = {report.name: report for report in check(str(feeds), {})}
    sound = reports["CYP001MPI/RY6__2025-02__01.csv"]
    assert not sound.says_something
    assert sound.forms == [
        ("PERSON BIRTH DATE", "yyyy-mm-dd", 1),
        ("REPORTING PERIOD START DATE", "yyyy-mm-dd", 1),
    ]
    report = reports["CYP001MPI/RY6__2025-03__01.csv"]
    assert (report.row_count, report.rejected_count) == (6, 5)
    assert {(rule, tuple(lines)) for rule, _, lines, *_ in report.rejected} == {
        ("sex code unknown", (3, 4)),
        ("death date unreadable", (5,)),
        ("birth date unreadable", (6,)),
        ("malformed line", (7,)),
    }
    assert ("PERSON STATED GENDER CODE", "Q", 1) in report.codes
    assert ("PERSON BIRTH DATE", "dd/mm/yyyy", 1) in report.forms
    assert "dates: dd/mm/yyyy' in community_csds/RY6.yml" in report.findings[0][1]
    refused = reports["CYP001MPI/RGD__2025-03__01.csv"]
    assert "column missing: NHS NUMBER" in str(refused.problem)
    assert refused.header[0] == "column missing: NHS NUMBER; the header has NHS NUMBR"
    assert "PROVIDER__YYYY-MM__NN" in str(reports["CYP001MPI/(name withheld)"].problem)


def test_nothing_that_is_shown_names_a_person(
    feeds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_FEEDS", str(feeds))
        assert main(["--out", str(tmp_path / "pages")]) == 0
    printed = capsys.readouterr().out
    assert "4 files, 7 rows: 2 files refused, 5 rows rejected" in printed
    pages = list((tmp_path / "pages").glob("*"))
    assert len(pages) == 4
    for text in (printed, *(path.name + path.read_text() for path in pages)):
        assert not [secret for secret in SECRETS if secret in text]
        assert not re.search(r"\d{10}", text)


def test_one_file_is_looked_at_wherever_it_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "from the trust.txt", [patient(1), patient(2)])
    (report,) = check("nowhere", {}, file=str(path))
    assert (report.feed, report.table, report.row_count) == (
        "community_csds",
        "CYP001MPI",
        2,
    )
    assert "PROVIDER__YYYY-MM__NN" in str(report.problem)
    path.write_text("a,b\n1,2\n")
    (report,) = check("nowhere", {}, file=str(path))
    assert report.problem == "its header does not match any feed table"


def test_a_page_is_of_html_and_escapes_what_it_shows(
    feeds: Path, tmp_path: Path
) -> None:
    reports = check(str(feeds), {}, feed="community_csds")
    reports[0].header.append("<script>")
    index = write_pages(reports, tmp_path / "pages")
    assert len(re.findall("<li><a href=", index.read_text())) == len(reports)
    for path in index.parent.glob("*.html"):
        assert path.read_text().startswith("<!doctype html>")
        assert "<script>" not in path.read_text()


def test_every_base_model_is_judged_by_its_own_sql() -> None:
    judge = Judge()
    assert len(base_models()) > 40
    for key, path in base_models().items():
        table = feed_tables()[key]
        sql = judge.project.render(path, table)
        for rule in re.findall(r"then '(\w+_unreadable)'", sql):
            assert f"{rule.removesuffix('_unreadable')} is null" in sql


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("31/02/2025", "31/02/2025"),
        ("-3.5", "-3.5"),
        ("9990000018", "9999999999"),
        ("Zebedee 1", "Aaaaaaa 9"),
    ],
)
def test_a_value_is_shown_only_if_it_is_no_persons(value: str, seen: str) -> None:
    assert shown(value) == seen


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("Q", "Q"),
        ("123456", "123456"),
        ("Featherstonehaugh", "Aaaaaaaaaaaaaaaaa"),
        ("Service User Two", "Service User Two"),
        ("Service User Smith", "Aaaaaaa Aaaa Aaaaa"),
    ],
)
def test_a_code_is_shown_only_if_it_is_like_those_of_its_list(
    code: str, seen: str
) -> None:
    assert shown_code(code, CodeList(("Service user", "Unpaid carer"))) == seen
