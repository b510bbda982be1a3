"""Known answers of the methods for rates, and what they give at the edges.

The figures are published ones: Byar's and standardised limits from the tests of
PHEindicatormethods (UK Health Security Agency, commit 093fd288), exact limits from R
4.2.2 `poisson.test`, shrunken ratios from the vignette of sava (61 Swiss hospital
areas) and from SpatialEpi's eBayes on the 56 areas of the Scottish lip cancer data
(Clayton and Kaldor 1987).
"""

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from conftest import published_rows
from scipy.stats import poisson

from intelligence.statistics import rates

ONE_GROUP = np.zeros(56, dtype=np.int64)


def oracle(case: str, name: str) -> list[dict[str, str]]:
    """Rows of a file of published inputs or answers."""
    return published_rows(f"oracles/{case}/{name}.csv")


@pytest.mark.parametrize(
    ("count", "confidence", "lower", "upper"),
    [
        (65, 0.95, 50.163187710459454, 82.84913854593984),
        (1045, 0.95, 982.5932018073325, 1110.33121298565),
        (65, 0.998, 42.8802614714802, 94.00029084431802),
        (10, 0.998, 2.916318374695686, 24.193724927880535),
        (1, 0.95, 0.01307213290150435, 5.5637555824752605),
        (1, 0.998, math.nan, 9.362180217908362),
    ],
)
def test_byar_limits(
    count: float, confidence: float, lower: float, upper: float
) -> None:
    limits = rates.byar_limits(count, confidence)
    assert limits.lower == pytest.approx(lower, rel=1e-9, nan_ok=True)
    assert limits.upper == pytest.approx(upper, rel=1e-9)


def test_byar_says_nothing_below_no_events() -> None:
    limits = rates.byar_limits(0)
    assert np.isnan(limits.lower)
    assert 3.6 < limits.upper < 3.7


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [
        (0, 0.0, 3.6888794541),
        (1, 0.025317808, 5.5716433909),
        (5, 1.6234863901, 11.6683320793),
        (9, 4.1153730974, 17.0848034514),
        (10, 4.7953886961, 18.390356042),
        (25, 16.1786818478, 36.9049316975),
        (100, 81.3639912509, 121.6267937924),
    ],
)
def test_exact_limits(count: float, lower: float, upper: float) -> None:
    limits = rates.exact_limits(count)
    assert limits.lower == pytest.approx(lower, rel=1e-8)
    assert limits.upper == pytest.approx(upper, rel=1e-8)


def test_exact_limits_of_every_count_below_ten() -> None:
    for row in oracle("02_exact_poisson_ci", "expected_seed_0_9"):
        limits = rates.exact_limits(float(row["x"]), float(row["confidence"]))
        assert limits.lower == pytest.approx(float(row["lowercl"]), rel=1e-8)
        assert limits.upper == pytest.approx(float(row["uppercl"]), rel=1e-8)


def test_limits_hold_95_percent_and_those_of_few_whole_counts_more() -> None:
    count = np.arange(1000)
    limits = rates.poisson_limits(count)
    expected = np.linspace(0.5, 400, 2000)
    held = np.array(
        [
            poisson.pmf(count, one)[(limits.lower <= one) & (one <= limits.upper)].sum()
            for one in expected
        ]
    )
    assert held.min() > 0.95
    for low, high, share in ((2, 5, 0.98), (15, 25, 0.96), (200, 400, 0.95)):
        of_these = held[(low <= expected) & (expected <= high)]
        assert of_these.mean() == pytest.approx(share, abs=0.005), (low, high)


@pytest.mark.parametrize(
    ("observed", "confidence", "value", "lower", "upper"),
    [
        (895, 0.95, 107.07232939020275, 100.17147712553987, 114.3233287249895),
        (91, 0.998, 10.886683770400502, 7.695425528392111, 14.897920510466744),
        (9, 0.95, 1.0767049882813684, 0.4923380825095776, 2.043921455549973),
        (9, 0.998, 1.0767049882813684, 0.2933930655068262, 2.710589651469021),
    ],
)
def test_standardised_ratios(
    observed: float, confidence: float, value: float, lower: float, upper: float
) -> None:
    ratio = rates.standardised_ratio(observed, 835.8835612311743, confidence)
    assert [100 * float(part) for part in ratio] == pytest.approx(
        [value, lower, upper], rel=1e-9
    )


