"""Examine a monthly series from a file: `make series CSV=file.csv`.

The file, CSV or Excel, has a header and the columns date (2013-04-01, 2013-04 or
01/04/2013), count and, if there is one, denominator; other names are given as options.
One row is one whole month. Prints each month with its adjusted rate and what is special
about it, then the turning points, and draws the chart beside the file. The rules are
those of the hub's tables.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import altair as alt
import numpy as np
import pandas as pd
import python_calamine

from intelligence.statistics.time_series import (
    BEGINS,
    DECREASE,
    ENDS,
    FALSE_DISCOVERY_RATE,
    FEWEST_A_MONTH,
    FEWEST_MONTHS,
    IMPROVES,
    INCREASE,
    NEITHER,
    NO_SPECIAL_CAUSE,
    WORSENS,
    Bools,
    Change,
    Estimate,
    Floats,
    Xmr,
    assurance,
    calendar_factor,
    days_per_event,
    log_rates,
    p_limits,
    rebased,
    rebased_xmr,
    recorded,
    t_chart,
    turning_points,
    variation,
)
from intelligence.statistics.working_days import Months, days_in_month
from intelligence.unplanned_care.series import (
    BASELINE_MONTHS,
    FEWEST_CHART_EVENTS,
    FEWEST_CHART_MONTHS,
    OPPOSITE,
    T_CHART,
    XMR_CHART,
    limits_of,
    p_value_of,
)

P_CHART = "P"
LONGEST_GAP = 12
"""Months without a row beyond which two parts of a file are two series."""
WHOLE_SHARE = 0.75
"""A first or last month with a rate below this share of the lowest of the twelve next
to it is not whole, unless the user says that it is."""
COUNT = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
DATE_FORMS = (
    *("%Y-%m-%d", "%Y-%m", "%d/%m/%Y"),
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"),
)
CHART_ENDINGS = (".svg", ".png", ".pdf")
GREY, BLUE, ORANGE, PURPLE = "#8a8a8a", "#0072ce", "#e87511", "#490092"
"""The colours of Making Data Count for common cause, improvement, concern, neither."""


class UnreadableError(Exception):
    """The file cannot be examined; the text says where and why."""


@dataclass(frozen=True)
class Series:
    """Months in order, with counts (n,) and the exposure (n,) their rate is of.

    Rates are counts over exposure times `per`; unit says what that is. is_share: the
    exposure holds everything that could have been counted.
    """

    months: Months
    counts: Floats
    exposure: Floats
    unit: str
    per: float
    is_share: bool


@dataclass(frozen=True)
class Examination:
    """What is said of a series.

    adjusted: (n,) rates of XmR and P charts, days per event of T charts; p_value: None
    with why it is in no_p_value; limits_since: positions from which limits are made.
    """

    series: Series
    chart_type: str
    unit: str
    adjusted: Floats
    chart: Xmr
    variation: Sequence[str]
    limits_since: Sequence[int]
    p_value: float | None
    no_p_value: str
    changes: list[Change]
    target: float | None
    assurance: str | None


# --- Reading --------------------------------------------------------------------------


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells, as text, of every row of a file that is not empty."""
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsb", ".ods"):
        try:
            sheet = python_calamine.CalamineWorkbook.from_path(str(path))
            table = sheet.get_sheet_by_index(0).to_python(skip_empty_area=False)
        except (python_calamine.CalamineError, IndexError) as error:
            raise UnreadableError(f"{path} is no workbook: {error}.") from error
        rows = [[_text(cell) for cell in row] for row in table]
    else:
        raw = path.read_bytes()
        try:
            text = raw.decode(
                "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
            )
        except UnicodeDecodeError:
            # What Excel writes on an English Windows; every byte is a letter there.
            text = raw.decode("cp1252", errors="replace")
        if "\0" in text:
            raise UnreadableError(f"{path} is no text file.")
        header = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=header.count)
        try:
            rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
        except csv.Error as error:
            raise UnreadableError(f"{path} is no CSV file: {error}.") from error
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield number, cells


