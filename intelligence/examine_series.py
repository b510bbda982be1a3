"""Examine a monthly series from a CSV file: python -m intelligence.examine_series FILE.

The file has a header and the columns date (2013-04-01 or 2013-04), count and, if there
is one, denominator; other names are given as options. Rows of one month are added up.
Prints each month with its adjusted rate and what is special about it, then the turning
points, and draws the chart as SVG.
"""

import argparse
import csv
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from intelligence.time_series import (
    FALSE_DISCOVERY_RATE,
    FEWEST_MONTHS,
    Change,
    Floats,
    Xmr,
    calendar_factor,
    log_rates,
    scan,
    scan_p_value,
    turning_points,
    xmr,
)
from intelligence.unplanned_care import BASELINE_MONTHS, FEWEST_CHART_MONTHS
from intelligence.working_days import Months, days_in_month


class UnreadableError(Exception):
    """The file cannot be examined; the text says where and why."""


@dataclass(frozen=True)
class Series:
    """Months in order, with counts (n,) and the exposure (n,) their rate is of."""

    months: Months
    counts: Floats
    exposure: Floats
    unit: str


@dataclass(frozen=True)
class Examination:
    """What is said of a series; p_value and changes only of FEWEST_MONTHS or more."""

    series: Series
    adjusted: Floats
    chart: Xmr
    p_value: float | None
    changes: list[Change]


def read_series(
    path: Path,
    date: str = "date",
    count: str = "count",
    denominator: str = "denominator",
    last: str | None = None,
) -> Series:
    """Read a series; without the denominator column its exposure is days of the month.

    Counts and denominators of rows of the same month are added up. last: the last
    complete month; later ones stay out. Raises UnreadableError.
    """
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        columns = rows.fieldnames or []
        for needed in (date, count):
            if needed not in columns:
                raise UnreadableError(
                    f"{path} has no column {needed!r}; it has {', '.join(columns)}."
                )
        for row in rows:
            month = re.match(r"\d{4}-(0[1-9]|1[0-2])", row[date] or "")
            if not month:
                raise UnreadableError(
                    f"{path}, line {rows.line_num}: {row[date]!r} is no date like "
                    "2013-04-01 or 2013-04."
                )
            if last and month[0] > last[:7]:
                continue
            for place, name in enumerate((count, denominator)):
                if name in columns:
                    totals[month[0]][place] += _number(path, rows.line_num, row[name])
    months = np.array(sorted(totals), dtype="datetime64[M]")
    values = np.array([totals[month] for month in sorted(totals)]).reshape(-1, 2)
    if denominator in columns:
        if (values[:, 1] <= 0).any():
            raise UnreadableError(f"{path}: a month has a denominator of 0.")
        return Series(months, values[:, 0], values[:, 1], f"per 1,000 {denominator}")
    return Series(
        months, values[:, 0], days_in_month(months).astype(float), "per 1,000 days"
    )


def _number(path: Path, line: int, text: str | None) -> float:
    try:
        value = float((text or "").replace(",", ""))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise UnreadableError(f"{path}, line {line}: {text!r} is no count.")
    return value


def examine(series: Series) -> Examination:
    """Adjust, chart and look for turning points, with the rules of the hub's tables."""
    if len(series.months) < FEWEST_CHART_MONTHS:
        raise UnreadableError(
            f"{len(series.months)} months; a chart needs {FEWEST_CHART_MONTHS}."
        )
    rates = series.counts / series.exposure * 1000
    p_value, changes = None, []
    if len(series.months) >= FEWEST_MONTHS:
        log_rate = log_rates(series.counts, series.exposure)
        rates = rates / calendar_factor(log_rate, series.months)
        p_value = scan_p_value(scan(log_rate, series.months).statistic, series.months)
        if p_value <= FALSE_DISCOVERY_RATE:
            changes = turning_points(series.counts, series.exposure, series.months)
    return Examination(series, rates, xmr(rates, BASELINE_MONTHS), p_value, changes)


def special_causes(chart: Xmr) -> list[str]:
    """The first rule that each month breaks; empty when it breaks none."""
    rules = (
        (chart.is_outside_limits, "outside the limits"),
        (chart.is_in_trend, "trend of seven"),
        (chart.is_near_limit, "two of three near a limit"),
        (chart.is_in_run, "seven on one side"),
    )
    return list(np.select([rule for rule, _ in rules], [name for _, name in rules], ""))