def test_shrunken_ratios_with_prior_mean_of_one() -> None:
    areas = oracle("14_scv_eb_turp", "input")
    observed = [float(row["oi"]) for row in areas]
    expected = [float(row["ei"]) for row in areas]
    group = np.zeros(len(areas), dtype=np.int64)
    prior = rates.fit_gamma_prior(observed, expected, group, mean=1.0)
    assert prior.shape[0] == pytest.approx(10.51737, rel=1e-5)
    shrunken = rates.shrunken_ratio(observed, expected, prior.shape, prior.mean)
    assert shrunken.value[:6] == pytest.approx(
        [1.0307147, 1.1600506, 1.1960988, 0.9441195, 1.5528792, 1.0861068], rel=1e-5
    )


def test_shrunken_ratios_with_free_prior_mean() -> None:
    areas = oracle("15_eb_scotland_lip", "input")
    observed = [float(row["cases"]) for row in areas]
    expected = [float(row["expected"]) for row in areas]
    prior = rates.fit_gamma_prior(observed, expected, ONE_GROUP)
    assert prior.shape[0] == pytest.approx(1.87948997383088, rel=1e-4)
    assert math.log(prior.mean[0]) == pytest.approx(0.352106533393358, rel=1e-4)
    shrunken = rates.shrunken_ratio(observed, expected, prior.shape, prior.mean)
    known = oracle("15_eb_scotland_lip", "expected_eb")
    assert shrunken.value == pytest.approx(
        [float(row["rr"]) for row in known], rel=1e-4
    )
    # No cases is not no risk.
    assert shrunken.value[np.array(observed) == 0].min() > 0


def test_repeat_events_widen_directly_standardised_rates() -> None:
    areas = defaultdict(list)
    for row in oracle("06_dsr_non_independent", "input"):
        names = ("pop", "stdpop", "f1", "f2", "f3", "f4")
        areas[row["area"]].append([float(row[name] or 0) for name in names])
    for row in oracle("06_dsr_non_independent", "expected"):
        population, standard, *people = np.array(areas[row["area"]]).T
        each = np.arange(1, 5)[:, None]
        weight = standard / standard.sum() / population
        found = rates.dobson_limits(
            float((each * people).sum()),
            float((weight * (each * people).sum(axis=0)).sum()),
            float((weight**2 * (each**2 * people).sum(axis=0)).sum()),
        )
        known = [row["value"], row["lower95_0cl"], row["upper95_0cl"]]
        assert [1e5 * float(part) for part in found] == pytest.approx(
            [float(one or "nan") for one in known], rel=1e-6, nan_ok=True
        )


def test_gamma_limits_of_the_births_of_michigan() -> None:
    # Fay and Feuer 1997, table I, mothers of five children or more: 75.5 per 100,000,
    # gamma interval 67.7 to 188.3; Dobson's upper limit is far lower.
    cases = [0, 8, 63, 112, 262, 295]
    births = [327, 30666, 123419, 149919, 104088, 34392]
    standard = [319933, 931318, 786511, 488235, 237863, 61313]
    weight = np.array(standard) / sum(standard) / births
    rate, variance = float(weight @ cases), float(weight**2 @ cases)
    gamma = rates.gamma_limits(rate, variance, weight.max())
    assert [round(1e5 * float(part), 1) for part in (rate, *gamma)] == [
        75.5,
        67.7,
        188.3,
    ]
    assert 1e5 * rates.dobson_limits(sum(cases), rate, variance).upper < 90


def test_gamma_limits_of_a_plain_count_are_exact() -> None:
    # One stratum of weight 1: the limits of Garwood.
    counts = np.array([0.0, 1.0, 7.0, 40.0])
    found = rates.gamma_limits(counts, counts, np.ones(4))
    assert found.lower == pytest.approx(rates.exact_limits(counts).lower)
    assert found.upper == pytest.approx(rates.exact_limits(counts).upper)


def test_wilson_limits() -> None:
    # Newcombe 1998, Stat Med 17:857-72, table I.
    limits = rates.wilson_limits([81, 15, 0, 1], [263, 148, 20, 29])
    assert limits.lower == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert limits.upper == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)
    with pytest.raises(ValueError, match="above total"):
        rates.wilson_limits(2, 1)