def _text(cell: object) -> str:
    """A cell of a workbook as it would be in a CSV file."""
    if isinstance(cell, (datetime, date)):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def read_series(
    path: Path,
    date: str = "date",
    count: str = "count",
    denominator: str | None = None,
    first: str | None = None,
    last: str | None = None,
    whole: bool = False,
) -> Series:
    """Read a series; without a denominator its rates are per day.

    denominator: column that counts are a part of, if not "denominator", which is taken
    where it is there. first, last: first and last whole month; others stay out. whole:
    the first and last month are whole, however low. Raises UnreadableError.
    """
    rows = rows_of(path)
    _, header = next(rows, (0, []))
    header = _header(path, header)
    wanted = [date, count, *([denominator] if denominator else [])]
    if not denominator and "denominator" in header:
        wanted.append("denominator")
    for name in wanted:
        if name not in header:
            raise UnreadableError(
                f"{path} has no column {name!r}; it has {', '.join(header) or 'none'}."
            )
    places = [header.index(name) for name in wanted]
    days: dict[np.datetime64, list[tuple[int, str]]] = {}
    values: dict[np.datetime64, list[float]] = {}
    for line, row in rows:
        if any(row[len(header) :]):
            raise UnreadableError(
                f"{path}, line {line} has {len(row)} cells where the header has "
                f"{len(header)}; a number with a thousands separator needs quotes."
            )
        if len(row) <= max(places):
            raise UnreadableError(
                f"{path}, line {line} has {len(row)} cells where the header has "
                f"{len(header)}."
            )
        day, *numbers = (row[place] for place in places)
        month = _month(path, line, day)
        days.setdefault(month, []).append((line, day))
        values[month] = [_number(path, line, number) for number in numbers]
    if not days:
        raise UnreadableError(f"{path} has no rows below the header.")
    _check_rows(path, days)
    bounds = [_bound(name, one) for name, one in (("first", first), ("last", last))]
    months = np.array(
        [
            month
            for month in sorted(days)
            if (bounds[0] is None or month >= bounds[0])
            and (bounds[1] is None or month <= bounds[1])
        ],
        dtype="datetime64[M]",
    )
    if len(months) < FEWEST_CHART_MONTHS:
        raise UnreadableError(
            f"{path} has {len(months)} months; a chart needs {FEWEST_CHART_MONTHS}."
        )
    _check_gaps(path, months)
    table = np.array([values[month] for month in months])
    counts = table[:, 0]
    if len(wanted) == 3:
        series = _share(path, months, counts, table[:, 1], wanted[2])
    else:
        lengths = days_in_month(months).astype(float)
        series = Series(months, counts, lengths, "per day", 1.0, False)
    if not whole:
        _check_ends(path, series)
    return series


def _header(path: Path, header: list[str]) -> list[str]:
    while header and not header[-1]:
        header = header[:-1]
    for name in header:
        if header.count(name) > 1:
            raise UnreadableError(f"{path} has the column {name!r} twice.")
    return header


def _month(path: Path, line: int, day: str) -> np.datetime64:
    for form in DATE_FORMS:
        try:
            found = datetime.strptime(day, form)
        except ValueError:
            continue
        if not 1871 <= found.year <= 2199:
            break
        return np.datetime64(f"{found.year:04d}-{found.month:02d}", "M")
    raise UnreadableError(
        f"{path}, line {line}: {day!r} is no date like 2013-04-01, 2013-04 or "
        "01/04/2013."
    )


def _number(path: Path, line: int, text: str) -> float:
    if not COUNT.fullmatch(text):
        raise UnreadableError(f"{path}, line {line}: {text!r} is no count.")
    return float(text.replace(",", ""))


def _bound(name: str, month: str | None) -> np.datetime64 | None:
    if month is None:
        return None
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])(-\d{2})?", month):
        raise UnreadableError(f"--{name} {month!r} is no month like 2024-11.")
    return np.datetime64(month[:7], "M")


