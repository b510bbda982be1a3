"""Changes of simulated, published and real series: found, dated, and not made up."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import published
from test_time_series import SICILY, SICILY_MONTHS, SICILY_PEOPLE, numbers

from intelligence.statistics.segmentation import (
    FADING,
    KINDS,
    ONE_POINT,
    RECENT,
    SHOCK,
    SLOPE,
    STEP,
    Candidates,
    p_value,
    segment,
    strength,
)
from intelligence.statistics.time_series import (
    log_rates,
    scan,
    scan_p_value,
    turning_points,
)
from intelligence.statistics.working_days import days_in_month
from studies.turning_points import AUTOCORRELATIONS, PLANTED, errors, study

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
TIME = np.arange(96.0)
LINE = np.column_stack([np.ones(96), TIME])
ALL = Candidates(LINE, TIME)


def found(values: np.ndarray, candidates: Candidates = ALL) -> list[tuple]:
    """Kinds and position of every change."""
    return [(t.kinds, t.position) for t in segment(candidates, values).turns]


def noise(seed: int, of: float = 0.01) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, of, 96)


# --- Published and real series --------------------------------------------------------


def test_the_nile_fell_after_1898() -> None:
    # R strucchange, documented example: break after observation 28, Bai's 95 % interval
    # 25 to 32; residual sum of squares 1,597,457.
    fit = np.r_[np.full(28, NILE[:28].mean()), np.full(72, NILE[28:].mean())]
    assert round((NILE - fit) @ (NILE - fit)) == 1_597_457
    years = Candidates(np.ones((100, 1)), np.arange(100.0), (STEP,))
    (turn,) = segment(years, NILE).turns
    assert (turn.kinds, turn.position) == ((STEP,), 28)
    assert abs(turn.interval[0] - 25) <= 2
    assert abs(turn.interval[1] - 32) <= 2
    assert p_value(strength(years, NILE).gain, 100) < 0.001
    # The same with every kind to choose from.
    anything = Candidates(np.ones((100, 1)), np.arange(100.0))
    assert found(NILE, anything) == [((STEP,), 28)]


def test_the_nile_is_that_of_the_file_beside_the_repository() -> None:
    nile = published("oracles/21_changepoint_nile")
    assert pd.read_csv(nile / "input.csv")["flow"].tolist() == NILE.tolist()
    assert json.loads((nile / "expected.json").read_text())["n_before"] == 28


def test_the_smoking_ban_of_sicily_lies_in_the_interval_found() -> None:
    (change,) = turning_points(SICILY, SICILY_PEOPLE, SICILY_MONTHS)
    low, high = (str(SICILY_MONTHS[at]) for at in change.position_interval)
    assert low <= "2005-01" <= high
    assert change.kind == "step"
    _, lower, upper = change.level_percent
    assert lower < -11 < upper < 0


def monthly(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, days and months of a file beside the repository."""
    table = pd.read_csv(published(path))
    months = table.columns[0]
    counted = table.groupby(months)[table.columns[-1]].sum()
    month = counted.index.str[:7].to_numpy().astype("datetime64[M]")
    return counted.to_numpy(float), days_in_month(month).astype(float), month


def told(path: str) -> list[tuple[str, str]]:
    """Kind and month of each turning point of such a file."""
    counts, days, months = monthly(path)
    changes = turning_points(counts, days, months)
    return [(change.kind, str(months[change.position])) for change in changes]


def test_delayed_days_of_england_are_a_rise_and_a_fall_of_slope() -> None:
    path = "reference/delays/england_dtoc_delayed_days_2010_2020.csv"
    counts, days, months = monthly(path)
    assert scan_p_value(scan(log_rates(counts, days), months).statistic, months) < 0.01
    changes = turning_points(counts, days, months)
    assert {change.kind for change in changes} == {"slope"}
    bends = [c.slope_after_percent[0] - c.slope_before_percent[0] for c in changes]
    assert bends[0] > 0 > bends[1]
    assert "2013-06" <= str(months[changes[0].position]) <= "2014-09"
    assert "2016-09" <= str(months[changes[1].position]) <= "2017-04"


@pytest.mark.parametrize("number", range(4))
def test_two_changes_of_slope_are_no_step(number: int) -> None:
    (first, start), (second, end) = told(f"cases/series/two_slopes_{number}.csv")
    assert first == second == "slope"
    assert start in ("2015-12", "2016-01", "2016-02")
    assert end in ("2018-09", "2018-10", "2018-11")


def test_the_last_months_left_the_earlier_level() -> None:
    assert told("cases/series/late_fall.csv") == [("recent", "2016-12")]


def test_a_shock_that_passes_is_one() -> None:
    counts, days, months = monthly("cases/series/shock_and_recovery.csv")
    (shock,) = turning_points(counts, days, months)
    assert (shock.kind, str(months[shock.position])) == ("shock", "2017-04")
    assert "2018-06" <= str(months[shock.until]) <= "2019-02"
    assert shock.level_percent[0] == pytest.approx(-53, abs=3)


