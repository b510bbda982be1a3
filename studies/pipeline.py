"""Does what was planted in a demo city come out of its raw feeds?

The city's truth says by how much each ward multiplies each activity
(truth/ward_multiplier.csv); on top of it the generator makes deprived places need more,
through people's risks, and wards that it makes ill (truth/ward_morbidity.csv), through
long-term conditions and frailty. So the ratios that the hub shows, logged, are
regressed over the wards on the planted multiplier, logged, the deprivation score and
the planted illness: the slope of the multiplier should be one. With that slope taken
as one, and deprivation and illness fitted, every ward has a planted ratio, and the
table says how many of the intervals of all wards and financial years hold it. What
straight lines of deprivation and illness leave out counts against the intervals.

From some month on the slow-down and a Better Care Fund scheme keep people away, more in
some wards than in others. The multiplier says nothing of that, so of what they change
only the financial years before both are looked at.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from intelligence.rates import Array

# Each planted activity by an indicator that is made by it alone.
INDICATORS = {
    "emergency_attendance": "emergency_attendance_not_admitted",
    "emergency_admission": "emergency_admission",
    "elective_admission": "elective_admission",
    "community_contact": "community_contact",
    "community_bed": "community_bed_stay_65_plus",
    "mental_health": "mental_health_contact",
    "social_care": "social_care_request",
}
# These become fewer, and unequally so, once the slow-down or a scheme begins.
SLOWED_DOWN = ("emergency_attendance", "emergency_admission")
_WARD_YEARS = """
    select
        areas.code,
        areas.imd_2025_score,
        multipliers.multiplier,
        morbidity.morbidity,
        indicators.observed,
        indicators.expected,
        indicators.ratio_lower,
        indicators.ratio_upper
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
        and indicators.period_end_date < ?
    order by areas.code, indicators.period_start_date
"""


@dataclass(frozen=True)
class Found:
    """What came out of one activity: slope with 95 % limits, share covered (0 to 1)."""

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
    """The day from which wards differ in an activity by more than the multiplier."""
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


def found(hub: duckdb.DuckDBPyConnection, truth: Path) -> list[Found]:
    """Hold the ratios of a built hub against the truth of its city."""
    rows = []
    for activity, indicator in INDICATORS.items():
        years = hub.execute(
            _WARD_YEARS,
            [
                *(str(truth / "ward_multiplier.csv"), activity),
                *(str(truth / "ward_morbidity.csv"), indicator),
                planted_until(activity, truth),
            ],
        ).fetchnumpy()
        ward = np.unique(years["code"], return_inverse=True)[1]
        first = np.unique(ward, return_index=True)[1]
        observed = np.bincount(ward, years["observed"]).astype(float)
        expected = np.bincount(ward, years["expected"]).astype(float)
        planted = np.log(years["multiplier"][first])
        score, illness = years["imd_2025_score"][first], years["morbidity"][first]
        seen = observed > 0
        logged = np.log(observed[seen] / expected[seen])
        columns = np.column_stack([np.ones(len(seen)), score, illness, planted])
        weight = expected[seen].astype(float)
        line, error = weighted_line(logged, columns[seen], weight)
        # The multiplier itself takes no fitting; level, deprivation and illness do.
        level, _ = weighted_line(logged - planted[seen], columns[seen, :3], weight)
        true = np.exp(columns[:, :3] @ level + planted)[ward]
        inside = (years["ratio_lower"] <= true) & (true <= years["ratio_upper"])
        rows.append(
            Found(
                activity,
                float(line[3]),
                float(line[3] - 1.96 * error[3]),
                float(line[3] + 1.96 * error[3]),
                float(np.mean(inside)),
                len(inside),
            )
        )
    return rows


def main(given: list[str] | None = None) -> None:
    """Print the table of one built city."""
    parser = argparse.ArgumentParser(prog="python -m studies.pipeline")
    parser.add_argument("--hub", type=Path, default=Path("live/hub.duckdb"))
    parser.add_argument("--truth", type=Path, default=Path("demo/truth"))
    arguments = parser.parse_args(given)
    with duckdb.connect(str(arguments.hub), read_only=True) as hub:
        rows = found(hub, arguments.truth)
    print(f"{'planted activity':<24}{'slope (should be 1)':>24}{'intervals hold':>18}")
    for row in rows:
        slope = f"{row.slope:.2f} ({row.lower:.2f} to {row.upper:.2f})"
        print(f"{row.activity:<24}{slope:>24}{row.covered:>13.1%} of {row.ward_years}")


if __name__ == "__main__":
    main()
