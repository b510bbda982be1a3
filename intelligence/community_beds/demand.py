"""Beds that an ageing city needs: rates, people, lengths of stay, and the queue.

Erlang's formulas say how many beds a load needs, a simulation corrects them, and both
numbers are shown. Uncertainty is that of the rates (gamma, over-dispersed), of the
lengths of stay (Poisson bootstrap) and of the share that could be at home; the
published projection comes without any and is used as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.community_beds.draws import Purpose, draw_purpose
from intelligence.community_beds.simulation import Queue, simulated_difference
from intelligence.statistics.checks import amounts
from intelligence.statistics.queues import Array, beds_for, capacity

DAYS_A_YEAR = 365.25
_SEED = 20_250_331
_QUANTILES = {
    "median": 0.5,
    "lower_80": 0.1,
    "upper_80": 0.9,
    "lower_95": 0.025,
    "upper_95": 0.975,
}
_SCHEMA = pa.schema(
    [
        ("year", pa.int64()),
        ("bed_purpose", pa.string()),
        ("scenario", pa.string()),
        ("when_full", pa.string()),
        ("home_care_component", pa.string()),
        ("chance_of_no_bed_share", pa.float64()),
        ("yearly_admissions", pa.float64()),
        ("mean_nights", pa.float64()),
        ("occupied_beds", pa.float64()),
        ("change_by_ageing_beds", pa.float64()),
        ("change_by_need_beds", pa.float64()),
        ("change_by_setting_beds", pa.float64()),
        ("beds_by_formula", pa.int64()),
        *((f"beds_needed_{name}", pa.int64()) for name in _QUANTILES),
        *(
            (f"home_care_hours_per_week_{name}", pa.float64())
            for name in _QUANTILES
            if not name.endswith("80")
        ),
    ]
)
# A row of a table: column name -> value.
Row = Mapping[str, Any]


def project_beds(
    need: pa.Table,
    stays: pa.Table,
    people: pa.Table,
    home: pa.Table,
    scenarios: pa.Table,
    draws: int = 400,
) -> pa.Table:
    """Beds needed by year, bed purpose and scenario; one row each, in that order.

    need: bed_purpose, cell, admissions, person_years of the base period; people: year,
    cell, population, where the first year is the base; a cell is an age band and sex.
    stays: bed_purpose, nights, delay_nights, weekday (0 Monday) of admission and month
    (a number) of discharge of ended stays; home: rule_set, bed_purpose, home_share,
    home_share_error, home_care_hours_per_week; scenarios: rows of the seed. A purpose
    without an ended stay has no row, nor has a scenario that moves people home where
    no one was judged.
    """
    cells = sorted(set(need["cell"].to_pylist()))
    years = sorted(set(people["year"].to_pylist()))
    population = _sums(people.to_pylist(), "population", cells, years)
    plans = scenarios.sort_by([("scenario", "ascending")]).to_pylist()
    at_home = {(r["rule_set"], r["bed_purpose"]): r for r in home.to_pylist()}
    rows = []
    for number, purpose in enumerate(sorted(set(need["bed_purpose"].to_pylist()))):
        of_it = stays.filter(pc.equal(stays["bed_purpose"], purpose))
        if of_it.num_rows == 0:
            continue
        rng = np.random.default_rng([_SEED, number])
        of_need = need.filter(pc.equal(need["bed_purpose"], purpose)).to_pylist()
        drawn = draw_purpose(
            rng,
            _sums(of_need, "admissions", cells)[0],
            _sums(of_need, "person_years", cells)[0],
            population,
            {
                name: of_it[name].to_numpy()
                for name in ("nights", "delay_nights", "weekday", "month")
            },
            draws,
        )
        of_purpose = [plan for plan in plans if plan["bed_purpose"] == purpose]
        rows += _rows_of_purpose(rng, purpose, drawn, years, of_purpose, at_home)
    rows.sort(key=lambda row: (row["year"], row["bed_purpose"], row["scenario"]))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _sums(
    rows: Sequence[Row],
    column: str,
    cells: Sequence[str],
    years: Sequence[int] | None = None,
) -> Array:
    """(years, cells) sums of a column, over one year where rows have none."""
    sums = np.zeros((len(years) if years else 1, len(cells)))
    at = {cell: n for n, cell in enumerate(cells)}
    for row in rows:
        if row["cell"] in at:
            year = years.index(row["year"]) if years else 0
            sums[year, at[row["cell"]]] += float(row[column])
    return sums


@dataclass(frozen=True)
class _Scenario:
    """One scenario of one bed purpose; all per draw.

    load: (draws, years) occupied beds. care: (draws, years) hours of home care a week
    that replace days in a bed. stays_in_bed, setting: (draws,) share of the days of a
    stay that is left, and that times the share of people who still come. growth: need
    over that of the year before.
    """

    plan: Row
    load: Array
    care: Array
    stays_in_bed: Array
    setting: Array
    growth: float


def _scenario(
    plan: Row,
    drawn: Purpose,
    before: Array,
    years: Sequence[int],
    luck: Array,
    home: Row,
) -> _Scenario:
    """What a scenario makes of the load.

    before: (draws, years) occupied beds if only people change. luck: (draws,) standard
    normal, for the share that could be at home.
    """
    share = float(home.get("home_share") or 0)
    error = float(home.get("home_share_error") or 0)
    hours = float(home.get("home_care_hours_per_week") or 0)
    home_first = plan["home_first_share"] * np.clip(share + error * luck, 0, 1)
    undelayed = 1 - (1 - plan["delay_days_kept_share"]) * drawn.delay_share
    stays_in_bed = plan["length_of_stay_factor"] * undelayed
    setting = stays_in_bed * (1 - home_first)
    growth = 1 + plan["yearly_need_growth_share"]
    before = before * growth ** (np.array(years) - years[0])
    # A shorter course of care leaves no care to give at home; a day at home instead of
    # in a bed, or no longer spent waiting, does.
    moved = (1 - undelayed) + undelayed * home_first
    return _Scenario(
        plan,
        load=before * setting[:, None],
        care=before * plan["length_of_stay_factor"] * moved[:, None] * hours,
        stays_in_bed=stays_in_bed,
        setting=setting,
        growth=growth,
    )


def _rows_of_purpose(
    rng: np.random.Generator,
    purpose: str,
    drawn: Purpose,
    years: Sequence[int],
    plans: Sequence[Row],
    at_home: Mapping[tuple[str, str], Row],
) -> list[dict[str, Any]]:
    """Rows of one bed purpose: every year and scenario."""
    # The same draw is the same world in every scenario.
    luck = rng.standard_normal(len(drawn.nights))
    base = drawn.admissions[:, :1] * drawn.nights[:, None] / DAYS_A_YEAR
    ageing = drawn.admissions / np.maximum(drawn.admissions[:, :1], 1e-12)
    scenarios = []
    for plan in plans:
        home = at_home.get((plan["rule_set"], purpose), {})
        if plan["home_first_share"] > 0 and home.get("home_share") is None:
            continue
        scenarios.append(_scenario(plan, drawn, base * ageing, years, luck, home))
    loads = np.concatenate([scenario.load.ravel() for scenario in scenarios])
    lines = _lines(rng, drawn, plans, loads)
    rows = []
    for scenario in scenarios:
        plan = scenario.plan
        line, carried = lines[plan["when_full"], plan["chance_of_no_bed_share"]]
        formula = beds_for(scenario.load, carried)
        beyond = np.polyval(line, np.log(np.maximum(scenario.load, 0.2)))
        beds = np.maximum(np.ceil(formula + beyond - 1e-9), 1)
        for n, year in enumerate(years):
            growth = scenario.growth ** (year - years[0])
            changes = changes_by_factor(
                [
                    ageing[:, n],
                    np.full(len(luck), growth),
                    scenario.setting,
                ],
                base[:, 0],
            )
            rows.append(
                {
                    "year": year,
                    "bed_purpose": purpose,
                    "scenario": plan["scenario"],
                    "when_full": plan["when_full"],
                    "home_care_component": plan["home_care_component"],
                    "chance_of_no_bed_share": plan["chance_of_no_bed_share"],
                    "yearly_admissions": float(
                        (drawn.admissions[:, n] * growth).mean()
                    ),
                    "mean_nights": float((drawn.nights * scenario.stays_in_bed).mean()),
                    "occupied_beds": float(scenario.load[:, n].mean()),
                    "change_by_ageing_beds": float(changes[0].mean()),
                    "change_by_need_beds": float(changes[1].mean()),
                    "change_by_setting_beds": float(changes[2].mean()),
                    "beds_by_formula": _whole(np.ceil(formula[:, n] - 1e-9), 0.5),
                    **{
                        f"beds_needed_{name}": _whole(beds[:, n], level)
                        for name, level in _QUANTILES.items()
                    },
                    **{
                        f"home_care_hours_per_week_{name}": float(
                            np.quantile(scenario.care[:, n], level)
                        )
                        for name, level in _QUANTILES.items()
                        if not name.endswith("80")
                    },
                }
            )
    return rows


def _lines(
    rng: np.random.Generator, drawn: Purpose, plans: Sequence[Row], loads: Array
) -> dict[tuple[str, float], tuple[Array, Array]]:
    """By when_full and chance: the line of beds beyond Erlang, and Erlang's capacity.

    loads: all that the scenarios have, in any order.
    """
    most = int(loads.max() + 8 * loads.max() ** 0.5) + 12
    ends = (float(np.quantile(loads, 0.01)), float(np.quantile(loads, 0.99)))
    lines = {}
    for when_full in sorted({plan["when_full"] for plan in plans}):
        queue = Queue(drawn.queue_nights, drawn.weekday, when_full)
        chances = sorted(
            {p["chance_of_no_bed_share"] for p in plans if p["when_full"] == when_full}
        )
        for chance, line in simulated_difference(rng, queue, chances, ends).items():
            lines[when_full, chance] = (line, capacity(chance, when_full, most))
    return lines


def changes_by_factor(factors: Sequence[Array], base: Array) -> list[Array]:
    """Part of each of three factors in base * (their product) - base, in units of base.

    Each factor and base: (draws,), and so are the parts. They are Shapley values,
    averages over all orders in which the factors may change (L. Shapley 1953), so they
    add up and no order is preferred. Raises ValueError for another number of factors,
    or values that are below 0 or no numbers.
    """
    if len(factors) != 3:
        raise ValueError("factors has three of them")
    amounts(base=base, **{f"factors[{n}]": one for n, one in enumerate(factors)})
    parts = []
    for n, factor in enumerate(factors):
        first, second = (factors[m] for m in range(3) if m != n)
        weight = 1 / 3 + first / 6 + second / 6 + first * second / 3
        parts.append(base * (factor - 1) * weight)
    return parts


def _whole(beds: Array, level: float) -> int:
    """A quantile that is one of the values."""
    return int(np.quantile(beds, level, method="inverted_cdf"))