def test_the_funnel_holds_what_chance_does() -> None:
    # Poisson quantiles: with 10 expected 4 to 17 in 95 %, 2 to 21 in 99.8 %.
    for confidence, lower, upper in [(0.95, 0.4, 1.7), (0.998, 0.2, 2.1)]:
        limits = rates.funnel_limits(10.0, confidence)
        assert [float(limits.lower), float(limits.upper)] == pytest.approx(
            [lower, upper]
        )


def test_nobody_stands_out_where_nothing_is_expected() -> None:
    for limits in (
        rates.funnel_limits(0.0),
        rates.overdispersed_funnel_limits(0.0, 0.1),
    ):
        assert np.isnan(limits.lower)
        assert np.isnan(limits.upper)
    ratio = rates.standardised_ratio([0.0, 3.0], [0.0, 0.0])
    assert np.isnan(ratio.value).all()
    assert np.isnan(ratio.upper).all()


def test_overdispersion_widens_the_funnel_only_where_there_is_some() -> None:
    rng = np.random.default_rng(1)
    expected = np.full(400, 50.0)
    group = np.repeat([0, 1], 200)
    true = np.where(group == 0, 1.0, rng.gamma(25, 1 / 25, 400))
    spread = rates.overdispersion(rng.poisson(true * expected), expected, group)
    assert spread.phi[0] < 1.2 < spread.phi[1]
    # Variance of 1/25 of the ratio is about a quarter of it on the square root scale;
    # pulling the extremes in costs some of it.
    assert 0.004 < spread.tau_squared[1] < 0.012
    plain = rates.funnel_limits(expected)
    wide = rates.overdispersed_funnel_limits(expected, spread.tau_squared[group])
    assert (wide.upper[group == 1] > plain.upper[group == 1]).all()
    same = rates.overdispersed_funnel_limits(expected, 0.0)
    assert (same.upper == plain.upper).all()


def test_overdispersion_in_the_form_of_the_mortality_indicator() -> None:
    # FunnelPlotR (NHS-R community), the areas of its tests, its formulae by hand: the
    # scores outside the 10th and 90th percentile are the least and the greatest.
    observed = np.array([100.0, 150, 180, 80, 120, 225])
    expected = np.array([108.0, 112, 165, 95, 100, 220])
    group = np.zeros(6, dtype=np.int64)
    kept = np.array([True, False, True, False, True, True])
    score = np.sqrt(expected) * np.log(observed / expected)
    phi = (score[kept] ** 2).mean()
    base = expected[kept]
    tau = (4 * phi - 3) / (base.sum() - (base**2).sum() / base.sum())
    spread = rates.overdispersion(observed, expected, group, "SHMI")
    assert (spread.phi[0], spread.tau_squared[0]) == pytest.approx((phi, tau))
    limits = rates.overdispersed_funnel_limits(100.0, tau, form="SHMI")
    assert limits.upper == pytest.approx(np.exp(1.959964 * np.sqrt(0.01 + tau)))
    assert limits.lower * limits.upper == pytest.approx(1)
    with pytest.raises(ValueError, match="observed has a zero"):
        rates.overdispersion([0.0, 5.0, 5.0], [1.0, 5.0, 5.0], group[:3], "SHMI")
    few = rates.overdispersion([5.0, 7.0], [5.0, 5.0], group[:2], "SHMI")
    assert np.isnan([*few]).all()


