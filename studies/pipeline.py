"""Is what was planted in a demo city found again from its raw feeds?

The city's truth says by how much each ward multiplies each activity
(truth/ward_multiplier.csv). In addition the generator gives deprived places more need,
through people's risks, and so it does with wards that it makes ill
(truth/ward_morbidity.csv), through long-term conditions and frailty. So the log ratios
of the hub are regressed over the wards on the log of the planted multiplier, the
deprivation score and the planted illness: the slope of the multiplier should be one.
From some month on the slow-down and a Better Care Fund scheme prevent events, more in
some wards than in others. The multiplier does not cover that, so measures that they
change are regressed only over the financial years before both.

The table also says how many of the intervals of all wards and financial years hold the
ratio that is planted there: that of the same city drawn again with other people and
other chance (`studies.planted_ratios`). A ratio from the lines of the regression will
not do: stays in community beds follow emergency admissions and their multiplier, and
illness does not follow lines. At 800,000 people what lines leave out is as large as the
intervals, which then hold 84 % of such ratios.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from intelligence.statistics.rates import Array
from studies.planted_ratios import (
    FIRST_YEAR,
    HELD,
    draw_often,
    nearer,
    planted_ratios,
    ward_codes,
)

# Each planted activity, and an indicator that depends on it alone.
INDICATORS = {
    "emergency_attendance": "emergency_attendance_not_admitted",
    "emergency_admission": "emergency_admission",
    "elective_admission": "elective_admission",
    "community_contact": "community_contact",
    "community_bed": "community_bed_stay_65_plus",
    "mental_health": "mental_health_contact",
    "social_care": "social_care_request",
}
# These fall, in some wards more than in others, once the slow-down or a scheme begins.
SLOWED_DOWN = ("emergency_attendance", "emergency_admission")
_WARD_YEARS = """
    select
        areas.code,
        areas.imd_2025_score,
        multipliers.multiplier,
        morbidity.morbidity,
        indicators.observed,
        indicators.expected,
        indicators.ratio,
        indicators.ratio_lower,
        indicators.ratio_upper,
        year(indicators.period_start_date) as year_start,
        indicators.period_end_date < ? as is_before
    from neighbourhood.fct_neighbourhood_indicator as indicators
    inner join neighbourhood.dim_neighbourhood as areas
        on indicators.neighbourhood_id = areas.neighbourhood_id
    inner join read_csv(?) as multipliers
        on areas.code = multipliers.ward_code and multipliers.activity = ?
    inner join read_csv(?) as morbidity on areas.code = morbidity.ward_code
    where
        indicators.geography_type = 'ward'
        and indicators.is_financial_year
        and indicators.indicator_id = ?
    order by areas.code, indicators.period_start_date
"""


@dataclass(frozen=True)
class Found:
    """Results for one activity: slope with 95 % limits, share covered (0 to 1)."""

    activity: str
    slope: float
    lower: float
    upper: float
    covered: float
    ward_years: int


def weighted_line(outcome: Array, columns: Array, weight: Array) -> tuple[Array, Array]:
    """Weighted least squares: coefficients of `columns` (n, k) and standard errors."""
    root = np.sqrt(weight)
    left, right = columns * root[:, None], outcome * root
    inverse = np.linalg.inv(left.T @ left)
    fitted = inverse @ left.T @ right
    rest = right - left @ fitted
    variance = float(rest @ rest) / (len(outcome) - columns.shape[1])
    return fitted, np.sqrt(np.diag(inverse) * variance)


def planted_until(activity: str, truth: Path) -> date:
    """The day from which wards differ in an activity for further reasons."""
    if activity not in SLOWED_DOWN:
        return date.max
    (first,) = duckdb.execute(
        "select min(cast(day as date)) from ("
        "select first_month as day from read_csv($slow_down) "
        "union all select start_date as day from read_csv($schemes))",
        {
            "slow_down": str(truth / "unplanned_care.csv"),
            "schemes": str(truth / "scheme.csv"),
        },
    ).fetchall()[0]
    until: date = first
    return until


def found(
    hub: duckdb.DuckDBPyConnection, truth: Path, people: int, seed: int, draws: int
) -> list[Found]:
    """Compare the ratios of a built hub with the truth of its city.

    people, seed: those of the city; draws: how often it is drawn again.
    """
    ratios = planted_ratios(draw_often(people, seed, draws))
    position = {code: at for at, code in enumerate(ward_codes(people, seed).tolist())}
    rows = []
    for activity, indicator in INDICATORS.items():
        years = hub.execute(
            _WARD_YEARS,
            [
                planted_until(activity, truth),
                *(str(truth / "ward_multiplier.csv"), activity),
                *(str(truth / "ward_morbidity.csv"), indicator),
            ],
        ).fetchnumpy()
        ward = np.array([position[code] for code in years["code"].tolist()])
        planted = ratios[activity][ward, years["year_start"] - FIRST_YEAR]
        true = nearer(planted, years["ratio"], draws)
        inside = (years["ratio_lower"] <= true) & (true <= years["ratio_upper"])
        slope, error = _slope(years)
        rows.append(
            Found(
                activity,
                slope,
                slope - 1.96 * error,
                slope + 1.96 * error,
                float(np.mean(inside)),
                len(inside),
            )
        )
    return rows


def _slope(years: dict[str, Array]) -> tuple[float, float]:
    """Slope of log ratios over wards on the log multiplier, and its standard error."""
    before = years["is_before"]
    code = years["code"][before]
    first, ward = np.unique(code, return_index=True, return_inverse=True)[1:]
    observed = np.bincount(ward, years["observed"][before]).astype(float)
    expected = np.bincount(ward, years["expected"][before]).astype(float)
    columns = np.column_stack(
        [
            np.ones(len(first)),
            years["imd_2025_score"][before][first],
            years["morbidity"][before][first],
            np.log(years["multiplier"][before][first]),
        ]
    )
    seen = observed > 0
    logged = np.log(observed[seen] / expected[seen])
    line, error = weighted_line(logged, columns[seen], expected[seen])
    return float(line[3]), float(error[3])


def main(given: list[str] | None = None) -> int:
    """Print the table of one built city; 1 when intervals hold too little."""
    parser = argparse.ArgumentParser(prog="python -m studies.pipeline")
    parser.add_argument("--hub", type=Path, default=Path("live/hub.duckdb"))
    parser.add_argument("--truth", type=Path, default=Path("demo/truth"))
    parser.add_argument("--people", type=int, default=20_000, help="of the city")
    parser.add_argument("--seed", type=int, default=1, help="of the city")
    parser.add_argument("--draws", type=int, default=10, help="of the same city")
    asked = parser.parse_args(given)
    with duckdb.connect(str(asked.hub), read_only=True) as hub:
        rows = found(hub, asked.truth, asked.people, asked.seed, asked.draws)
    print(f"{'planted activity':<24}{'slope (should be 1)':>24}{'intervals hold':>18}")
    for row in rows:
        slope = f"{row.slope:.2f} ({row.lower:.2f} to {row.upper:.2f})"
        print(f"{row.activity:<24}{slope:>24}{row.covered:>13.1%} of {row.ward_years}")
    return int(min(row.covered for row in rows) < HELD)


if __name__ == "__main__":
    sys.exit(main())
