"""Control charts, turning points and sizes of change against published answers."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PUBLISHED, published

from intelligence.examine_series import main
from intelligence.time_series import (
    bootstrap_interval,
    break_planes,
    harmonics,
    log_rates,
    month_numbers,
    negative_binomial,
    piecewise_lines,
    q_values,
    quasi_poisson,
    scan,
    scan_p_value,
    turning_points,
    xmr,
)
from intelligence.working_days import bank_holidays, days_in_month, working_days

CHARTS = PUBLISHED / "oracles" / "19_xmr_making_data_count"
MONTHS = np.arange("2020-04", "2025-04", dtype="datetime64[M]")


def numbers(text: str) -> np.ndarray:
    """The numbers of a running text."""
    return np.array(text.split(), dtype=float)


# Annual flow of the Nile at Aswan, 1871 to 1970 (Cobb 1978), in 10^8 cubic metres.
NILE = numbers(
    """
    1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799
    958 1140 1100 1210 1150 1250 1260 1220 1030 1100 774 840 874 694 940 833 701 916 692
    1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845 864 862 698 845 744
    796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860
    874 848 890 744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919
    718 714 740
    """
)
# Acute coronary events in Sicily, January 2002 to November 2006; smoking was banned in
# January 2005. Counts and standardised population of Lopez Bernal, Cummins and
# Gasparrini (Int J Epidemiol 2017;46:348), published with the paper's code.
SICILY = numbers(
    """
    728 659 791 734 757 726 760 740 720 814 795 858 887 766 851 769 781 756 766 752 765
    831 879 928 914 808 937 840 916 828 845 818 860 839 887 886 831 796 833 820 877 758
    767 738 781 843 850 908 1021 859 976 888 962 838 810 876 843 936 912
    """
)
SICILY_PEOPLE = numbers(
    """
    379875.3 376495.5 377040.8 377116.4 377383.4 374113.1 379513.3 376295.5 374653.2
    378485.6 375955.5 378349.7 376762.4 379032.3 379360.4 376162.0 377972.4 381830.7
    379888.6 380872.2 380966.9 381240.4 382104.9 381802.7 381656.3 383680.0 383504.2
    386462.9 383783.1 380836.8 383483.0 380906.2 382926.8 384052.4 384449.6 383428.4
    388153.2 388373.2 386470.1 386033.2 383686.4 385509.3 385901.9 386516.6 388436.5
    383255.2 390148.7 385874.9 391613.6 391750.4 394005.6 391364.9 391664.6 389022.3
    391878.5 388575.3 392989.0 390018.8 390712.3
    """
)
SICILY_MONTHS = np.arange("2002-01", "2006-12", dtype="datetime64[M]")


# --- Working days ---------------------------------------------------------------------


def test_bank_holidays_are_those_of_gov_uk() -> None:
    # GOV.UK, UK bank holidays, England and Wales: years of moved and added days.
    assert sorted(bank_holidays(2022)) == [
        date(2022, 1, 3),
        date(2022, 4, 15),
        date(2022, 4, 18),
        date(2022, 5, 2),
        date(2022, 6, 2),
        date(2022, 6, 3),
        date(2022, 8, 29),
        date(2022, 9, 19),
        date(2022, 12, 26),
        date(2022, 12, 27),
    ]
    assert {date(2020, 5, 8), date(2020, 12, 28)} <= bank_holidays(2020)
    assert date(2020, 5, 4) not in bank_holidays(2020)
    assert {date(2021, 12, 27), date(2021, 12, 28)} <= bank_holidays(2021)
    assert date(2023, 5, 8) in bank_holidays(2023)
    assert [len(bank_holidays(year)) for year in range(2020, 2026)] == [
        *(8, 8, 10),
        *(9, 8, 8),
    ]


def test_working_days_of_a_month() -> None:
    months = np.array(["2021-12", "2022-06", "2024-02"], dtype="datetime64[M]")
    assert working_days(months).tolist() == [21, 20, 21]
    assert days_in_month(months).tolist() == [31, 30, 29]


# --- Control charts -------------------------------------------------------------------


def oracle_charts() -> list[tuple[str, int]]:
    path = CHARTS / "expected_points.csv"
    if not path.is_file():
        return []
    points = pd.read_csv(path)
    return sorted(set(zip(points["series"], points["rebase_group"], strict=True)))


@pytest.mark.parametrize(("name", "group"), oracle_charts())
def test_charts_are_those_of_nhsrplotthedots(name: str, group: int) -> None:
    expected = pd.read_csv(CHARTS / "expected_points.csv")
    expected = expected[
        (expected["series"] == name) & (expected["rebase_group"] == group)
    ]
    values = pd.read_csv(CHARTS / "input.csv")
    values = values[values["series"] == name].set_index("x")["y"]
    options = pd.read_csv(CHARTS / "options.csv").set_index("series").loc[name]
    fixed = options["fix_after_n_points"]
    drawn = xmr(
        values[expected["x"]].to_numpy(dtype=float),
        None if np.isnan(fixed) else int(fixed),
        bool(options["screen_outliers"]),
    )
    limits = expected[["mean_col", "lpl", "upl"]].to_numpy()[0]
    found = [drawn.centre[0], drawn.lower[0], drawn.upper[0]]
    assert found == pytest.approx(limits, abs=1e-6)
    flags = (
        drawn.is_outside_limits
        | drawn.is_near_limit
        | drawn.is_in_trend
        | drawn.is_in_run
    )
    assert flags.tolist() == expected["special_cause_flag"].tolist()
    kinds = expected["special_cause_type"].tolist()
    assert drawn.is_outside_limits.tolist() == [
        kind.endswith(("UCL", "LCL")) for kind in kinds
    ]
    # A point has one type there, the first of several that hold.
    for at, kind in enumerate(kinds):
        if kind.startswith("7 Point Trend"):
            assert drawn.is_in_trend[at]
        elif kind.startswith("2 in 3"):
            assert drawn.is_near_limit[at]
        elif kind.startswith("7 Points"):
            assert drawn.is_in_run[at]


def test_a_null_month_takes_both_its_moving_ranges_out() -> None:
    # NHSRplotthedots (nhs-r-community), run on this series.
    values = [5, 6, 5, np.nan, 6, 5, 6, 5, 7, 6, 5, 6, 5, 6, 5, 6]
    drawn = xmr(np.array(values))
    found = [drawn.centre[0], drawn.lower[0], drawn.upper[0]]
    assert found == pytest.approx([5.6, 2.735385, 8.464615], abs=1e-6)


def test_equal_values_have_no_special_cause() -> None:
    drawn = xmr(np.full(14, 4.0))
    assert drawn.lower[0] == drawn.centre[0] == drawn.upper[0] == 4
    assert not (drawn.is_outside_limits | drawn.is_in_run | drawn.is_near_limit).any()


def test_rules_flag_the_points_that_break_them() -> None:
    level = np.tile([9.0, 11.0], 12)
    run = xmr(np.r_[level, np.full(7, 10.5)], baseline=24)
    assert run.is_in_run.tolist() == [False] * 23 + [True] * 8
    trend = xmr(np.r_[level, 10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6])
    assert trend.is_in_trend.sum() == 7
    tie = xmr(np.r_[level, 10.0, 10.1, 10.2, 10.2, 10.4, 10.5, 10.6])
    assert not tie.is_in_trend.any()


# --- Turning points -------------------------------------------------------------------


def test_the_nile_fell_after_1898() -> None:
    # R strucchange, documented example: break after observation 28, Bai's 95 % interval
    # 25 to 32; residual sum of squares 1,597,457.
    fit = np.r_[np.full(28, NILE[:28].mean()), np.full(72, NILE[28:].mean())]
    residual = NILE - fit
    assert round(residual @ residual) == 1_597_457
    penalty = 3 * np.log(100) * (residual @ residual) / 98
    time = np.arange(100.0)
    assert piecewise_lines(time, NILE, penalty, with_slopes=False) == [28]
    positions = np.arange(12, 89)
    planes = break_planes(
        np.ones((100, 1)),
        lambda at: (np.arange(100) >= at)[:, None].astype(float),
        positions,
    )
    low, high = bootstrap_interval(fit, residual, positions, planes)
    assert abs(low - 25) <= 2
    assert abs(high - 32) <= 2


def test_sicily_had_fewer_coronary_events_after_the_smoking_ban() -> None:
    # The authors' R code, run; the intervals are R's.
    time, season = month_numbers(SICILY_MONTHS), harmonics(SICILY_MONTHS)
    ban, one = (time >= 36).astype(float), np.ones(59)
    plain = quasi_poisson(np.column_stack([one, ban, time]), SICILY, SICILY_PEOPLE)
    assert plain.ratio(1) == pytest.approx((0.894377, 0.839189, 0.953193), rel=1e-4)
    assert plain.dispersion == pytest.approx(3.559195, rel=1e-4)
    design = np.column_stack([one, ban, time, season])
    seasonal = quasi_poisson(design, SICILY, SICILY_PEOPLE)
    assert seasonal.ratio(1) == pytest.approx((0.885072, 0.839401, 0.933227), rel=1e-4)
    assert seasonal.dispersion == pytest.approx(2.262186, rel=1e-4)
    assert seasonal.ratio(2, 12)[0] == pytest.approx(1.066808, rel=1e-4)
    # The authors count from the month before the ban.
    since = np.where(ban > 0, time - 35, 0.0)
    sloped = quasi_poisson(
        np.column_stack([one, ban, time, since, season]), SICILY, SICILY_PEOPLE
    )
    errors = np.sqrt(np.diag(sloped.covariance))
    assert sloped.coefficients[[1, 3]] == pytest.approx(
        [-0.131859171, 0.001482228], rel=1e-4
    )
    assert errors[[1, 3]] == pytest.approx([0.0297912992, 0.0018546316], rel=1e-4)
    binomial = negative_binomial(design, SICILY, SICILY_PEOPLE)
    assert binomial.ratio(1) == pytest.approx(
        (0.8841875, 0.8411994, 0.9293725), rel=1e-4
    )
    assert 1 / binomial.alpha == pytest.approx(840.0138, rel=1e-3)
    assert binomial.log_likelihood == pytest.approx(-301.8789, rel=1e-5)


def test_the_known_answers_are_those_of_the_files_beside_the_repository() -> None:
    nile = published("oracles/21_changepoint_nile")
    sicily = published("oracles/22_its_sicily")
    assert pd.read_csv(nile / "input.csv")["flow"].tolist() == NILE.tolist()
    assert json.loads((nile / "expected.json").read_text())["n_before"] == 28
    table = pd.read_csv(sicily / "input.csv")
    assert table["aces"].tolist() == SICILY.tolist()
    assert table["stdpop"].tolist() == SICILY_PEOPLE.tolist()


def series(
    seed: int, step: float = 0.0, slope: float = 0.0, at: int = 33
) -> tuple[np.ndarray, np.ndarray]:
    """Poisson counts of about 2,800 a month with a season, and their person-days."""
    rng = np.random.default_rng(seed)
    time = month_numbers(MONTHS)
    since = time >= at
    log_rate = 0.001 * time + 0.04 * harmonics(MONTHS)[:, 1]
    log_rate += np.where(since, step + slope * (time - at), 0.0)
    days = 100_000.0 * days_in_month(MONTHS)
    return rng.poisson(2800 / 3.04e6 * days * np.exp(log_rate)).astype(float), days


def test_a_planted_step_is_found_where_it_is_and_as_large_as_it_is() -> None:
    off, inside = [], []
    for seed in range(20):
        counts, days = series(seed, step=-0.10)
        log_rate = log_rates(counts, days)
        assert scan_p_value(scan(log_rate, MONTHS).statistic, MONTHS) < 0.001
        (change,) = turning_points(counts, days, MONTHS)
        low, high = change.position_interval
        assert low <= change.position <= high
        off.append(abs(change.position - 33))
        _, lower, upper = change.change_percent
        inside.append(lower <= 100 * np.expm1(-0.10) <= upper)
    assert np.mean(np.array(off) <= 2) >= 0.9
    assert np.mean(inside) >= 0.85


def test_a_planted_change_of_slope_is_found() -> None:
    counts, days = series(1, slope=-0.012)
    (change,) = turning_points(counts, days, MONTHS)
    assert abs(change.position - 33) <= 4
    low, high = change.slope_before_percent[1:]
    assert low < 100 * np.expm1(0.012) < high
    low, high = change.slope_after_percent[1:]
    assert low < 100 * np.expm1(12 * (0.001 - 0.012)) < high


def test_series_without_a_turning_point_have_even_p_values() -> None:
    p_values = [
        scan_p_value(scan(log_rates(*series(seed)), MONTHS).statistic, MONTHS)
        for seed in range(200)
    ]
    assert np.mean(np.array(p_values) <= 0.5) == pytest.approx(0.5, abs=0.11)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.10
    assert q_values(np.array(p_values)).min() > 0.002


def test_a_scan_needs_three_years() -> None:
    with pytest.raises(ValueError, match="35 months; 36 are needed"):
        scan(np.zeros(35), MONTHS[:35])


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    # Benjamini and Hochberg (1995), table of 15 p-values: 4 are rejected at 0.05.
    p = "0.0001 0.0004 0.0019 0.0095 0.0201 0.0278 0.0298 0.0344 0.0459 0.3240 0.4262"
    p += " 0.5719 0.6528 0.7590 1.000"
    q = q_values(numbers(p))
    assert (q <= 0.05).sum() == 4
    assert len(q_values(np.array([]))) == 0


# --- The command ----------------------------------------------------------------------


def test_the_command_examines_a_csv_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, chart = tmp_path / "sicily.csv", tmp_path / "chart.svg"
    lines = [
        f"{month}-01,{count:.0f},{people}"
        for month, count, people in zip(
            SICILY_MONTHS, SICILY, SICILY_PEOPLE, strict=True
        )
    ]
    path.write_text("\n".join(["date,count,denominator", *lines]))
    assert main([str(path), "--chart", str(chart)]) == 0
    text = capsys.readouterr().out
    assert len([line for line in text.splitlines() if line[:3] == "200"]) == 59
    assert "Turning point 2004-" in text
    assert "No comparator" in text
    assert chart.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("month,count\n", "has no column 'date'; it has month, count."),
        ("date,count\n2020-13-01,5\n", "line 2: '2020-13-01' is no date"),
        ("date,count\n2020-01-01,-5\n", "line 2: '-5' is no count"),
        ("date,count\n2020-01-01,\n", "line 2: '' is no count"),
        ("date,count\n2020-01-01,5\n", "1 months; a chart needs 12."),
        ("date,count,denominator\n2020-01,5,0\n", "a denominator of 0"),
    ],
)
def test_the_command_refuses_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    path = tmp_path / "series.csv"
    path.write_text(text)
    assert main([str(path)]) == 2
    assert complaint in capsys.readouterr().err