def test_overdispersed_limits_of_shares_stay_within_none_and_all() -> None:
    share = np.array([0.95, 0.5, 0.05, math.nan])
    people = 40.0
    expected = (
        np.where(np.isnan(share), 0.05, share) * people / (1 - np.nan_to_num(share))
    )
    limits = rates.overdispersed_funnel_limits(expected, 0.05, expected_share=share)
    upper = limits.upper * share
    assert (upper[:3] <= 1 + 1e-12).all()
    assert (limits.lower >= 0).all()
    plain = rates.overdispersed_funnel_limits(expected, 0.05)
    assert plain.upper[0] * share[0] > 1
    # The two scales agree where a share is small, and where it is none.
    assert limits.upper[2] == pytest.approx(plain.upper[2], rel=0.1)
    assert limits.upper[3] == plain.upper[3]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: rates.byar_limits(5, 95), "confidence"),
        (lambda: rates.exact_limits(5, 1.0), "confidence"),
        (lambda: rates.wilson_limits(1, 2, 0.0), "confidence"),
        (lambda: rates.funnel_limits(5, math.nan), "confidence"),
        (lambda: rates.poisson_limits(math.inf), "count"),
        (lambda: rates.standardised_ratio(5, 5, dispersion=0.0), "dispersion"),
        (lambda: rates.shrunken_ratio(5, 5, -1.0, 1.0), "shape"),
        (lambda: rates.probability_above(-1, 5, 5, 1.0, 1.0), "threshold"),
        (lambda: rates.overdispersion([5.0], [5.0], np.array([0, 0])), "group"),
        (lambda: rates.gamma_limits(1.0, -1.0, 1.0), "variance"),
    ],
)
def test_rates_of_nonsense_are_refused(call: Callable[[], object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()


def test_tiny_expected_numbers_say_next_to_nothing() -> None:
    ratio = rates.standardised_ratio([0.0, 1.0], [0.01, 0.01])
    assert ratio.value == pytest.approx([0.0, 100.0])
    assert ratio.lower == pytest.approx([0.0, 2.5317808], rel=1e-6)
    assert ratio.upper == pytest.approx([368.88794541, 557.16433909], rel=1e-6)
    shrunken = rates.shrunken_ratio([0.0, 1.0], [0.01, 0.01], 20.0, 1.0)
    assert shrunken.value == pytest.approx([1.0, 1.05], abs=0.001)


def test_one_neighbourhood_has_no_others_to_learn_from() -> None:
    group = np.array([0])
    prior = rates.fit_gamma_prior([5.0], [4.0], group)
    spread = rates.overdispersion([5.0], [4.0], group)
    assert np.isnan([*prior, *spread]).all()
    assert np.isnan(rates.shrunken_ratio([5.0], [4.0], *prior)).all()


def test_neighbourhoods_that_are_all_equal_differ_by_no_more_than_five_percent() -> (
    None
):
    observed = expected = np.full(30, 20.0)
    group = np.zeros(30, dtype=np.int64)
    prior = rates.fit_gamma_prior(observed, expected, group)
    assert prior.shape[0] == pytest.approx(400, rel=1e-4)
    assert prior.mean[0] == pytest.approx(1)
    spread = rates.overdispersion(observed, expected, group)
    assert (spread.phi[0], spread.tau_squared[0]) == (0, 0)
    shrunken = rates.shrunken_ratio(observed, expected, prior.shape, prior.mean)
    assert shrunken.value == pytest.approx(np.ones(30))
    assert (shrunken.lower > 0.9).all()


def test_no_events_at_all_give_no_prior() -> None:
    group = np.zeros(4, dtype=np.int64)
    assert np.isnan(rates.fit_gamma_prior(np.zeros(4), np.ones(4), group)).all()
    none = np.zeros(0)
    assert len(rates.fit_gamma_prior(none, none, np.zeros(0, np.int64)).shape) == 0


def test_suppressed_numbers_stay_unknown_and_are_no_zeros() -> None:
    observed = np.array([12.0, math.nan, 30.0, 9.0])
    expected = np.array([10.0, 10.0, 20.0, 10.0])
    group = np.zeros(4, dtype=np.int64)
    ratio = rates.standardised_ratio(observed, expected)
    assert np.isnan([part[1] for part in ratio]).all()
    assert np.isnan(rates.exact_limits(math.nan)).all()
    without = np.array([0, 2, 3])
    for method in (rates.fit_gamma_prior, rates.overdispersion):
        with_unknown = method(observed, expected, group)
        known = method(observed[without], expected[without], group[without])
        assert np.array_equal(np.ravel(with_unknown), np.ravel(known))
    shrunken = rates.shrunken_ratio(observed, expected, 20.0, 1.0)
    assert np.isnan(shrunken.value).tolist() == [False, True, False, False]


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="count is below zero"):
        rates.byar_limits(-1)
    with pytest.raises(ValueError, match="expected is below zero"):
        rates.standardised_ratio(1, -1)


def test_probability_of_being_above() -> None:
    # Gamma with shape 1 is exponential: P(ratio > 1.1) = exp(-1.1 rate).
    found = rates.probability_above(1.1, [0.0], [2.0], 1.0, 1.0)
    assert found == pytest.approx([math.exp(-1.1 * 3)])
