"""Beds that an ageing city needs: rates, people, lengths of stay, and the queue.

Erlang's formulas (A. K. Erlang 1917; W. Feller, Introduction to Probability Theory,
vol. 1, XVII.7) hold when people come at random at a steady pace. They do not come
steadily through the week, and a bed is asked for by the day, so a simulation says by
how many beds the formula misses, and both are shown. Uncertainty is that of the rates
(gamma, over-dispersed), of the lengths of stay (Poisson bootstrap) and of the share
that could be at home; the published projection has none and is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]

WAITS, IS_REFUSED = "waits", "is refused"
DAYS_A_YEAR = 365.25
_SEED = 20_250_331
_SETTLING_DAYS, _DAYS, _REPLICAS, _LOADS = 600, 8_000, 6, 5
_NIGHTS_KEPT = 2_000
_QUANTILES = {
    "median": 0.5,
    "lower_80": 0.1,
    "upper_80": 0.9,
    "lower_95": 0.025,
    "upper_95": 0.975,
}


def erlang_b(load: float, beds: int) -> float:
    """Chance that somebody is refused because all beds are taken.

    load: people a day times days of stay (erlangs), 0 or more. Whoever finds no bed
    goes elsewhere; the length of stay may have any distribution. Raises ValueError for
    a negative load or number of beds.
    """
    return float(_refused(np.array([load]), beds)[-1, 0])


def erlang_c(load: float, beds: int) -> float:
    """Chance that somebody must wait for a bed because all are taken.

    load as for `erlang_b`; lengths of stay are exponential. 1 when the load is as much
    as the beds or more: then the queue grows without end.
    """
    return float(_waiting(np.array([load]), beds)[-1, 0])


def _refused(load: Array, beds: int) -> Array:
    """(beds + 1, loads) Erlang-B of 0, 1, ... beds, by the stable recursion."""
    if beds < 0 or (load < 0).any():
        raise ValueError("a load and a number of beds cannot be negative")
    rows = np.ones((beds + 1, len(load)))
    for n in range(1, beds + 1):
        rows[n] = load * rows[n - 1] / (n + load * rows[n - 1])
    return rows


def _waiting(load: Array, beds: int) -> Array:
    """(beds + 1, loads) Erlang-C of 0, 1, ... beds."""
    refused = _refused(load, beds)
    idle = 1 - load / np.maximum(np.arange(beds + 1)[:, None], 1e-9)
    chance = refused / (refused + (1 - refused) * np.maximum(idle, 0))
    return np.where(idle > 0, chance, 1.0)


def capacity(chance_of_no_bed: float, when_full: str, most_beds: int) -> Array:
    """(most_beds + 1,) greatest load that 0, 1, ... beds carry within this chance.

    when_full: "waits" (Erlang-C) or "is refused" (Erlang-B); else ValueError.
    """
    formula = {WAITS: _waiting, IS_REFUSED: _refused}.get(when_full)
    if formula is None:
        raise ValueError(f"when full, somebody '{WAITS}' or '{IS_REFUSED}'")
    beds = np.arange(most_beds + 1)
    low, high = np.zeros(most_beds + 1), np.maximum(beds, 1) * 2.0
    for _ in range(50):
        middle = (low + high) / 2
        fits = formula(middle, most_beds)[beds, beds] <= chance_of_no_bed
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    low[0] = 0
    return low


def beds_for(load: Array, carried: Array) -> Array:
    """Beds, with fractions, that carry each load; round up for whole beds.

    carried: `capacity` by number of beds, for more beds than any load needs.
    """
    beds: Array = np.interp(load, carried, np.arange(len(carried)))
    return beds


@dataclass(frozen=True)
class Queue:
    """What is simulated for one bed purpose.

    nights: (n,) observed lengths of stay, in days; weekday: (7,) relative arrivals,
    Monday first, mean 1.
    """

    nights: Array
    weekday: Array
    when_full: str


def simulated_chances(
    rng: np.random.Generator, queue: Queue, loads: Array, of_load: Array, beds: Array
) -> Array:
    """(lanes,) share of people who find no bed free on the day they need one.

    loads: (streams,) of arrivals; of_load: (lanes,) the stream each lane sees; beds:
    (lanes,). Each day beds are left in the morning, then those who wait longest come
    in, then those who came today; who stays a part of a day takes the bed for it.
    """
    nights = np.maximum(queue.nights, 1).astype(np.int64)
    nights = np.sort(nights)[np.linspace(0, len(nights) - 1, _NIGHTS_KEPT).astype(int)]
    a_day = loads / nights.mean()
    window = int(nights.max()) + 1
    lanes = np.arange(len(beds))
    leaving = np.zeros((len(beds), window), dtype=np.int64)
    used, waiting, asked, without = (
        np.zeros(len(beds), dtype=np.int64) for _ in range(4)
    )
    for day in range(_SETTLING_DAYS + _DAYS):
        place = day % window
        used -= leaving[:, place]
        leaving[:, place] = 0
        came = rng.poisson(a_day * queue.weekday[day % 7])[of_load]
        free = beds - used
        from_queue = np.minimum(waiting, free)
        at_once = np.minimum(came, free - from_queue)
        enter = from_queue + at_once
        owner = np.repeat(lanes, enter)
        until = day + nights[rng.integers(0, _NIGHTS_KEPT, len(owner))]
        np.add.at(leaving, (owner, until % window), 1)
        used += enter
        if queue.when_full == WAITS:
            waiting += came - at_once - from_queue
        if day >= _SETTLING_DAYS:
            asked += came
            without += came - at_once
    return without / np.maximum(asked, 1)


def simulated_difference(
    rng: np.random.Generator,
    queue: Queue,
    chances: Sequence[float],
    load_range: tuple[float, float],
) -> dict[float, Array]:
    """For each chance the line (slope, intercept) of beds beyond Erlang on log load.

    The simulation runs at a few loads over the range, at the beds around what Erlang
    asks for, several times each; where its chance crosses the wanted one is compared
    with where Erlang's does, and a line through the differences evens out its noise.
    """
    low, high = max(load_range[0], 0.2), max(load_range[1], 0.2) * 1.01
    loads = np.geomspace(low, high, _LOADS)
    most = int(high + 8 * high**0.5) + 12
    carried = {c: capacity(c, queue.when_full, most) for c in chances}
    loosest, strictest = carried[max(chances)], carried[min(chances)]
    tried = [
        np.arange(
            max(int(beds_for(a, loosest)) - 3, 1), int(beds_for(a, strictest)) + 4
        )
        for a in loads
    ]
    stream = np.repeat(np.arange(_LOADS), [len(t) for t in tried])
    found = simulated_chances(
        rng,
        queue,
        np.tile(loads, _REPLICAS),
        (stream + _LOADS * np.arange(_REPLICAS)[:, None]).ravel(),
        np.tile(np.concatenate(tried), _REPLICAS),
    )
    found = found.reshape(_REPLICAS, -1).mean(axis=0)
    lines = {}
    for chance in chances:
        beyond = np.zeros(_LOADS)
        for n, (a, beds) in enumerate(zip(loads, tried, strict=True)):
            log_chance = np.log(np.maximum(found[stream == n], 1e-7))
            falling = np.minimum.accumulate(log_chance)
            crossing = np.interp(-np.log(chance), -falling, beds)
            beyond[n] = crossing - beds_for(a, carried[chance])
        lines[chance] = np.polyfit(np.log(loads), beyond, 1)
    return lines


def dispersion(counts: Array) -> float:
    """Variance over mean of counts of like periods (Pearson), at least 1."""
    if len(counts) < 2 or counts.sum() == 0:
        return 1.0
    return max(float(counts.var(ddof=1) / counts.mean()), 1.0)


def shapley_of_product(ratios: Sequence[Array], base: Array) -> list[Array]:
    """Share of each factor in base * (product of ratios) - base, in units of base.

    Three factors; the shares are averages over all orders in which the factors may
    change (L. Shapley 1953), so they add up and no order is preferred.
    """
    shares = []
    for n, ratio in enumerate(ratios):
        first, second = (ratios[m] for m in range(3) if m != n)
        weight = 1 / 3 + first / 6 + second / 6 + first * second / 3
        shares.append(base * (ratio - 1) * weight)
    return shares


@dataclass(frozen=True)
class Purpose:
    """Draws for one bed purpose.

    admissions: (draws, years) a year at today's rates; nights, delay_share: (draws,).
    """

    admissions: Array
    nights: Array
    delay_share: Array
    queue_nights: Array
    weekday: Array


def draw_purpose(
    rng: np.random.Generator,
    admissions: Array,
    person_years: Array,
    people: Array,
    stays: Mapping[str, Array],
    draws: int,
) -> Purpose:
    """Draw what is not known of one bed purpose.

    admissions, person_years: (cells,) by age and sex; people: (years, cells) projected;
    stays: nights and delay_nights of ended stays, weekday (0 Monday) of admission and
    month (a number) of discharge.
    """
    months = stays["month"]
    spread = dispersion(np.bincount(months - months.min(initial=0)))
    # Mean and variance of the counts as seen; a cell without admissions stays empty.
    shape = np.maximum(admissions / spread, 1e-12)
    drawn = rng.gamma(shape, spread, (draws, len(admissions)))
    rates = drawn / np.maximum(person_years, 1e-9)
    nights, delays = stays["nights"], stays["delay_nights"]
    means, delay_shares = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        weight = rng.poisson(1.0, len(nights))
        total = max(float((weight * nights).sum()), 1e-9)
        means[draw] = total / max(int(weight.sum()), 1)
        delay_shares[draw] = float((weight * delays).sum()) / total
    weekday = np.bincount(stays["weekday"], minlength=7) + 1.0
    return Purpose(
        rates @ people.T, means, delay_shares, nights, weekday / weekday.mean()
    )


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
    nobody was judged.
    """
    cells = sorted(set(need["cell"].to_pylist()))
    years = sorted(set(people["year"].to_pylist()))
    at_cell = {cell: n for n, cell in enumerate(cells)}
    population = np.zeros((len(years), len(cells)))
    for row in people.to_pylist():
        if row["cell"] in at_cell:
            population[years.index(row["year"]), at_cell[row["cell"]]] += float(
                row["population"]
            )
    plans = scenarios.sort_by([("scenario", "ascending")]).to_pylist()
    at_home = {(r["rule_set"], r["bed_purpose"]): r for r in home.to_pylist()}
    rows = []
    for number, purpose in enumerate(sorted(set(need["bed_purpose"].to_pylist()))):
        rng = np.random.default_rng([_SEED, number])
        of_need = [r for r in need.to_pylist() if r["bed_purpose"] == purpose]
        admitted, lived = np.zeros(len(cells)), np.zeros(len(cells))
        for row in of_need:
            admitted[at_cell[row["cell"]]] += float(row["admissions"])
            lived[at_cell[row["cell"]]] += float(row["person_years"])
        of_it = stays.filter(pc.equal(stays["bed_purpose"], purpose))
        columns = {
            name: of_it[name].to_numpy()
            for name in ("nights", "delay_nights", "weekday", "month")
        }
        if len(columns["nights"]) == 0:
            continue
        drawn = draw_purpose(rng, admitted, lived, population, columns, draws)
        rows += _of_purpose(
            rng,
            purpose,
            drawn,
            years,
            [p for p in plans if p["bed_purpose"] == purpose],
            at_home,
        )
    rows.sort(key=lambda row: (row["year"], row["bed_purpose"], row["scenario"]))
    return pa.Table.from_pylist(rows)