def _check_rows(path: Path, days: dict[np.datetime64, list[tuple[int, str]]]) -> None:
    """Refuse a month that is there twice, and rows of weeks or days."""
    repeated = {month: rows for month, rows in days.items() if len(rows) > 1}
    if not repeated:
        return
    month, rows = min(repeated.items())
    if 2 * len(repeated) > len(days):
        raise UnreadableError(
            f"{path} has weekly or daily rows, such as {rows[0][1]} and {rows[1][1]}: "
            "add them up to whole months first."
        )
    lines = " and ".join(str(line) for line, _ in rows)
    raise UnreadableError(f"{path} has the month {month} twice, in lines {lines}.")


def _check_gaps(path: Path, months: Months) -> None:
    steps = np.diff(months.astype(np.int64))
    if np.median(steps) > 1:
        raise UnreadableError(
            f"{path} has a row for every {int(np.median(steps))} months; a series "
            "needs every month."
        )
    if steps.max() > LONGEST_GAP:
        at = int(steps.argmax())
        raise UnreadableError(
            f"{path} has no rows between {months[at]} and {months[at + 1]}: these are "
            "two series, to be examined by themselves (--first, --last)."
        )


def _share(
    path: Path, months: Months, counts: Floats, totals: Floats, name: str
) -> Series:
    """A series of shares, in the unit that makes them easy to read."""
    if (totals <= 0).any():
        raise UnreadableError(f"{path}: {months[totals <= 0][0]} has a {name} of 0.")
    above = counts > totals
    if above.any():
        at = int(above.argmax())
        raise UnreadableError(
            f"{path}: {months[at]} counts {counts[at]:,.0f} of a {name} of "
            f"{totals[at]:,.0f}, which is more than all."
        )
    typical = float(counts.sum() / totals.sum())
    if typical >= 0.01:
        return Series(months, counts, totals, f"% of {name}", 100.0, True)
    per = next((p for p in (1e3, 1e4, 1e5) if typical * p >= 1), 1e6)
    return Series(months, counts, totals, f"per {per:,.0f} {name}", per, True)


def _check_ends(path: Path, series: Series) -> None:
    """Refuse a first or last month that looks as if a part of it were missing."""
    rates = series.counts / series.exposure
    size = len(rates)
    for at, name, kept in (
        (size - 1, "--last", size - 2),
        (0, "--first", 1),
    ):
        beside = slice(1, FEWEST_CHART_MONTHS + 1) if at == 0 else slice(-13, -1)
        lowest = float(rates[beside].min())
        due = lowest * float(series.exposure[at])
        chance = 4 * np.sqrt(due)
        if rates[at] < WHOLE_SHARE * lowest and series.counts[at] < due - chance:
            raise UnreadableError(
                f"{path}: {series.months[at]} has {series.counts[at]:,.0f}, where the "
                f"months beside it have {due:,.0f} or more. If it is not whole, leave "
                f"it out with {name} {series.months[kept]}; if it is, say --whole."
            )


# --- Examining ------------------------------------------------------------------------