def test_a_smooth_peak_has_no_step() -> None:
    kinds = [kind for kind, _ in told("cases/series/smooth_peak.csv")]
    assert set(kinds) == {"slope"}
    assert len(kinds) <= 3


@pytest.mark.parametrize("correlation", ["0.3", "0.5", "0.7"])
def test_a_series_that_wanders_has_no_turning_point(correlation: str) -> None:
    counts, days, months = monthly(f"cases/series/no_change_ar_{correlation}.csv")
    found = scan(log_rates(counts, days), months)
    assert scan_p_value(found.statistic, months) > 0.05
    assert turning_points(counts, days, months) == []


def test_recording_that_begins_is_no_step_of_a_quadrillion_percent() -> None:
    counts, days, months = monthly("cases/series/zeros_then_many.csv")
    (begun,) = turning_points(counts, days, months)
    assert (begun.kind, str(months[begun.position])) == ("events begin", "2014-04")
    assert np.isnan([*begun.level_percent, *begun.change_percent]).all()
    assert np.isfinite(begun.slope_after_percent).all()


# --- Kinds of changes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        (0.2 * (TIME >= 40), [((STEP,), 40)]),
        (0.02 * np.maximum(TIME - 40, 0), [((SLOPE,), 40)]),
        (
            0.3 * (TIME >= 40) - 0.02 * np.maximum(TIME - 40, 0),
            [((SLOPE, STEP), 40)],
        ),
        (-0.5 * ((TIME >= 40) & (TIME < 46)), [((SHOCK,), 40)]),
        (
            -0.5 * (TIME >= 40) * np.exp(-np.maximum(TIME - 40, 0) / 6),
            [((FADING,), 40)],
        ),
        (
            0.2 * (TIME >= 30) - 0.4 * (TIME >= 60),
            [((STEP,), 30), ((STEP,), 60)],
        ),
        (-0.5 * (TIME >= 92), [((RECENT,), 92)]),
        (np.zeros(96), []),
    ],
)
def test_each_kind_is_found_for_what_it_is(planted: np.ndarray, expected: list) -> None:
    for seed in range(3):
        assert found(planted + noise(seed)) == expected


def test_a_shock_says_when_it_was_over() -> None:
    (turn,) = segment(ALL, -0.5 * ((TIME >= 40) & (TIME < 46)) + noise(1)).turns
    assert (turn.back, turn.back_interval) == (46, (46, 46))
    assert turn.is_shock


def test_a_single_point_that_is_off_is_no_change() -> None:
    values = noise(1) + np.where(TIME == 50, -0.6, 0.0)
    result = segment(ALL, values)
    assert (result.turns, result.odd_points) == ((), (50,))
    assert p_value(strength(ALL, values).gain, 96) > 0.05
    assert found(values, Candidates(LINE, TIME, [k for k in KINDS if k != ONE_POINT]))


def test_a_line_without_noise_has_no_change() -> None:
    assert found(3 + 0.1 * TIME) == []


def test_gaps_in_time_stay_gaps() -> None:
    time = np.r_[TIME[:40], TIME[40:] + 24]
    values = np.where(time >= 84, 0.2, 0.0) + noise(2)
    apart = Candidates(np.column_stack([np.ones(96), time]), time)
    assert found(values, apart) == [((STEP,), 60)]


@pytest.mark.parametrize(
    ("base", "time", "values", "named"),
    [
        (LINE, TIME, np.full(96, np.nan), "values"),
        (LINE, TIME, np.zeros(95), "lengths differ"),
        (LINE, TIME[::-1], np.zeros(96), "time"),
        (LINE[:, :1] * np.nan, TIME, np.zeros(96), "base"),
        (np.eye(96), TIME, np.zeros(96), "base"),
    ],
)
def test_segmentation_of_nonsense_is_refused(
    base: np.ndarray, time: np.ndarray, values: np.ndarray, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        segment(Candidates(base, time), values)


# --- How often (the whole study: python -m studies.turning_points) --------------------


@pytest.mark.parametrize("autocorrelation", AUTOCORRELATIONS)
def test_series_without_a_change_say_so(autocorrelation: float) -> None:
    months = np.arange("2015-04", "2020-04", dtype="datetime64[M]")
    drawn = errors(np.random.default_rng(3), 60, autocorrelation, 200)
    p_values = [scan_p_value(scan(one, months).statistic, months) for one in drawn.T]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05


@pytest.mark.parametrize("kind", [kind for kind in PLANTED if kind != "none"])
def test_planted_changes_are_found_within_their_intervals(kind: str) -> None:
    row = study(kind, 0.3, 6, 72, noise=0.015)
    assert row.reported >= 0.8
    assert row.month_held >= (0.6 if kind == "smooth peak" else 0.8)
    if kind in ("slope", "two slopes", "shock", "smooth peak"):
        assert row.with_step <= 0.15
