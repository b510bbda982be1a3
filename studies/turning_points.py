"""How often planted changes of simulated series are found, dated and sized.

Monthly counts with a season, working days and a slight trend, Poisson chance, and noise
with a first-order autocorrelation: none of which is told to the methods. Series without
a change show how often p is 0.05 or less; series with one or two show how often they
are reported, how many turning points are, how often the 95 % interval of the month
holds the planted one and that of the step or shock its planted size, and how often a
step is reported where there is none.

A smooth peak has no month of turning but its middle; it is to be told as changes of
slope.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from intelligence.statistics.time_series import (
    FALSE_DISCOVERY_RATE,
    log_rates,
    scan,
    scan_p_value,
    turning_points,
)
from intelligence.statistics.working_days import Months, days_in_month, working_days

Array = npt.NDArray[Any]

PLANTED = (
    "none",
    "step",
    "slope",
    "step and slope",
    "two slopes",
    "two steps",
    "shock",
    "fading shock",
    "slow return",
    "smooth peak",
    "last months",
)
AUTOCORRELATIONS = (0.0, 0.3, 0.5, 0.7)
A_MONTH = 4600.0
NOISE = 0.02
NEAREST = 12
"""Months within which a turning point is taken to be the planted one."""


@dataclass(frozen=True)
class Planted:
    """A planted change: its position, the size of its jump (log), and where it ends."""

    position: int
    jump: float = 0.0


@dataclass(frozen=True)
class Series:
    """Counts (n,) of months (n,) with their exposure (n,), and what was planted."""

    months: Months
    counts: Array
    exposure: Array
    planted: tuple[Planted, ...]


def errors(rng: np.random.Generator, size: int, of: float, series: int = 1) -> Array:
    """(size, series) standard normal errors with an autocorrelation of this much."""
    drawn: Array = rng.standard_normal((size, series))
    for at in range(1, size):
        drawn[at] = of * drawn[at - 1] + float(np.sqrt(1 - of**2)) * drawn[at]
    return np.asarray(drawn)


def course(
    rng: np.random.Generator, kind: str, size: int
) -> tuple[Array, tuple[Planted, ...]]:
    """A log course (size,) with one of the kinds PLANTED."""
    time = np.arange(size, dtype=float)
    sign = rng.choice([-1.0, 1.0])

    def place(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    def step(at: int) -> Array:
        found: Array = np.where(time >= at, 1.0, 0.0)
        return found

    def slope(at: int) -> Array:
        since: Array = np.maximum(time - at, 0.0)
        return since

    middle = size // 2
    if kind == "step":
        at, jump = place(15, size - 15), sign * rng.uniform(0.1, 0.25)
        return jump * step(at), (Planted(at, jump),)
    if kind == "slope":
        at = place(20, size - 20)
        return sign * rng.uniform(0.008, 0.02) * slope(at), (Planted(at),)
    if kind == "step and slope":
        at, jump = place(20, size - 20), sign * rng.uniform(0.1, 0.25)
        bend = rng.choice([-1.0, 1.0]) * rng.uniform(0.006, 0.015)
        return jump * step(at) + bend * slope(at), (Planted(at, jump),)
    if kind == "two slopes":
        first, second = place(18, middle - 8), place(middle + 8, size - 18)
        bend = sign * rng.uniform(0.01, 0.02)
        return (
            bend * (slope(first) - 2 * slope(second)),
            (Planted(first), Planted(second)),
        )
    if kind == "two steps":
        first, second = place(14, middle - 7), place(middle + 7, size - 14)
        jumps = rng.choice([-1.0, 1.0], 2) * rng.uniform(0.12, 0.25, 2)
        return (
            jumps[0] * step(first) + jumps[1] * step(second),
            (Planted(first, jumps[0]), Planted(second, jumps[1])),
        )
    if kind == "shock":
        at, length = place(14, size - 20), place(3, 11)
        jump = -rng.uniform(0.2, 0.6)
        return jump * (step(at) - step(at + length)), (Planted(at, jump),)
    if kind == "fading shock":
        at, jump = place(14, size - 24), -rng.uniform(0.3, 0.7)
        fade = np.exp(-slope(at) / rng.uniform(3, 10))
        return jump * fade * step(at), (Planted(at, jump),)
    if kind == "slow return":
        at, share = place(14, size - 26), rng.uniform(0.3, 0.5)
        back = np.maximum(1 - slope(at) / rng.uniform(8, 22), 0.0) * step(at)
        return np.log1p(-share * back), (Planted(at, float(np.log1p(-share))),)
    if kind == "smooth peak":
        at, width = place(middle - 8, middle + 8), rng.uniform(9, size / 6)
        bell = np.exp(-0.5 * ((time - at) / width) ** 2)
        return rng.uniform(0.3, 0.6) * bell, (Planted(at),)
    if kind == "last months":
        at, jump = size - place(2, 6), sign * rng.uniform(0.2, 0.5)
        return jump * step(at), (Planted(at, jump),)
    return np.zeros(size), ()


def simulate(
    rng: np.random.Generator,
    kind: str,
    size: int,
    autocorrelation: float,
    noise: float = NOISE,
    a_month: float = A_MONTH,
) -> Series:
    """A series of this many months from April 2012 on."""
    first = np.datetime64("2012-04", "M")
    months = np.arange(first, first + size)
    exposure = days_in_month(months).astype(float)
    planned, planted = course(rng, kind, size)
    season = 0.04 * np.cos(2 * np.pi * (months.astype(int) % 12) / 12)
    workdays = 0.1 * (working_days(months) / exposure - 0.69)
    trend = 0.0003 * rng.standard_normal() * np.arange(size)
    log_rate = planned + season + workdays + trend
    log_rate += noise * errors(rng, size, autocorrelation)[:, 0]
    counts = rng.poisson(a_month / 30.4 * exposure * np.exp(log_rate)).astype(float)
    return Series(months, counts, exposure, planted)


@dataclass(frozen=True)
class Row:
    """Shares (0 to 1) of the series of one kind and autocorrelation; NaN where none."""

    kind: str
    autocorrelation: float
    at_p_005: float
    reported: float
    turning_points: float
    month_held: float
    within_two_months: float
    size_held: float
    with_step: float


def study(
    kind: str,
    autocorrelation: float,
    series: int,
    size: int,
    noise: float = NOISE,
    a_month: float = A_MONTH,
    seed: int = 1,
) -> Row:
    """Simulate and examine so many series of one kind."""
    at_p_005 = reported = with_step = 0
    found: list[int] = []
    held, near, sizes = [], [], []
    for number in range(series):
        rng = np.random.default_rng([seed, number, size])
        one = simulate(rng, kind, size, autocorrelation, noise, a_month)
        log_rate = log_rates(one.counts, one.exposure)
        p_value = scan_p_value(scan(log_rate, one.months).statistic, one.months)
        at_p_005 += p_value <= 0.05
        if p_value > FALSE_DISCOVERY_RATE:
            continue
        changes = turning_points(one.counts, one.exposure, one.months)
        reported += len(changes) > 0
        found.append(len(changes))
        with_step += any("step" in change.kind for change in changes)
        for planted in one.planted:
            if not changes:
                continue
            best = min(changes, key=lambda c: abs(c.position - planted.position))
            off = abs(best.position - planted.position)
            if off > NEAREST:
                continue
            low, high = best.position_interval
            held.append(low <= planted.position <= high)
            near.append(off <= 2)
            if planted.jump and off <= 2:
                _, lower, upper = best.level_percent
                sizes.append(lower <= 100 * np.expm1(planted.jump) <= upper)

    def mean(values: list[Any]) -> float:
        return float(np.mean(values)) if values else float("nan")

    return Row(
        kind,
        autocorrelation,
        at_p_005 / series,
        reported / series,
        mean(found),
        mean(held),
        mean(near),
        mean(sizes),
        with_step / max(reported, 1),
    )


def calibrate(series: int, sizes: tuple[int, ...] = (36, 60, 108, 180)) -> None:
    """Print what p_value rests on: gains in series without a change, shares at 0.05.

    By number of months, autocorrelation, and chance of single months as a share of the
    standard deviation of the autocorrelated errors.
    """
    levels = np.array([0.1, 0.05, 0.02, 0.01])
    print(f"{'size corr. chance':<18}" + "".join(f"{f'p {p:g}':>8}" for p in levels))
    for size in sizes:
        first = np.datetime64("2012-04", "M")
        months = np.arange(first, first + size)
        for autocorrelation in AUTOCORRELATIONS:
            for chance in (0.0, 0.35, 0.7, 1.2) if autocorrelation else (0.0,):
                rng = np.random.default_rng([size, int(10 * autocorrelation)])
                noise = errors(rng, size, autocorrelation, series)
                noise += chance * rng.standard_normal(noise.shape)
                gain = np.array([scan(one, months).statistic for one in noise.T])
                share = np.mean([scan_p_value(one, months) <= 0.05 for one in gain])
                told = "".join(f"{one:8.2f}" for one in np.quantile(gain, 1 - levels))
                print(
                    f"{size:4d} {autocorrelation:4.1f} {chance:6.2f} {told}"
                    f"   p <= 0.05 in {share:.3f}",
                    flush=True,
                )


def main(given: list[str] | None = None) -> int:
    """Print a line per kind and autocorrelation; 1 when intervals hold too little."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.turning_points", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--series", type=int, default=200, help="of each kind")
    parser.add_argument("--months", type=int, default=108)
    parser.add_argument("--noise", type=float, default=NOISE, help="log scale")
    parser.add_argument("--kinds", nargs="*", default=PLANTED, choices=PLANTED)
    parser.add_argument("--calibrate", type=int, default=0, help="series without any")
    asked = parser.parse_args(given)
    if asked.calibrate:
        calibrate(asked.calibrate)
        return 0
    print(
        f"{asked.series} series of {asked.months} months\n{'planted':<16}{'corr.':>6}"
        f"{'p<=.05':>8}{'reported':>10}{'turns':>7}{'month held':>12}"
        f"{'within 2':>10}{'size held':>11}{'with step':>11}"
    )
    rows = []
    for kind in asked.kinds:
        for autocorrelation in AUTOCORRELATIONS:
            row = study(kind, autocorrelation, asked.series, asked.months, asked.noise)
            rows.append(row)
            print(
                f"{kind:<16}{autocorrelation:>6}{row.at_p_005:>8.3f}"
                f"{row.reported:>10.2f}{row.turning_points:>7.2f}"
                f"{row.month_held:>12.3f}{row.within_two_months:>10.2f}"
                f"{row.size_held:>11.3f}{row.with_step:>11.2f}",
                flush=True,
            )
    none = [row.at_p_005 <= 0.05 for row in rows if row.kind == "none"]
    held = np.nanmean([row.month_held for row in rows] or [1.0])
    return int(not all(none) or held < 0.95)


if __name__ == "__main__":
    sys.exit(main())