def examine(
    series: Series, improvement: str = NEITHER, target: float | None = None
) -> Examination:
    """Adjust, chart and look for turning points, with the rules of the hub's tables.

    improvement: "decrease", "increase" or "neither"; target: in the unit of the series.
    """
    months, counts, exposure = series.months, series.counts, series.exposure
    inside = slice(*recorded(counts))
    p_value, changes, no_p_value = None, [], ""
    if len(months[inside]) < FEWEST_MONTHS:
        no_p_value = f"they need {FEWEST_MONTHS} months"
    elif counts[inside].mean() < FEWEST_A_MONTH:
        no_p_value = f"they need {FEWEST_A_MONTH} events a month on average"
    else:
        p_value = p_value_of(counts[inside], exposure[inside], months[inside])
        is_cut = len(months[inside]) < len(months)
        if is_cut or p_value <= FALSE_DISCOVERY_RATE:
            changes = turning_points(counts, exposure, months)
    drawn: Xmr
    starts: list[int] = []
    if counts.mean() < FEWEST_CHART_EVENTS:
        kind, unit = T_CHART, "days per event"
        values, drawn = _rare(counts, months)
        improvement, target = OPPOSITE[improvement], None
    else:
        kind, unit = P_CHART if series.is_share else XMR_CHART, series.unit
        factor = np.ones(len(months))
        if len(months[inside]) >= FEWEST_MONTHS:
            log_rate = log_rates(counts[inside], exposure[inside])
            factor[inside] = calendar_factor(log_rate, months[inside])
        starts, passing = _limits(months, changes)
        values = counts / exposure / factor * series.per
        if series.is_share:
            level = np.minimum(counts / factor, exposure)
            values = level / exposure * series.per

            def limits(part: slice, counted: Bools) -> tuple[Floats, Floats, Floats]:
                found = p_limits(level[part], exposure[part], counted)
                return tuple(limit * series.per for limit in found)  # type: ignore[return-value]

            drawn = rebased(values, starts, passing, BASELINE_MONTHS, limits)
        else:
            drawn = rebased_xmr(values, starts, passing, BASELINE_MONTHS)
    return Examination(
        series,
        kind,
        unit,
        values,
        drawn,
        variation(drawn, values, improvement).tolist(),
        starts,
        p_value,
        no_p_value,
        changes,
        target,
        assurance(drawn.lower[-1], drawn.upper[-1], target, improvement),
    )


def _limits(months: Months, changes: Sequence[Change]) -> tuple[list[int], Bools]:
    """Where limits are recalculated, by the hub's rule, and months of shocks."""
    points = [
        {
            "change_kind": change.kind,
            "turning_month_date": months[change.position],
            "returned_month_date": (
                months[change.until] if change.until < len(months) else None
            ),
        }
        for change in changes
    ]
    starts, passing = limits_of(months, np.ones(len(months), dtype=bool), points)
    return starts, passing


def _rare(counts: Floats, months: Months) -> tuple[Floats, Xmr]:
    """Days per event and their T chart, with gaps in months without an event."""
    gaps = days_per_event(counts, months)
    known = ~np.isnan(gaps)
    if known.sum() < FEWEST_CHART_MONTHS:
        raise UnreadableError(
            f"{int((counts > 0).sum())} months with an event; a chart of rare events "
            f"needs {FEWEST_CHART_MONTHS}."
        )
    drawn = t_chart(gaps[known], BASELINE_MONTHS)

    def wide(flag: Bools) -> Bools:
        found = np.zeros(len(counts), dtype=bool)
        found[known] = flag
        return found

    centre, lower, upper = (
        np.full(len(counts), limit[0])
        for limit in (drawn.centre, drawn.lower, drawn.upper)
    )
    flags = (
        drawn.is_outside_limits,
        drawn.is_near_limit,
        drawn.is_in_trend,
        drawn.is_in_run,
    )
    return gaps, Xmr(centre, lower, upper, *(wide(flag) for flag in flags))


def special_causes(chart: Xmr) -> list[str]:
    """The first rule that each month breaks; empty when it breaks none."""
    rules = (
        (chart.is_outside_limits, "outside the limits"),
        (chart.is_in_trend, "trend of seven"),
        (chart.is_near_limit, "two of three near a limit"),
        (chart.is_in_run, "seven on one side"),
    )
    return list(np.select([rule for rule, _ in rules], [name for _, name in rules], ""))


# --- Telling --------------------------------------------------------------------------