def report(found: Examination) -> str:
    """The table of months, then what was found, as text."""
    series, chart = found.series, found.chart
    gaps = int(np.diff(series.months.astype(int)).sum()) - len(series.months) + 1
    lines = [f"month          count  adjusted rate {series.unit}"]
    for month, count, rate, cause in zip(
        series.months,
        series.counts,
        found.adjusted,
        special_causes(chart),
        strict=True,
    ):
        lines.append(f"{month}  {count:>11,.0f}  {rate:>14,.4g}  {cause}".rstrip())
    lines += [
        "",
        f"{len(series.months)} months, {gaps} missing between them. Centre "
        f"{chart.centre[0]:,.4g}, limits {chart.lower[0]:,.4g} to "
        f"{chart.upper[0]:,.4g} (first {BASELINE_MONTHS} months).",
    ]
    if found.p_value is None:
        return "\n".join(
            [*lines, f"No turning points: they need {FEWEST_MONTHS} months."]
        )
    lines.append(
        f"Largest break of the trend: p = {found.p_value:.2g}, allowing for the search "
        f"over months; reported at {FALSE_DISCOVERY_RATE} or less."
    )
    for change in found.changes:
        low, high = (series.months[at] for at in change.position_interval)
        lines += [
            f"Turning point {series.months[change.position]} (95 % {low} to {high})",
            f"  slope before {_interval(change.slope_before_percent)} % a year",
            f"  slope after  {_interval(change.slope_after_percent)} % a year",
            f"  step         {_interval(change.level_percent)} %",
            f"  to {series.months[change.until - 1]}: {change.observed_count:,.0f} "
            f"events, {change.expected_count:,.0f} by the trend before: "
            f"{_interval(change.change_percent)} %",
        ]
    if found.changes:
        lines.append("No comparator: the same may have happened everywhere.")
    else:
        lines.append("No turning point.")
    return "\n".join(lines)


def _interval(estimate: tuple[float, float, float]) -> str:
    middle, low, high = estimate
    return f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"


def draw(found: Examination, title: str) -> alt.LayerChart:
    """The control chart with turning points and their intervals."""
    months = pd.to_datetime(found.series.months.astype("datetime64[ns]"))
    points = pd.DataFrame(
        {
            "month": months,
            "rate": found.adjusted,
            "special cause": [c or "none" for c in special_causes(found.chart)],
        }
    )
    x = alt.X("month:T", title=None)
    scale = alt.Scale(zero=False)
    rate = alt.Y("rate:Q", title=f"adjusted rate {found.series.unit}", scale=scale)
    layers: list[alt.Chart] = [
        alt.Chart(points).mark_line(color="#7a7a7a").encode(x=x, y=rate),
        alt.Chart(points)
        .mark_point(filled=True, size=45, opacity=1)
        .encode(x=x, y=rate, color=alt.Color("special cause:N", sort=["none"])),
    ]
    for limit, dash in (
        (found.chart.centre, [1, 0]),
        (found.chart.lower, [5, 4]),
        (found.chart.upper, [5, 4]),
    ):
        line = pd.DataFrame({"rate": limit})
        layers.append(
            alt.Chart(line).mark_rule(strokeDash=dash, color="#33658a").encode(y=rate)
        )
    for change in found.changes:
        low, high = change.position_interval
        band = pd.DataFrame(
            {
                "month": [months[low]],
                "until": [months[high]],
                "turned": [months[change.position]],
            }
        )
        layers.append(
            alt.Chart(band)
            .mark_rect(color="#d1495b", opacity=0.15)
            .encode(x=x, x2="until:T")
        )
        layers.append(
            alt.Chart(band)
            .mark_rule(color="#d1495b", size=2)
            .encode(x=alt.X("turned:T"))
        )
    return alt.layer(*layers).properties(width=720, height=320, title=title)


def main(given: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 when the file cannot be examined."""
    parser = argparse.ArgumentParser(
        prog="python -m intelligence.examine_series",
        description="Adjust, chart and look for turning points in a monthly series.",
    )
    parser.add_argument("file", type=Path, help="CSV with a header")
    parser.add_argument("--date", default="date", help="column of the month")
    parser.add_argument("--count", default="count", help="column of the events")
    parser.add_argument(
        "--denominator", default="denominator", help="column of what it is divided by"
    )
    parser.add_argument("--last", help="last complete month, e.g. 2024-11")
    parser.add_argument("--chart", type=Path, help="SVG to write (default: <file>.svg)")
    asked = parser.parse_args(given)
    try:
        series = read_series(
            asked.file, asked.date, asked.count, asked.denominator, asked.last
        )
        found = examine(series)
        chart = asked.chart or Path(asked.file.with_suffix(".svg").name)
        draw(found, asked.file.stem).save(chart)
    except (UnreadableError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(report(found))
    print(f"Chart: {chart}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
