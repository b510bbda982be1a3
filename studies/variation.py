"""Do the shares of variation say why wards differ, as planted?

Simulated conformed facts: the multipliers of the demo city (need, supply, unexplained)
and a gradient of deprivation make the wards of a city differ in each activity; observed
are counts, conditions, frailty, care homes, capacity and travel, with the errors of
counts. Planted shares are those that the same split gives for the true means and the
planted parts themselves. The table says how often the 95 % intervals hold them, and
in a city whose wards do not differ how often that of the systematic component holds 0.

With --hub and --truth the wards are those of a hub built from a demo city's raw feeds,
and the city's truth says what was planted, in the years of `studies.pipeline`. The
gradient of deprivation is then fitted, because it follows from people's own risks.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from intelligence.neighbourhood.explanations import SETS
from intelligence.statistics import variation
from intelligence.statistics.variation import Array
from studies.pipeline import INDICATORS, planted_until, weighted_line
from synthetic_city import settings
from synthetic_city.city.geography import draw_geography
from synthetic_city.city.supply import draw_supply
from synthetic_city.city.wards import (
    ACTIVITIES,
    MORBIDITY_OF_CONDITIONS,
    draw_multipliers,
)
from synthetic_city.draw import part

PARTS = (*SETS, "unexplained", "chance")
# Events per person-year, variance over mean, and gradient of deprivation (log scale, by
# standard deviation of LSOAs), as they occur in a city.
KINDS = {
    "emergency_attendance": (0.33, 1.3, 0.20),
    "emergency_admission": (0.07, 1.4, 0.15),
    "elective_admission": (0.16, 1.5, 0.03),
    "community_contact": (1.60, 14.0, 0.10),
    "mental_health": (0.35, 11.0, 0.28),
    "social_care": (0.02, 1.2, 0.15),
}
# Conditions and frail people per resident, and how deprivation makes them commoner.
_REGISTERED = (0.55, 0.02)
_GRADIENT_OF_CONDITIONS = 0.10
_COVARIATES = [name for names in SETS.values() for name in names]
_WARD_YEARS = f"""
    select
        areas.code,
        areas.imd_2025_score,
        truth.need,
        truth.supply,
        truth.multiplier,
        rows.observed,
        rows.expected,
        rows.dispersion,
        {", ".join(f"rows.{name}" for name in _COVARIATES)}
    from intermediate.int_neighbourhood__indicator_covariates as rows
    inner join neighbourhood.dim_neighbourhood as areas
        on rows.neighbourhood_id = areas.neighbourhood_id
    inner join read_csv(?) as truth
        on areas.code = truth.ward_code and truth.activity = ?
    where
        rows.geography_type = 'ward'
        and rows.indicator_id = ?
        and rows.period_start_date + interval 1 year <= ?
    order by rows.period_start_date, areas.code