def report(found: Examination) -> str:
    """The table of months, then what was found, as text."""
    series, chart = found.series, found.chart
    months = series.months
    gaps = int(np.diff(months.astype(int)).sum()) - len(months) + 1
    lines = [f"month          count  adjusted, {found.unit}"]
    for month, count, rate, cause, said in zip(
        months,
        series.counts,
        found.adjusted,
        special_causes(chart),
        found.variation,
        strict=True,
    ):
        told = "" if np.isnan(rate) else f"{rate:,.4g}"
        why = f"{said}: {cause}" if cause else ""
        lines.append(f"{month}  {count:>11,.0f}  {told:>14}  {why}".rstrip())
    lines += ["", f"{len(months)} months, {gaps} missing between them."]
    points = "points" if found.chart_type == T_CHART else "months"
    for start in [0, *found.limits_since]:
        if not chart.upper[start] > chart.lower[start]:
            continue
        since = "" if start == 0 else f" from {months[start]} on, recalculated there"
        lines.append(
            f"{found.chart_type} chart{since}: centre {chart.centre[start]:,.4g}, "
            f"limits {chart.lower[start]:,.4g} to {chart.upper[start]:,.4g} "
            f"{found.unit} (its first {BASELINE_MONTHS} {points})."
        )
    if found.assurance:
        lines.append(f"Target {found.target:,.4g} {found.unit}: {found.assurance}.")
    if found.p_value is None:
        return "\n".join([*lines, f"No turning points: {found.no_p_value}."])
    lines.append(
        f"Strongest change: p = {found.p_value:.2g}, allowing for the search over "
        "kinds and months and for autocorrelation; reported at "
        f"{FALSE_DISCOVERY_RATE} or less."
    )
    for change in found.changes:
        lines += _told(change, months)
    if found.changes:
        lines.append("No comparator: the same may have happened everywhere.")
    else:
        lines.append("No turning point.")
    return "\n".join(lines)


LASTING = {
    "slope": "a change of slope, no step",
    "step": "a step",
    "step and slope": "a step and a change of slope",
}


def _told(change: Change, months: Months) -> list[str]:
    """Lines that say what one turning point is."""
    low, high = (months[at] for at in change.position_interval)
    month, before = months[change.position], change.position - change.since
    if change.kind == BEGINS:
        return [f"Events begin in {month}: the {before} months before have none."]
    if change.kind == ENDS:
        return [
            f"Events end: none from {month} on, where the trend before would have "
            f"brought {change.expected_count:,.0f}."
        ]
    head = f"Turning point {month} (95 % {low} to {high}): "
    size = f"  to {months[change.until - 1]}: {change.observed_count:,.0f} events, "
    size += f"{change.expected_count:,.0f} by the trend before: "
    size += f"{_interval(change.change_percent)} %"
    if change.kind == "shock":
        returned = "not yet back at the earlier level"
        if change.until < len(months):
            returned = f"back at the earlier level from {months[change.until]} on"
        return [
            f"{head}a shock of {_interval(change.level_percent)} %, {returned}",
            size,
        ]
    if change.kind == "recent":
        return [
            f"{head}the last {change.until - change.position} months left the earlier "
            f"level by {_interval(change.level_percent)} %; they are too few to tell a "
            "step from a shock that passes",
        ]
    lines = [f"{head}{LASTING[change.kind]}"]
    if change.kind != "step":
        lines += [
            f"  slope before {_interval(change.slope_before_percent)} % a year",
            f"  slope after  {_interval(change.slope_after_percent)} % a year",
        ]
    if change.kind != "slope":
        lines.append(f"  step         {_interval(change.level_percent)} %")
    return [*lines, size]


def _interval(estimate: Estimate) -> str:
    middle, low, high = estimate
    return f"{middle:+.1f} ({low:+.1f} to {high:+.1f})"