def _of_purpose(
    rng: np.random.Generator,
    purpose: str,
    drawn: Purpose,
    years: Sequence[int],
    plans: Sequence[Mapping[str, Any]],
    at_home: Mapping[tuple[str, str], Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Rows of one bed purpose: every year and scenario."""
    # The same draw stands for the same world in every scenario.
    luck = rng.standard_normal(len(drawn.nights))
    base_load = drawn.admissions[:, :1] * drawn.nights[:, None] / DAYS_A_YEAR
    ageing = drawn.admissions / np.maximum(drawn.admissions[:, :1], 1e-12)
    settings = []
    for plan in plans:
        found = at_home.get((plan["rule_set"], purpose), {})
        if plan["home_first_share"] > 0 and found.get("home_share") is None:
            continue
        share = float(found.get("home_share") or 0)
        error = float(found.get("home_share_error") or 0)
        home_first = plan["home_first_share"] * np.clip(share + error * luck, 0, 1)
        undelayed = 1 - (1 - plan["delay_days_kept_share"]) * drawn.delay_share
        stays_in_bed = plan["length_of_stay_factor"] * undelayed
        growth = 1 + plan["yearly_need_growth_share"]
        need = growth ** (np.array(years) - years[0])
        before = base_load * ageing * need
        load = before * (stays_in_bed * (1 - home_first))[:, None]
        # A shorter cure leaves no care to give; a day moved home or not waited does.
        moved = (1 - undelayed) + undelayed * home_first
        hours = float(found.get("home_care_hours_per_week") or 0)
        settings.append((plan, before, load, moved, hours, stays_in_bed, home_first))
    loads = np.concatenate([s[2].ravel() for s in settings])
    most = int(loads.max() + 8 * loads.max() ** 0.5) + 12
    lines = {}
    for when_full in sorted({p["when_full"] for p in plans}):
        queue = Queue(drawn.queue_nights, drawn.weekday, when_full)
        chances = sorted(
            {p["chance_of_no_bed_share"] for p in plans if p["when_full"] == when_full}
        )
        ends = (float(np.quantile(loads, 0.01)), float(np.quantile(loads, 0.99)))
        for chance, line in simulated_difference(rng, queue, chances, ends).items():
            lines[when_full, chance] = (line, capacity(chance, when_full, most))
    rows = []
    for plan, before, load, moved, hours, stays_in_bed, home_first in settings:
        chance = plan["chance_of_no_bed_share"]
        line, carried = lines[plan["when_full"], chance]
        formula = beds_for(load, carried)
        beyond = np.polyval(line, np.log(np.maximum(load, 0.2)))
        beds = np.maximum(np.ceil(formula + beyond - 1e-9), 1)
        growth = 1 + plan["yearly_need_growth_share"]
        setting = (stays_in_bed * (1 - home_first))[:, None]
        care = before * plan["length_of_stay_factor"] * moved[:, None] * hours
        for n, year in enumerate(years):
            parts = shapley_of_product(
                [
                    ageing[:, n],
                    np.full(len(luck), growth ** (year - years[0])),
                    setting[:, 0],
                ],
                base_load[:, 0],
            )
            rows.append(
                {
                    "year": year,
                    "bed_purpose": purpose,
                    "scenario": plan["scenario"],
                    "when_full": plan["when_full"],
                    "home_care_component": plan["home_care_component"],
                    "chance_of_no_bed_share": chance,
                    "yearly_admissions": float(
                        (drawn.admissions[:, n] * growth ** (year - years[0])).mean()
                    ),
                    "mean_nights": float((drawn.nights * stays_in_bed).mean()),
                    "occupied_beds": float(load[:, n].mean()),
                    "change_by_ageing_beds": float(parts[0].mean()),
                    "change_by_need_beds": float(parts[1].mean()),
                    "change_by_setting_beds": float(parts[2].mean()),
                    "beds_by_formula": _whole(np.ceil(formula[:, n] - 1e-9), 0.5),
                    **{
                        f"beds_needed_{name}": _whole(beds[:, n], level)
                        for name, level in _QUANTILES.items()
                    },
                    **{
                        f"home_care_hours_per_week_{name}": float(
                            np.quantile(care[:, n], level)
                        )
                        for name, level in _QUANTILES.items()
                        if not name.endswith("80")
                    },
                }
            )
    return rows


def _whole(beds: Array, level: float) -> int:
    """A quantile that is one of the values."""
    return int(np.quantile(beds, level, method="inverted_cdf"))
