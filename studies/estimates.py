"""Do the estimates of fct_neighbourhood_indicator find what was planted?

Simulated conformed facts: people of known age, sex and ward whose true rates are
planted, and twelve kinds of indicator as they occur in a city: single events, contacts
in series, days, pounds, shares and means. They go through the estimates of
`intelligence.neighbourhood.indicators`, and the table says per kind how often the 95 %
interval of the ratio holds the planted ratio, how far raw and shrunken ratios are from
it, and, in a city where wards do not differ, how many lie outside the 95 % funnel.

For two kinds the intervals hold the truth in more than 97 % of wards, for good reasons.
Exact limits of counts as small as new nursing admissions (two to five expected in a
ward) hold 98 %, because counts are whole numbers. And the dispersion of the length of
stay counts as chance what wards are planted to differ by, as much here as in
admissions; in cities where wards do not differ its limits hold 95 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intelligence.neighbourhood.indicators import estimate
from intelligence.statistics.rates import Array, Codes
from synthetic_city.city.geography import calibration
from synthetic_city.city.wards import NEED_SIGMA, SUPPLY_SIGMA, UNEXPLAINED_SIGMA

BANDS = 19
# Residents by five-year band, thousands, as a large English city has them.
_AGES = (49, 50, 47, 54, 78, 66, 60, 55, 50, 46, 50, 48, 41, 34, 30, 22, 16, 9, 5)
# How far ward and person differ beyond chance, log scale and squared variation.
_DEPRIVATION = 0.15
_WARD_SIGMA = float(np.hypot(np.hypot(NEED_SIGMA, SUPPLY_SIGMA), UNEXPLAINED_SIGMA))
_LUCK_SHAPE = 1.6


@dataclass(frozen=True)
class Kind:
    """One kind of indicator.

    rate: events, or cases, per person-year; amount: mean that an event adds (for a
    share, the chance that a case counts); per_case: whether cases are the denominator.
    """

    name: str
    rate: float
    amount: float = 1.0
    per_case: bool = False
    youngest: int = 0
    is_share: bool = False


KINDS = (
    Kind("A&E attendances", 0.34),
    Kind("emergency admissions", 0.07),
    Kind("emergency admissions 65+", 0.24, youngest=65),
    Kind("admissions for falls 65+", 0.06, youngest=65),
    Kind("admissions for one condition", 0.0014),
    Kind("new nursing admissions 65+", 0.004, youngest=65),
    Kind("community contacts", 1.5, amount=9.0),
    Kind("emergency bed days", 0.55, amount=7.6),
    Kind("cost per head", 900.0, amount=1900.0),
    Kind("readmissions", 0.09, amount=0.06, per_case=True, is_share=True),
    Kind("deaths at usual place", 0.009, amount=0.4, per_case=True, is_share=True),
    Kind("length of stay", 0.07, amount=7.6, per_case=True),
)


@dataclass(frozen=True)
class Facts:
    """Sums by ward, band and sex, each (wards, BANDS x 2), of one kind in one city.

    mean: the planted mean of the numerator, given the denominators.
    """

    numerator: Array
    squares: Array
    denominator: Array
    mean: Array


def simulate(seed: int, people: int, planted: bool = True) -> Iterator[Facts]:
    """Facts of a year of one city, for each of KINDS in turn.

    Without `planted` differences wards have the same rates by age and sex.
    """
    rng = np.random.default_rng([seed, people])
    profile = calibration("ward_profile")
    size = np.array([float(ward["population"]) for ward in profile])
    score = np.array([float(ward["imd_2025_score_mean"]) for ward in profile])
    deprived = (score - score.mean()) / score.std()
    wards = len(profile)
    ward = rng.choice(wards, people, p=size / size.sum())
    # Deprived wards are younger.
    tilt = np.exp(-0.02 * np.outer(deprived, np.arange(BANDS)))
    share = np.array(_AGES) * tilt
    share /= share.sum(axis=1, keepdims=True)
    upper = np.cumsum(share, axis=1)[ward]
    band = np.minimum((rng.random(people)[:, None] > upper).sum(axis=1), BANDS - 1)
    female = (rng.random(people) < 0.51).astype(np.int64)
    years = np.where(rng.random(people) < 0.08, rng.random(people), 1.0)
    stratum = band * 2 + female
    luck = rng.gamma(_LUCK_SHAPE, 1 / _LUCK_SHAPE, people)
    shape = np.exp(0.05 * np.maximum(band - 8, 0) * 4) * np.where(female, 0.9, 1.0)
    for kind in KINDS:
        factor = np.exp(
            rng.normal(0, _WARD_SIGMA, wards) + _DEPRIVATION * deprived
            if planted
            else np.zeros(wards)
        )
        yield _facts(rng, kind, factor, ward, stratum, shape, years, luck, wards)


def _facts(
    rng: np.random.Generator,
    kind: Kind,
    factor: Array,
    ward: Codes,
    stratum: Codes,
    shape: Array,
    years: Array,
    luck: Array,
    wards: int,
) -> Facts:
    old = stratum >= kind.youngest // 5 * 2
    cells = wards * BANDS * 2
    cell = ward * (BANDS * 2) + stratum

    def total(values: Array, where: Codes = cell) -> Array:
        sums = np.bincount(where, values, minlength=cells).astype(float)
        return sums.reshape(wards, -1)

    level = shape * old / np.average(shape[old])
    rate = kind.rate * level * years
    if not kind.per_case:
        rate = rate * factor[ward]
        happened = rng.poisson(rate * luck / kind.amount)
        amount = _amounts(rng, kind, happened)
        return Facts(total(amount), total(amount**2), total(years * old), total(rate))
    cases = rng.poisson(rate * luck)
    case = np.repeat(cell, cases)
    chance = kind.amount * factor[np.repeat(ward, cases)]
    if kind.is_share:
        chance = np.minimum(chance, 0.95)
        counted = (rng.random(len(case)) < chance).astype(float)
    else:
        counted = rng.geometric(1 / np.maximum(chance, 1.0)).astype(float)
        chance = np.maximum(chance, 1.0)
    return Facts(
        total(counted, case),
        total(counted**2, case),
        total(np.ones(len(case)), case),
        total(chance, case),
    )


def _amounts(rng: np.random.Generator, kind: Kind, happened: Codes) -> Array:
    """What people's events add: one each, days or contacts in series, or pounds."""
    if kind.amount == 1.0:
        return happened.astype(float)
    if kind.amount > 100:
        pounds = rng.gamma(0.7 * np.maximum(happened, 1e-9), kind.amount / 0.7)
        return np.where(happened > 0, np.round(pounds), 0.0)
    more = rng.negative_binomial(np.maximum(happened, 1), 1 / kind.amount)
    return np.where(happened > 0, happened + more, 0).astype(float)


