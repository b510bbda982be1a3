"""Control charts, turning points and sizes of change against published answers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import PUBLISHED, published

from intelligence.statistics.segmentation import SHOCK, STEP, Turn
from intelligence.statistics.time_series import (
    assurance,
    days_per_event,
    g_chart,
    harmonics,
    interrupted,
    log_rates,
    month_numbers,
    negative_binomial,
    p_chart,
    q_values,
    quasi_poisson,
    rebased_xmr,
    scan,
    scan_p_value,
    t_chart,
    turning_points,
    variation,
    xmr,
)
from intelligence.statistics.working_days import (
    bank_holidays,
    days_in_month,
    working_days,
)

CHARTS = PUBLISHED / "oracles" / "19_xmr_making_data_count"
MONTHS = np.arange("2020-04", "2025-04", dtype="datetime64[M]")


def numbers(text: str) -> np.ndarray:
    """The numbers of a running text."""
    return np.array(text.split(), dtype=float)


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
    assert {date(1969, 5, 26), date(1969, 9, 1)} <= bank_holidays(1969)
    assert date(1970, 1, 1) not in bank_holidays(1970)
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


@pytest.mark.parametrize(("name", "group"), oracle_charts())
def test_icons_are_those_of_nhsrplotthedots(name: str, group: int) -> None:
    points = pd.read_csv(CHARTS / "expected_points.csv")
    points = points[(points["series"] == name) & (points["rebase_group"] == group)]
    values = pd.read_csv(CHARTS / "input.csv")
    values = values[values["series"] == name].set_index("x")["y"]
    values = values[points["x"]].to_numpy(dtype=float)
    options = pd.read_csv(CHARTS / "options.csv").set_index("series").loc[name]
    fixed = options["fix_after_n_points"]
    drawn = xmr(
        values,
        None if np.isnan(fixed) else int(fixed),
        bool(options["screen_outliers"]),
    )
    wanted = str(options["improvement_direction"]).replace("neutral", "neither")
    names = {
        "common_cause": "common cause",
        "special_cause_improvement": "improvement",
        "special_cause_concern": "concern",
        "special_cause_neutral_high": "high",
        "special_cause_neutral_low": "low",
    }
    found = variation(drawn, values, wanted)
    assert found.tolist() == [names[kind] for kind in points["point_type"]]
    icons = pd.read_csv(CHARTS / "expected_icons.csv").set_index("series").loc[name]
    target = options["target"]
    told = assurance(drawn.lower[0], drawn.upper[0], target, wanted)
    is_latest = not (
        pd.read_csv(CHARTS / "expected_points.csv")
        .query("series == @name and rebase_group > @group")
        .size
    )
    if is_latest and not np.isnan(target):
        known = {"consistent_pass": "pass", "consistent_fail": "fail"}
        assert told == known.get(icons["assurance"], "hit or miss")


def test_limits_are_recalculated_at_a_turning_point_and_not_in_a_shock() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(100, 2, 72)
    values[30:36] -= 60
    values[48:] += 30
    passing = np.zeros(72, dtype=bool)
    passing[30:36] = True
    drawn = rebased_xmr(values, [48], passing, 24)
    # The limits after the shock are those before it, and the shock stands out.
    assert set(drawn.centre[:48]) == {drawn.centre[0]}
    assert drawn.centre[0] == pytest.approx(100, abs=1.5)
    assert drawn.is_outside_limits[30:36].all()
    assert drawn.is_outside_limits[36:48].sum() <= 1
    assert drawn.centre[48] == pytest.approx(130, abs=1.5)
    assert drawn.is_outside_limits[48:].sum() <= 1
    # With no turning point accepted the step stays a signal.
    kept = rebased_xmr(values, [], passing, 24)
    assert kept.is_outside_limits[48:].all()


def test_shares_are_charted_with_the_limits_of_shares() -> None:
    # Montgomery, Introduction to Statistical Quality Control, orange juice cans: 30
    # samples of 50 with 347 nonconforming have the limits 0.0524 and 0.4102.
    cans = numbers(
        "12 15 8 10 4 7 16 9 14 10 5 6 17 12 22 8 10 5 13 11 20 18 24 15 9 12 7 13 9 6"
    )
    drawn = p_chart(cans, np.full(30, 50.0))
    centre = 347 / 1500
    assert drawn.centre[0] == pytest.approx(centre)
    half = 3 * np.sqrt(centre * (1 - centre) / 50)
    spread = (drawn.upper[0] - centre) / half
    # They vary somewhat more than chance (two are outside in the book), so P' is wider.
    assert 1 <= spread < 1.7
    rng = np.random.default_rng(1)
    shares = p_chart(rng.binomial(400, 0.97, 60), np.full(60, 400.0))
    assert (shares.upper <= 1).all()
    assert not shares.is_outside_limits.any()
    with pytest.raises(ValueError, match="above totals"):
        p_chart(np.array([3.0]), np.array([2.0]))


def test_large_totals_do_not_make_every_month_a_signal() -> None:
    rng = np.random.default_rng(1)
    share = 0.9 + rng.normal(0, 0.01, 60)
    totals = np.full(60, 1e6)
    assert p_chart(totals * share, totals).is_outside_limits.sum() <= 1


def test_rare_events_are_charted_by_the_time_and_the_cases_between_them() -> None:
    rng = np.random.default_rng(2)
    gaps = rng.exponential(60, 300)
    drawn = t_chart(gaps)
    assert drawn.lower[0] >= 0
    assert drawn.is_outside_limits.mean() < 0.02
    slower = t_chart(np.r_[gaps[:60], gaps[60:90] * 8], baseline=60)
    assert slower.is_in_run[60:].any() or slower.is_outside_limits[60:].any()
    # Benneyan 2001: mean m between events, limits m +/- 3 sqrt(m (m + 1)).
    cases = rng.geometric(0.05, 200) - 1.0
    mean = cases.mean()
    g = g_chart(cases)
    assert g.upper[0] == pytest.approx(mean + 3 * np.sqrt(mean * (mean + 1)))
    assert g.lower[0] == 0
    months = np.arange("2020-01", "2020-07", dtype="datetime64[M]")
    found = days_per_event(np.array([0.0, 1, 0, 0, 2, 1]), months)
    assert found.tolist()[4:] == [(31 + 30 + 31) / 2, 30.0]
    assert np.isnan(found[:4]).all()


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


def test_the_known_answers_are_those_of_the_file_beside_the_repository() -> None:
    sicily = published("oracles/22_its_sicily")
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
        assert scan_p_value(scan(log_rate, MONTHS).statistic, MONTHS) < 0.01
        (change,) = turning_points(counts, days, MONTHS)
        low, high = change.position_interval
        assert low <= change.position <= high
        off.append(abs(change.position - 33))
        _, lower, upper = change.change_percent
        inside.append(lower <= 100 * np.expm1(-0.10) <= upper)
    assert np.mean(np.array(off) <= 2) >= 0.9
    assert np.mean(inside) >= 0.85


def test_a_shock_on_top_of_a_step_in_the_same_month_leaves_both_their_sizes() -> None:
    months = np.arange(np.datetime64("2020-04"), np.datetime64("2025-03"))
    time = np.arange(len(months))
    step, shock = time >= 33, (time >= 33) & (time < 43)
    rng = np.random.default_rng(1)
    counts = rng.poisson(40_000 * np.exp(-0.3 * step - 0.1 * shock)).astype(float)
    exposure = np.full(len(months), 24e6)

    def turn(kind: str, column: np.ndarray, back: int) -> Turn:
        return Turn(
            (kind,), 33, (33, 33), back, (back, back), column[:, None].astype(float)
        )

    found = [turn(STEP, step, 59), turn(SHOCK, shock, 43)]
    lasting, passing = (
        interrupted(counts, exposure, months, found, which) for which in (0, 1)
    )
    assert lasting.level_percent[0] == pytest.approx(100 * np.expm1(-0.3), abs=1)
    assert passing.level_percent[0] == pytest.approx(100 * np.expm1(-0.1), abs=1)
    assert (lasting.since, lasting.until) == (0, 59)
    assert (passing.since, passing.until) == (0, 43)


def test_a_planted_change_of_slope_is_found() -> None:
    counts, days = series(1, slope=-0.012)
    (change,) = turning_points(counts, days, MONTHS)
    assert abs(change.position - 33) <= 4
    low, high = change.slope_before_percent[1:]
    assert low < 100 * np.expm1(0.012) < high
    low, high = change.slope_after_percent[1:]
    assert low < 100 * np.expm1(12 * (0.001 - 0.012)) < high


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