"""


@dataclass(frozen=True)
class Case:
    """Wards in one activity and year: amounts (wards,) and covariates (wards, columns).

    mean: the planted mean of `observed`; dispersion: variance over mean by chance.
    """

    activity: str
    observed: Array
    expected: Array
    mean: Array
    dispersion: float
    seen: Mapping[str, Array]
    planted: Mapping[str, Array]


def simulate(seed: int, people: int, differ: bool = True) -> list[Case]:
    """The wards of one city in each of KINDS; if not `differ`, at the same rates."""
    city = settings.City(people, 0, 364, seed, False, Path())
    geo = draw_geography(part(seed, "geography"), people)
    wards = draw_multipliers(city, geo)
    supply = draw_supply(city, wards)
    rng = np.random.default_rng([seed, people])
    residents = people * geo.ward["people"] / geo.ward["people"].sum()
    deprivation = geo.ward["deprivation"]
    commoner = np.exp(
        _GRADIENT_OF_CONDITIONS * deprivation
        + MORBIDITY_OF_CONDITIONS * wards.morbidity
    )
    registered = [
        rng.poisson(rate * residents * commoner) / (rate * residents)
        for rate in _REGISTERED
    ]
    # Care homes are the same in all years.
    in_homes = rng.gamma(2.0, 0.5, len(residents))
    cases = []
    for activity, (rate, dispersion, gradient) in KINDS.items():
        at = ACTIVITIES.index(activity)
        factor = wards.of(activity) * np.exp(gradient * deprivation)
        # Some wards expect more than others because of their ages.
        expected = rate * residents * rng.gamma(40, 1 / 40, len(residents))
        mean = expected * factor if differ else expected
        observed = rng.poisson(mean / dispersion) * dispersion
        cases.append(
            Case(
                activity,
                observed,
                expected * observed.sum() / expected.sum(),
                mean,
                dispersion,
                seen={
                    "deprivation": deprivation[:, None],
                    "need": np.column_stack([*registered, in_homes]),
                    "supply": np.log(
                        np.column_stack([supply.capacity[at], supply.minutes[at]])
                    ),
                },
                planted={
                    "deprivation": deprivation[:, None],
                    "need": np.log(wards.need[at])[:, None],
                    "supply": np.log(wards.supply[at])[:, None],
                },
            )
        )
    return cases


def of_hub(hub: duckdb.DuckDBPyConnection, truth: Path) -> list[Case]:
    """The wards of a built hub with what was planted on them."""
    cases = []
    for activity, indicator in INDICATORS.items():
        found = hub.execute(
            _WARD_YEARS,
            [
                *(str(truth / "ward_multiplier.csv"), activity, indicator),
                planted_until(activity, truth),
            ],
        ).fetchnumpy()
        numbers = {
            name: np.asarray(column, dtype=float)
            for name, column in found.items()
            if name != "code"
        }
        years = len(found["code"]) // len(np.unique(found["code"]))
        multiplier, score = np.log(numbers["multiplier"]), numbers["imd_2025_score"]
        # Level and gradient of deprivation are the city's, over all its years.
        happened = numbers["observed"] > 0
        columns = np.column_stack([np.ones(len(score)), score])
        ratio = np.log(numbers["observed"][happened] / numbers["expected"][happened])
        line, _ = weighted_line(
            ratio - multiplier[happened],
            columns[happened],
            numbers["expected"][happened],
        )
        factor = np.exp(columns @ line + multiplier)
        for rows in np.split(np.arange(len(score)), years):
            year = {name: column[rows] for name, column in numbers.items()}
            cases.append(
                Case(
                    activity,
                    year["observed"],
                    year["expected"],
                    year["expected"] * factor[rows],
                    float(year["dispersion"][0]),
                    seen={
                        name: np.column_stack([year[column] for column in columns_of])
                        for name, columns_of in SETS.items()
                    },
                    planted={
                        "deprivation": year["imd_2025_score"][:, None],
                        "need": np.log(year["need"])[:, None],
                        "supply": np.log(year["supply"])[:, None],
                    },
                )
            )
    return cases


def planted_shares(case: Case) -> Array:
    """(PARTS,) shares that the true means and the planted parts give; they sum to 1."""
    expected = case.expected * case.mean.sum() / case.expected.sum()
    columns = list(case.planted.values())
    left = []
    for row in range(1 << len(columns)):
        chosen = [column for n, column in enumerate(columns) if row >> n & 1]
        covariates = np.column_stack([np.zeros((len(expected), 0)), *chosen])
        fitted = variation.fit_poisson(case.mean[None], expected, covariates)
        left.append(float(variation.deviance(case.mean, fitted[0])))
    explained = variation.shapley(left[0] - np.array(left))
    chance = variation.chance_deviance(case.mean, case.dispersion)
    shares: Array = np.array([*explained, left[-1], chance]) / (left[0] + chance)
    return shares


@dataclass(frozen=True)
class Row:
    """One activity: planted, found and how often covered share of each of PARTS."""

    activity: str
    planted: Array
    found: Array
    covered: Array
    cases: int


def hold_against_truth(cases: list[Case], replicates: int = 200) -> list[Row]:
    """Explain every case and put the planted shares beside the shares found."""
    rows = []
    for activity in dict.fromkeys(case.activity for case in cases):
        planted, found, covered = [], [], []
        for seed, case in enumerate(c for c in cases if c.activity == activity):
            result = variation.explain(
                case.observed,
                case.expected,
                case.seen,
                case.dispersion,
                replicates=replicates,
                seed=seed,
            )
            if result.reason:
                continue
            true = planted_shares(case)
            planted.append(true)
            found.append(result.shares)
            covered.append(
                (result.shares_lower <= true) & (true <= result.shares_upper)
            )
        if planted:
            means = [np.mean(values, axis=0) for values in (planted, found, covered)]
            rows.append(Row(activity, means[0], means[1], means[2], len(planted)))
    return rows


def zero_is_held(seeds: int, people: int) -> float:
    """Share of intervals of the systematic component that hold 0 in null cities."""
    held = [
        variation.systematic_variation(case.observed, case.expected, case.dispersion)
        for seed in range(seeds)
        for case in simulate(seed, people, differ=False)
    ]
    return float(np.mean([estimate.lower == 0 for estimate in held]))


def main(given: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m studies.variation")
    parser.add_argument("--seeds", type=int, default=20, help="simulated cities")
    parser.add_argument("--people", type=int, default=200_000, help="people in each")
    parser.add_argument("--hub", type=Path, help="hub.duckdb of a built demo city")
    parser.add_argument("--truth", type=Path, help="truth folder of that demo city")
    arguments = parser.parse_args(given)
    if arguments.hub:
        with duckdb.connect(str(arguments.hub), read_only=True) as hub:
            rows = hold_against_truth(of_hub(hub, arguments.truth))
    else:
        cases = [
            case
            for seed in range(arguments.seeds)
            for case in simulate(seed, arguments.people)
        ]
        rows = hold_against_truth(cases)
    print(
        "planted, found and covered share of each part of the variation between wards"
    )
    print(f"{'':<22}" + "".join(f"{name:>20}" for name in PARTS))
    for row in rows:
        cells = zip(row.planted, row.found, row.covered, strict=True)
        print(
            f"{row.activity:<22}"
            + "".join(f"{a:>7.0%}{b:>6.0%}{c:>7.0%}" for a, b, c in cells)
        )
    covered = np.mean([row.covered for row in rows], axis=0)
    print(f"{'all':<22}" + "".join(f"{share:>20.0%}" for share in covered))
    print(f"all parts together: {covered.mean():.1%} covered")
    if not arguments.hub:
        held = zero_is_held(arguments.seeds, arguments.people)
        print(f"cities without differences: 0 in {held:.1%} of the SCV's intervals")


if __name__ == "__main__":
    main()