@dataclass(frozen=True)
class Result:
    """Wards of one kind in one city, each (wards,), NaN where there is no ratio."""

    true: Array
    ratio: Array
    lower: Array
    upper: Array
    shrunken: Array
    is_outside: npt.NDArray[np.bool_]


def estimated(kind: Kind, facts: Facts) -> Result:
    """Estimate the ratios of these facts and put the planted ratios beside them."""
    city = facts.denominator.sum(axis=0)
    has_people = city > 0
    per_stratum = np.where(has_people, city, 1.0)
    rate = facts.numerator.sum(axis=0) / per_stratum
    expected = facts.denominator @ rate
    true = facts.mean.sum(axis=1) / (
        facts.denominator @ (facts.mean.sum(axis=0) / per_stratum)
    )
    total = facts.numerator.sum()
    dispersion = (
        facts.squares.sum() - (facts.numerator.sum(axis=0) ** 2 / per_stratum).sum()
    ) / total
    if not kind.per_case:
        dispersion = max(dispersion, 1.0)
    wards = len(expected)
    table = estimate(
        pa.table(
            {
                "neighbourhood_id": [f"ward {number}" for number in range(wards)],
                "indicator_id": [kind.name] * wards,
                "period_start_date": ["2024-04-01"] * wards,
                "geography_type": ["ward"] * wards,
                "observed": facts.numerator.sum(axis=1),
                "expected": expected,
                "denominator": facts.denominator.sum(axis=1),
                "dispersion": np.full(wards, dispersion),
                "city_rate": np.full(wards, total / city.sum()),
                "is_share": np.full(wards, kind.is_share),
                "minimum_events": np.full(wards, 10.0),
                "yearly_rate": pa.nulls(wards, pa.float64()),
                "yearly_rate_variance": pa.nulls(wards, pa.float64()),
                "has_every_band": pa.nulls(wards, pa.bool_()),
            }
        )
    )

    def column(name: str) -> Array:
        return np.asarray(table.column(name).to_numpy(), dtype=float)

    ratio = column("ratio")
    outside = (ratio < column("funnel_95_lower")) | (ratio > column("funnel_95_upper"))
    return Result(
        true,
        ratio,
        column("ratio_lower"),
        column("ratio_upper"),
        column("shrunken_ratio"),
        outside,
    )


@dataclass(frozen=True)
class Row:
    """Results for one kind: shares (0 to 1) and mean squared errors of ratios."""

    kind: str
    covered: float
    error_raw: float
    error_shrunken: float
    outside_in_null_city: float


def study(seeds: int, people: int) -> list[Row]:
    """Simulate this number of cities, with planted differences and without."""
    planted = [list(simulate(seed, people)) for seed in range(seeds)]
    null = [list(simulate(seed, people, planted=False)) for seed in range(seeds)]
    rows = []
    for number, kind in enumerate(KINDS):
        wards = [estimated(kind, city[number]) for city in planted]
        covered = [(w.lower <= w.true) & (w.true <= w.upper) for w in wards]
        outside = [estimated(kind, city[number]).is_outside for city in null]
        rows.append(
            Row(
                kind.name,
                float(np.mean(covered)),
                float(np.mean([(w.ratio - w.true) ** 2 for w in wards])),
                float(np.mean([(w.shrunken - w.true) ** 2 for w in wards])),
                float(np.mean(outside)),
            )
        )
    return rows


def main(given: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m studies.estimates")
    parser.add_argument("--seeds", type=int, default=10, help="simulated cities")
    parser.add_argument("--people", type=int, default=200_000, help="people in each")
    arguments = parser.parse_args(given)
    rows = study(arguments.seeds, arguments.people)
    print(f"{arguments.seeds} cities of {arguments.people:,} people, every ward")
    print(
        f"{'kind of indicator':<30}{'covered':>9}{'MSE raw':>10}{'shrunken':>10}"
        f"{'outside in null city':>22}"
    )
    for row in rows:
        print(
            f"{row.kind:<30}{row.covered:>9.1%}{row.error_raw:>10.6f}"
            f"{row.error_shrunken:>10.6f}{row.outside_in_null_city:>22.1%}"
        )
    covered = float(np.mean([row.covered for row in rows]))
    outside = float(np.mean([row.outside_in_null_city for row in rows]))
    print(f"{'all':<30}{covered:>9.1%}{'':>20}{outside:>22.1%}")


if __name__ == "__main__":
    main()
