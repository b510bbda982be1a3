"""The command that examines a series from a file: what it reads, refuses and says."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import published
from test_time_series import SICILY, SICILY_MONTHS, SICILY_PEOPLE

from intelligence.unplanned_care.examine_series import main

MONTHS = np.arange("2015-04", "2019-04", dtype="datetime64[M]")


def write(
    path: Path, counts: list[float] | np.ndarray, *more: str, header: str = "date,count"
) -> Path:
    """A file of months from April 2015 on, with more lines below."""
    lines = [f"{MONTHS[n]}-01,{count:.0f}" for n, count in enumerate(counts)]
    path.write_text("\n".join([header, *lines, *more]) + "\n")
    return path


@pytest.fixture
def steady() -> np.ndarray:
    return np.random.default_rng(1).poisson(1000, 48)


def said(
    capsys: pytest.CaptureFixture[str], path: Path, *options: str, code: int = 0
) -> str:
    """What the command prints, to either place."""
    assert main([str(path), *options]) == code
    printed = capsys.readouterr()
    return printed.err if code else printed.out


# --- What it says ---------------------------------------------------------------------


def test_a_series_with_a_denominator_is_examined_and_drawn_beside_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sicily.csv"
    lines = [
        f"{month}-01,{count:.0f},{people}"
        for month, count, people in zip(
            SICILY_MONTHS, SICILY, SICILY_PEOPLE, strict=True
        )
    ]
    path.write_text("\n".join(["date,count,denominator", *lines]))
    text = said(capsys, path)
    assert len([line for line in text.splitlines() if line[:3] == "200"]) == 59
    assert "Turning point 2004-10 (95 % 2004-09 to 2005-02): a step" in text
    assert "per 1,000 denominator" in text
    assert "recalculated there" in text
    assert "No comparator" in text
    assert (tmp_path / "sicily.svg").read_text().startswith("<svg")


def test_rates_without_a_denominator_are_per_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray
) -> None:
    text = said(capsys, write(tmp_path / "a.csv", steady))
    assert "adjusted, per day" in text
    assert "XmR chart: centre 32." in text
    assert "No turning point." in text


def test_shares_have_p_charts_targets_and_icons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    lines = [f"{month},{rng.binomial(900, 0.9)},900" for month in MONTHS]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["date,count,denominator", *lines]))
    text = said(capsys, path, "--improvement", "increase", "--target", "97")
    assert re.search(r"P chart: centre (89|90)\.", text)
    assert "% of denominator" in text
    assert "Target 97 % of denominator: fail." in text


def test_rare_events_have_t_charts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = np.random.default_rng(1).poisson(1.2, 48)
    text = said(capsys, write(tmp_path / "a.csv", counts), "--whole")
    assert "T chart: centre" in text
    assert "days per event" in text
    assert "No turning points: they need 30 events a month on average." in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("two_slopes_0", "Turning point 2016-01 (95 % 2015-12 to 2016-02): a change"),
        ("late_fall", "2016-12 to 2016-12): the last 4 months left the earlier level"),
        ("shock_and_recovery", "back at the earlier level from 2018-"),
        ("zeros_then_many", "Events begin in 2014-04"),
        ("no_change_ar_0.7", "No turning point."),
    ],
)
def test_known_series_are_told_for_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(published(f"cases/series/{name}.csv").read_bytes())
    assert told in said(capsys, path)


def test_the_chart_has_fixed_colours_and_a_whole_legend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray
) -> None:
    drawn = []
    for name, counts in (("a", steady), ("b", np.r_[steady[:40], steady[40:] // 2])):
        path = write(tmp_path / f"{name}.csv", counts)
        said(capsys, path, "--improvement", "decrease")
        drawn.append((tmp_path / f"{name}.svg").read_text())
    for svg in drawn:
        places = [
            svg.index(f">{s}<") for s in ("common cause", "improvement", "concern")
        ]
        assert places == sorted(places)
        assert "…" not in svg


# --- What it reads --------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "date,count\r\n{0}/{1}/{2},{3}",
        "\ufeffcount,date\n{3},{2}-{1}-{0}",
        "date;count\n{2}-{1};{3}",
        'date,count\n{2}-{1}-{0} 00:00:00,"{3:,}"',
        "date,count,caf\u00e9\n{2}-{1},{3}",
    ],
)
def test_other_ways_to_write_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray, given: str
) -> None:
    head, line = given.split("\n")
    lines = [
        line.format("01", str(month)[5:], str(month)[:4], count)
        for month, count in zip(MONTHS, steady.tolist(), strict=True)
    ]
    path = tmp_path / "a.csv"
    encoding = "latin-1" if "caf" in given else "utf-8"
    path.write_bytes("\n".join([head, *lines]).encode(encoding))
    expected = said(capsys, write(tmp_path / "b.csv", steady)).replace("b.svg", "a.svg")
    assert said(capsys, path) == expected


def test_months_before_1978_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray
) -> None:
    lines = [f"{MONTHS[n] - 540},{count}" for n, count in enumerate(steady.tolist())]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["date,count", *lines]))
    assert "1970-04" in said(capsys, path)


def test_a_workbook_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(published("cases/series/bad/39_xlsx.xlsx").read_bytes())
    text = said(capsys, path, code=2)
    assert "has no column 'date'; it has month, year" in text
    text = said(capsys, path, "--date", "month", "--count", "exp_days_dtoc", code=2)
    assert "line 2: 'August' is no date" in text


# --- What it refuses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("month,count\n", "has no column 'date'; it has month, count."),
        ("", "has no column 'date'; it has none."),
        ("date,count\n", "has no rows below the header."),
        ("date,count,count\n2020-01,5,6\n", "has the column 'count' twice."),
        ("date,count\n2020-13-01,5\n", "line 2: '2020-13-01' is no date"),
        ("date,count\n2020-02-30,5\n", "line 2: '2020-02-30' is no date"),
        ("date,count\n0020-01-01,5\n", "line 2: '0020-01-01' is no date"),
        ("date,count\n2020-01-01,-5\n", "line 2: '-5' is no count"),
        ("date,count\n2020-01-01,\n", "line 2: '' is no count"),
        ("date,count\n2020-01-01,nan\n", "line 2: 'nan' is no count"),
        ('date,count\n2020-01-01,"1,5"\n', "line 2: '1,5' is no count"),
        ("date,count\n2020-01-01,1,518\n", "line 2 has 3 cells where the header has 2"),
        ("date,count\n2020-01-01\n", "line 2 has 1 cells where the header has 2"),
        ("date,count\n2020-01-01,5\n", "has 1 months; a chart needs 12."),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    path = tmp_path / "series.csv"
    path.write_text(text)
    told = said(capsys, path, code=2)
    assert complaint in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("08_one_duplicate", "has the month 2015-09 twice, in lines 7 and 50."),
        ("09_weekly", "has weekly or daily rows, such as 2015-04-06 and 2015-04-13"),
        ("10_daily_partial_ends", "has weekly or daily rows"),
        ("13_percent_over_100", "which is more than all"),
        ("20_date_nonsense_day", "'2015-04-99' is no date"),
        ("27_long_row", "line 50 has 4 cells"),
        ("31_partial_last_month", "leave it out with --last 2019-03"),
        ("35_gap_of_10_years", "has no rows between 2017-03 and 2027-04"),
        ("40_dup_header", "has the column 'count' twice."),
    ],
)
def test_bad_files_are_refused(
    capsys: pytest.CaptureFixture[str], name: str, complaint: str
) -> None:
    path = published(f"cases/series/bad/{name}.csv")
    told = said(capsys, path, code=2)
    assert complaint in told
    assert len(told.splitlines()) == 1


def test_months_that_are_not_whole_are_refused_unless_they_are_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray
) -> None:
    for at, option in ((-1, "--last 2019-02"), (0, "--first 2015-05")):
        counts = steady.copy()
        counts[at] //= 2
        path = write(tmp_path / "a.csv", counts)
        assert option in said(capsys, path, code=2)
        assert "48 months" in said(capsys, path, "--whole")
        assert "47 months" in said(capsys, path, *option.split())


def test_every_other_month_is_no_series_of_months(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], steady: np.ndarray
) -> None:
    lines = [f"{month},900" for month in MONTHS[::3]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["date,count", *lines]))
    assert "has a row for every 3 months" in said(capsys, path, code=2)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--denominator", "people"], "has no column 'people'; it has date, count."),
        (["--last", "2019-13"], "--last '2019-13' is no month like 2024-11."),
        (["--chart", "a.doc"], "A chart ends in .svg, .png, .pdf; a.doc does not."),
    ],
)
def test_options_that_make_no_sense_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    steady: np.ndarray,
    options: list[str],
    complaint: str,
) -> None:
    told = said(capsys, write(tmp_path / "a.csv", steady), *options, code=2)
    assert complaint in told


@pytest.mark.parametrize("option", ["--denominater", "--denom", "--improvment"])
def test_a_misspelt_option_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path / "a.csv"), option, "count"])
    assert stopped.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_is_not_there_is_said_to_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No such file" in said(capsys, tmp_path / "none.csv", code=2)