def draw(found: Examination, title: str) -> alt.LayerChart:
    """The control chart with turning points, their intervals and recalculated limits.

    Colours and order are those of Making Data Count, whatever is found.
    """
    months = pd.to_datetime(found.series.months.astype("datetime64[ns]"))
    points = pd.DataFrame(
        {
            "month": months,
            "rate": found.adjusted,
            "centre": np.broadcast_to(found.chart.centre, len(months)),
            "lower": np.broadcast_to(found.chart.lower, len(months)),
            "upper": np.broadcast_to(found.chart.upper, len(months)),
            "variation": found.variation,
            "part": np.searchsorted(
                found.limits_since, np.arange(len(months)), "right"
            ),
        }
    )
    says = (IMPROVES, WORSENS)
    colours = (BLUE, ORANGE)
    if not set(found.variation) <= {NO_SPECIAL_CAUSE, *says}:
        says, colours = ("high", "low"), (PURPLE, "#b07cc6")
    x = alt.X("month:T", title=None, axis=alt.Axis(format="%b %Y", labelAngle=-45))
    scale = alt.Scale(zero=False)
    rate = alt.Y("rate:Q", title=f"adjusted, {found.unit}", scale=scale)
    base = alt.Chart(points.dropna(subset=["rate"]))
    layers: list[alt.Chart] = []
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
            alt.Chart(band).mark_rule(color="#d1495b", size=2).encode(x="turned:T")
        )
    for name, dash in (("centre", [1, 0]), ("lower", [5, 4]), ("upper", [5, 4])):
        layers.append(
            alt.Chart(points)
            .mark_line(strokeDash=dash, color="#33658a", interpolate="step-after")
            .encode(x=x, y=alt.Y(f"{name}:Q", scale=scale), detail="part:N")
        )
    layers.append(base.mark_line(color=GREY).encode(x=x, y=rate))
    layers.append(
        base.mark_point(filled=True, size=45, opacity=1).encode(
            x=x,
            y=rate,
            color=alt.Color(
                "variation:N",
                scale=alt.Scale(
                    domain=[NO_SPECIAL_CAUSE, *says], range=[GREY, *colours]
                ),
                legend=alt.Legend(title="variation", labelLimit=0, titleLimit=0),
            ),
        )
    )
    if found.target is not None:
        line = pd.DataFrame({"rate": [found.target]})
        layers.append(
            alt.Chart(line).mark_rule(color="#000000", strokeDash=[2, 2]).encode(y=rate)
        )
    notes = [
        f"limits recalculated at the turning point of {found.series.months[start]}"
        for start in found.limits_since
    ]
    return alt.layer(*layers).properties(
        width=720,
        height=320,
        title=alt.TitleParams(title, subtitle=notes or [f"{found.chart_type} chart"]),
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence."""
        self.exit(2, f"{message[0].upper()}{message[1:]}; --help lists the options.\n")


def main(given: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 when the file cannot be examined."""
    parser = _Parser(
        prog="python -m intelligence.unplanned_care.examine_series",
        description="Adjust, chart and look for turning points in a monthly series.",
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, help="CSV or Excel with a header")
    parser.add_argument("--date", default="date", help="column of the month")
    parser.add_argument("--count", default="count", help="column of the events")
    parser.add_argument("--denominator", help="column of all that could be counted")
    parser.add_argument("--first", help="first whole month, e.g. 2013-04")
    parser.add_argument("--last", help="last whole month, e.g. 2024-11")
    parser.add_argument(
        "--whole", action="store_true", help="first and last month are whole"
    )
    parser.add_argument(
        "--improvement", default=NEITHER, choices=(DECREASE, INCREASE, NEITHER)
    )
    parser.add_argument("--target", type=float, help="in the unit of the chart")
    parser.add_argument(
        "--chart", type=Path, help="SVG, PNG or PDF to write (default: beside the file)"
    )
    asked = parser.parse_args(given)
    chart = asked.chart or asked.file.with_suffix(".svg")
    try:
        if chart.suffix.lower() not in CHART_ENDINGS:
            raise UnreadableError(
                f"A chart ends in {', '.join(CHART_ENDINGS)}; {chart} does not."
            )
        series = read_series(
            asked.file,
            asked.date,
            asked.count,
            asked.denominator,
            asked.first,
            asked.last,
            asked.whole,
        )
        found = examine(series, asked.improvement, asked.target)
        draw(found, asked.file.stem).save(chart)
    except (UnreadableError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(report(found))
    print(f"Chart: {chart}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
