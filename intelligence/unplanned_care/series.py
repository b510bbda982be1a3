"""Control charts and turning points of every series of unplanned care.

The tables come as Arrow from the models and go back as Arrow; the statistics are those
of `intelligence.statistics.time_series`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.statistics.segmentation import RECENT, Turn
from intelligence.statistics.time_series import (
    DECREASE,
    FALSE_DISCOVERY_RATE,
    FEWEST_A_MONTH,
    FEWEST_MONTHS,
    INCREASE,
    NEITHER,
    Z95,
    Change,
    Xmr,
    assurance,
    calendar_factor,
    days_per_event,
    interrupted,
    log_rates,
    q_values,
    rebased_xmr,
    recorded,
    scan,
    scan_p_value,
    t_chart,
    turns,
    variation,
    xmr,
)
from intelligence.statistics.working_days import working_days

Array = npt.NDArray[Any]

DAYS_A_YEAR = 365.25
BASELINE_MONTHS = 24
"""Centre and limits are those of the first two years, so that a later change shows
against them instead of moving them."""
FEWEST_CHART_MONTHS = 12
FEWEST_CHART_EVENTS = 5
"""Mean events (for nights, stays) per month below which a rate has no chart of its own:
its limits would reach below zero. The time between events is charted instead."""
PREFERRED_COMPARATOR = "England"
SILENT_P_VALUE = 1e-6

CHART_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("neighbourhood_id", pa.string()),
        ("chart_type", pa.string()),
        ("no_chart_reason", pa.string()),
        ("variation", pa.string()),
        ("assurance", pa.string()),
        ("working_day_count", pa.int32()),
        ("calendar_factor", pa.float64()),
        ("adjusted_rate_per_1000", pa.float64()),
        ("centre_rate_per_1000", pa.float64()),
        ("lower_limit_rate_per_1000", pa.float64()),
        ("upper_limit_rate_per_1000", pa.float64()),
        ("days_per_event", pa.float64()),
        ("centre_days_per_event", pa.float64()),
        ("lower_limit_days_per_event", pa.float64()),
        ("upper_limit_days_per_event", pa.float64()),
        ("is_outside_limits", pa.bool_()),
        ("is_near_limit", pa.bool_()),
        ("is_in_trend", pa.bool_()),
        ("is_in_run", pa.bool_()),
        ("limits_since_date", pa.date32()),
        ("month_start_date", pa.date32()),
    ]
)
XMR_CHART, T_CHART = "XmR", "T"
_INTERVALS = (
    "slope_before_percent",
    "slope_after_percent",
    "level_change_percent",
    "events_change_count",
    "events_change_percent",
    "comparator_change_percent",
    "change_beyond_comparator_percent",
)
TURNING_POINT_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("neighbourhood_id", pa.string()),
        ("finding", pa.string()),
        ("change_kind", pa.string()),
        ("comparator", pa.string()),
        ("comparator_reading", pa.string()),
        ("turning_point_number", pa.int32()),
        ("month_count", pa.int32()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("observed_count", pa.float64()),
        ("expected_count", pa.float64()),
        *(
            (name + end, pa.float64())
            for name in _INTERVALS
            for end in ("", "_lower", "_upper")
        ),
        ("dispersion", pa.float64()),
        ("turning_month_date", pa.date32()),
        ("turning_month_lower_date", pa.date32()),
        ("turning_month_upper_date", pa.date32()),
        ("returned_month_date", pa.date32()),
        ("returned_month_lower_date", pa.date32()),
        ("returned_month_upper_date", pa.date32()),
        ("first_month_date", pa.date32()),
        ("last_month_date", pa.date32()),
    ]
)


class _Series:
    """The months of every series as matrices: (series, months), in order of keys.

    keys: (measure, neighbourhood_id); months: (m,) datetime64[M]. A month of an area
    is usable when it is complete; counts, cases and person-days are 0 where there is no
    row.
    """

    def __init__(self, table: pa.Table) -> None:
        columns = {name: table.column(name) for name in table.column_names}
        months, month_at = np.unique(
            columns["month_start_date"].to_numpy().astype("datetime64[M]"),
            return_inverse=True,
        )
        names = pc.binary_join_element_wise(
            columns["measure"], columns["neighbourhood_id"], "\t"
        ).combine_chunks()
        encoded = names.dictionary_encode()
        keys, order = np.unique(
            np.array(encoded.dictionary.to_pylist(), dtype=str), return_inverse=True
        )
        series_at = order[encoded.indices.to_numpy()]
        shape = (len(keys), len(months))
        self.months = months
        self.keys = [tuple(key.split("\t")) for key in keys.tolist()]
        self.counts = np.zeros(shape)
        self.cases = np.zeros(shape)
        self.days = np.zeros(shape)
        self.complete = np.zeros(shape, dtype=bool)
        self.city = np.zeros(len(keys), dtype=bool)
        at = (series_at, month_at)
        self.counts[at] = columns["event_count"].to_numpy()
        self.cases[at] = columns["case_count"].to_numpy()
        self.days[at] = columns["person_days"].to_numpy()
        self.complete[at] = columns["is_complete_month"].to_numpy(zero_copy_only=False)
        is_city = columns["is_city"].to_numpy(zero_copy_only=False)
        self.city[series_at[is_city]] = True

    def by_measure(self) -> Iterator[tuple[str, Array]]:
        """Yield each measure with the rows of its series."""
        measures = np.array([measure for measure, _ in self.keys])
        for measure in np.unique(measures).tolist():
            yield measure, np.flatnonzero(measures == measure)


def charts(months: pa.Table, turning_points: pa.Table, measures: pa.Table) -> pa.Table:
    """Adjust and chart every series of months: as many rows out as in.

    months: measure, neighbourhood_id, month_start_date, event_count, case_count (for
    nights, their stays), person_days, is_complete_month, is_city; turning_points: as
    `find_turning_points` gives them; measures: measure, improvement_direction,
    target_rate_per_1000. Season and working days are those of the city, since one area
    has too few events to tell its own. Rates have an XmR chart, whose limits are
    recalculated at accepted turning points; of rare events, but not of nights, the days
    between them have a T chart. Incomplete months stay out of everything and have
    nulls, as has a series with too few months or events, which says so.
    """
    series = _Series(months)
    turned = _turned(turning_points)
    aims = {row["measure"]: row for row in measures.to_pylist()}
    parts = [
        _charts_of(series, measure, rows, turned, aims[measure])
        for measure, rows in series.by_measure()
    ]
    return pa.concat_tables(parts) if parts else CHART_SCHEMA.empty_table()


Turned = dict[tuple[str, str], list[dict[str, Any]]]


def _turned(turning_points: pa.Table) -> Turned:
    """Turning points of each measure and area that change its limits, in order."""
    found: Turned = {}
    for row in turning_points.to_pylist():
        if row["turning_point_number"] > 0:
            key = row["measure"], row["neighbourhood_id"]
            found.setdefault(key, []).append(row)
    for points in found.values():
        points.sort(key=lambda row: row["turning_point_number"])
    return found


def limits_of(
    months: Array, usable: Array, points: Sequence[Mapping[str, Any]]
) -> tuple[list[int], Array]:
    """Where the limits of a series are recalculated, and which months passed by.

    months, usable: (m,); points: turning points with change_kind, turning_month_date
    and returned_month_date. A lasting change has limits of its own once
    FEWEST_CHART_MONTHS usable months follow it; months of a shock set no limits.
    """
    starts: list[int] = []
    passing = np.zeros(len(months), dtype=bool)
    positions = [
        int(np.searchsorted(months, np.datetime64(row["turning_month_date"], "M")))
        for row in points
    ]
    for number, (row, position) in enumerate(zip(points, positions, strict=True)):
        if row["change_kind"] == "shock":
            returned = row["returned_month_date"]
            end = len(months)
            if returned is not None:
                end = int(np.searchsorted(months, np.datetime64(returned, "M")))
            passing[position:end] = True
        elif row["change_kind"] != RECENT:
            later = [
                at
                for other, at in zip(
                    points[number + 1 :], positions[number + 1 :], strict=True
                )
                if other["change_kind"] not in ("shock", RECENT)
            ]
            end = min([len(months), *later])
            if usable[position:end].sum() >= FEWEST_CHART_MONTHS:
                starts.append(position)
    return starts, passing


@dataclass(frozen=True)
class _Drawn:
    """Charts of several series, (series, months) each, NaN or False where none."""

    values: Array
    centre: Array
    lower: Array
    upper: Array
    flags: dict[str, Array]
    since: Array

    def put(self, row: int, columns: Array, values: Array, drawn: Xmr) -> None:
        """Put the chart of one series into its columns."""
        self.values[row, columns] = values
        for name in ("centre", "lower", "upper"):
            getattr(self, name)[row, columns] = getattr(drawn, name)
        for name, flag in self.flags.items():
            flag[row, columns] = getattr(drawn, name)


FLAGS = ("is_outside_limits", "is_near_limit", "is_in_trend", "is_in_run")


def _blank(shape: tuple[int, int]) -> _Drawn:
    values, centre, lower, upper = np.full((4, *shape), np.nan)
    flags = {name: np.zeros(shape, dtype=bool) for name in FLAGS}
    return _Drawn(values, centre, lower, upper, flags, np.full(shape, -1))


def _charts_of(
    series: _Series,
    measure: str,
    rows: Array,
    turned: Turned,
    aim: Mapping[str, Any],
) -> pa.Table:
    counts, days = series.counts[rows], series.days[rows]
    cases = series.cases[rows]
    usable = series.complete[rows] & (days > 0)
    shape = usable.shape
    factor = _city_factor(series, rows[series.city[rows]])
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.where(usable, counts / days * DAYS_A_YEAR * 1000 / factor, np.nan)
    months_known = usable.sum(axis=1)
    mean_cases = np.where(usable, cases, 0).sum(axis=1) / np.maximum(months_known, 1)
    months_with_some = (usable & (counts > 0)).sum(axis=1)
    is_rare = mean_cases < FEWEST_CHART_EVENTS
    # Nights of one stay come together, so the time between them is no T chart's.
    in_clusters = np.where(usable, counts != cases, False).any(axis=1)
    reason = np.select(
        [
            months_known < FEWEST_CHART_MONTHS,
            is_rare & (in_clusters | (months_with_some < FEWEST_CHART_MONTHS)),
        ],
        ["too few months", "too few events"],
        "",
    )
    kind = np.where(reason != "", "", np.where(is_rare, T_CHART, XMR_CHART))
    by_rate, by_days = _blank(shape), _blank(shape)
    # The baseline is of complete months, which incomplete ones do not shorten.
    common = xmr(rates, BASELINE_MONTHS)
    whole = np.arange(shape[1])
    for row in np.flatnonzero(kind == XMR_CHART).tolist():
        points = turned.get(tuple(series.keys[rows[row]]), [])
        starts, passing = limits_of(series.months, usable[row], points)
        if points:
            drawn = rebased_xmr(rates[row], starts, passing, BASELINE_MONTHS)
        else:
            drawn = Xmr(*(getattr(common, field.name)[row] for field in fields(Xmr)))
        by_rate.put(row, whole, rates[row], drawn)
        by_rate.since[row] = np.array([0, *starts])[
            np.searchsorted(starts, whole, side="right")
        ]
    for row in np.flatnonzero(kind == T_CHART).tolist():
        own = np.flatnonzero(usable[row])
        gaps = days_per_event(counts[row, own], series.months[own])
        known = np.flatnonzero(~np.isnan(gaps))
        drawn = t_chart(gaps[known], BASELINE_MONTHS)
        by_days.put(row, own[known], gaps[known], drawn)
        for name in ("centre", "lower", "upper"):
            getattr(by_days, name)[row] = getattr(drawn, name)[0]
        by_days.since[row] = 0
    return _chart_table(
        series,
        measure,
        rows,
        usable,
        factor,
        rates,
        aim,
        kind,
        reason,
        by_rate,
        by_days,
    )


def _chart_table(
    series: _Series,
    measure: str,
    rows: Array,
    usable: Array,
    factor: Array,
    rates: Array,
    aim: Mapping[str, Any],
    kind: Array,
    reason: Array,
    by_rate: _Drawn,
    by_days: _Drawn,
) -> pa.Table:
    """The charts of a measure as rows of CHART_SCHEMA, areas by months."""
    shape = usable.shape
    is_t = kind == T_CHART
    known = ~np.isnan(np.where(is_t[:, None], by_days.values, by_rate.values))
    flags = {name: by_rate.flags[name] | by_days.flags[name] for name in FLAGS}
    direction = aim["improvement_direction"]
    told = np.full(shape, "", dtype="U16")
    assured = np.full(shape[0], "", dtype="U16")
    for row in np.flatnonzero(kind != "").tolist():
        drawn = by_days if is_t[row] else by_rate
        # More days between events are fewer events.
        wanted = OPPOSITE[direction] if is_t[row] else direction
        chart = Xmr(
            drawn.centre[row],
            drawn.lower[row],
            drawn.upper[row],
            *(flags[name][row] for name in FLAGS),
        )
        told[row] = variation(chart, drawn.values[row], wanted)
        ends = np.flatnonzero(known[row])
        if kind[row] == XMR_CHART and len(ends):
            assured[row] = (
                assurance(
                    chart.lower[ends[-1]],
                    chart.upper[ends[-1]],
                    aim["target_rate_per_1000"],
                    direction,
                )
                or ""
            )

    def of_rows(values: Array) -> Array:
        return np.broadcast_to(values, shape).ravel()

    def numbers(values: Array) -> pa.Array:
        flat = of_rows(values)
        return pa.array(np.round(flat, 6), mask=np.isnan(flat))

    def texts(values: Array) -> pa.Array:
        flat = of_rows(values)
        return pa.array(flat.astype(object), pa.string(), mask=flat == "")

    since = np.where(is_t[:, None], by_days.since, by_rate.since)
    dates = series.months.astype("datetime64[D]")
    areas = [series.keys[row][1] for row in rows]
    return pa.table(
        [
            pa.array([measure] * known.size),
            pa.array(areas).take(pa.array(np.repeat(np.arange(len(areas)), shape[1]))),
            texts(kind[:, None]),
            texts(reason[:, None]),
            texts(np.where(known, told, "")),
            texts(assured[:, None]),
            pa.array(of_rows(working_days(series.months)), pa.int32()),
            numbers(factor),
            numbers(rates),
            *(numbers(x) for x in (by_rate.centre, by_rate.lower, by_rate.upper)),
            *(
                numbers(x)
                for x in (by_days.values, by_days.centre, by_days.lower, by_days.upper)
            ),
            *(pa.array(flags[name].ravel(), mask=~known.ravel()) for name in FLAGS),
            pa.array(dates[since].ravel(), mask=since.ravel() < 0),
            pa.array(of_rows(dates)),
        ],
        schema=CHART_SCHEMA,
    )


OPPOSITE = {DECREASE: INCREASE, INCREASE: DECREASE, NEITHER: NEITHER}


def _city_factor(series: _Series, city: Array) -> Array:
    """Season and working-day factor of each month from the city's series; nan before
    there are months enough to tell a season.
    """
    factor = np.full(len(series.months), np.nan)
    for row in city:
        usable = series.complete[row] & (series.days[row] > 0)
        if usable.sum() < FEWEST_MONTHS:
            factor[usable] = 1.0
            continue
        log_rate = log_rates(series.counts[row, usable], series.days[row, usable])
        factor[usable] = calendar_factor(log_rate, series.months[usable])
    return factor


def find_turning_points(months: pa.Table, comparators: pa.Table) -> pa.Table:
    """Look for turning points in every series; one row for each, or one that says none.

    months: as for `charts`; comparators: series, measure, month_start_date,
    event_count, denominator. Every series with FEWEST_MONTHS complete months and
    FEWEST_A_MONTH cases a month on average (attendances or stays, however many nights
    these lasted) is tested; turning points are reported for
    those whose p-value, adjusted by Benjamini and Hochberg for all series of the city
    and, apart from them, for all series of areas, is FALSE_DISCOVERY_RATE or less.
    """
    series = _Series(months)
    compared = _comparators(comparators)
    tested: dict[int, float] = {}
    findings: dict[int, str] = {}
    for row in range(len(series.keys)):
        usable = series.complete[row] & (series.days[row] > 0)
        if usable.sum() < FEWEST_MONTHS:
            findings[row] = "too few months"
        elif series.cases[row, usable].mean() < FEWEST_A_MONTH:
            findings[row] = "too few events"
        else:
            tested[row] = p_value_of(
                series.counts[row, usable],
                series.days[row, usable],
                series.months[usable],
            )
    adjusted: dict[int, float] = {}
    for is_city in (True, False):
        family = [row for row in tested if series.city[row] == is_city]
        q = q_values(np.array([tested[row] for row in family]))
        adjusted.update(zip(family, q.tolist(), strict=True))
    found: list[dict[str, Any]] = []
    for row, (measure, area) in enumerate(series.keys):
        usable = series.complete[row] & (series.days[row] > 0)
        start: dict[str, Any] = {
            "measure": measure,
            "neighbourhood_id": area,
            "finding": findings.get(row, "no turning point"),
            "turning_point_number": 0,
            "month_count": int(usable.sum()),
            "p_value": tested.get(row),
            "q_value": adjusted.get(row),
        }
        its_turns: list[Turn] = []
        if adjusted.get(row, 1.0) <= FALSE_DISCOVERY_RATE:
            known = series.months[usable]
            counts, days = series.counts[row, usable], series.days[row, usable]
            its_turns = turns(counts, days, known)
        for which in range(len(its_turns)):
            change = interrupted(counts, days, known, its_turns, which)
            found.append(
                {
                    **start,
                    "finding": "turning point",
                    "turning_point_number": which + 1,
                    **_change_columns(change, known),
                    **_against_comparator(
                        change, its_turns, which, known, compared.get(measure, [])
                    ),
                }
            )
        if not its_turns:
            found.append(start)
    return pa.Table.from_pylist(
        [_rounded(line) for line in found], schema=TURNING_POINT_SCHEMA
    )


def p_value_of(counts: Array, exposure: Array, months: Array) -> float:
    """Chance of what speaks most for a turning point in a series that has none.

    counts, exposure, months: (n,). Where events begin or end within the series chance
    is out of the question (`time_series.recorded`).
    """
    if recorded(counts) != (0, len(counts)):
        return SILENT_P_VALUE
    return scan_p_value(scan(log_rates(counts, exposure), months).statistic, months)


def _rounded(line: dict[str, Any]) -> dict[str, Any]:
    """Round floats to what they mean, so that every machine writes the same.

    NaN, which no column holds, is left out.
    """
    return {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in line.items()
        if value == value
    }


def _spread(name: str, estimate: tuple[float, float, float]) -> dict[str, float]:
    """Columns of an estimate and its interval."""
    ends = ("", "_lower", "_upper")
    return {name + end: value for end, value in zip(ends, estimate, strict=True)}


def _is_comparable(change: Change) -> bool:
    """Whether there are events on both sides of a change, and a ratio of the two."""
    return (
        min(change.observed_before_count, change.observed_count) > 0
        and -100 < change.change_percent[0] < np.inf
    )


def _change_columns(change: Change, months: Array) -> dict[str, Any]:
    days = months.astype("datetime64[D]").tolist()
    low, high = change.position_interval
    level: dict[str, Any] = {}
    if change.level_percent != (0.0, 0.0, 0.0):
        level = _spread("level_change_percent", change.level_percent)
    returned = dict(
        zip(
            ("", "_lower", "_upper"),
            (change.until, *change.until_interval),
            strict=True,
        )
    )
    return {
        "change_kind": change.kind,
        "observed_count": change.observed_count,
        "expected_count": change.expected_count,
        **_spread("slope_before_percent", change.slope_before_percent),
        **_spread("slope_after_percent", change.slope_after_percent),
        **level,
        **_spread("events_change_count", change.events_change),
        **_spread("events_change_percent", change.change_percent),
        "dispersion": change.dispersion,
        "turning_month_date": days[change.position],
        "turning_month_lower_date": days[low],
        "turning_month_upper_date": days[high],
        **{
            f"returned_month{end}_date": days[position]
            for end, position in returned.items()
            if change.kind == "shock" and position < len(days)
        },
        "first_month_date": days[change.since],
        "last_month_date": days[change.until - 1],
    }


Comparator = tuple[str, Array, Array, Array]
Comparators = dict[str, list[Comparator]]


def _comparators(table: pa.Table) -> Comparators:
    """Measure -> (name, months, counts, denominators), the preferred series first."""
    rows: dict[tuple[str, str], list[tuple[Any, float, float]]] = {}
    for row in table.to_pylist():
        rows.setdefault((row["measure"], row["series"]), []).append(
            (row["month_start_date"], row["event_count"], row["denominator"])
        )
    found: Comparators = {}
    for (measure, name), points in rows.items():
        points.sort()
        months = np.array([point[0] for point in points], dtype="datetime64[M]")
        values = np.array([point[1:] for point in points], dtype=float)
        found.setdefault(measure, []).append((name, months, values[:, 0], values[:, 1]))
    for of_measure in found.values():
        of_measure.sort(key=lambda one: (one[0] != PREFERRED_COMPARATOR, one[0]))
    return found


def _against_comparator(
    change: Change,
    its_turns: list[Turn],
    which: int,
    months: Array,
    comparators: list[Comparator],
) -> dict[str, Any]:
    """Columns of the comparator's change at the same months, and of what is beyond it.

    Change beyond the comparator: the ratio of the two changes, less one. Its interval
    treats them as independent.
    """
    for name, known, counts, denominators in comparators:
        shared = np.isin(known, months)
        if shared.sum() != len(months):
            continue
        other = interrupted(
            counts[shared], denominators[shared], months, its_turns, which
        )
        of_comparator: dict[str, Any] = {}
        if other.observed_before_count > 0:
            of_comparator = _spread("comparator_change_percent", other.change_percent)
        if not (_is_comparable(change) and _is_comparable(other)):
            return {
                "comparator": name,
                "comparator_reading": "no events to compare",
                **of_comparator,
            }
        log_ratio, variance = 0.0, 0.0
        for one, sign in ((change, 1), (other, -1)):
            ratio = 1 + one.change_percent[0] / 100
            half = (one.change_percent[2] - one.change_percent[1]) / 200
            log_ratio += sign * np.log(ratio)
            variance += (half / Z95 / ratio) ** 2
        half = Z95 * np.sqrt(variance)
        beyond = 100 * np.expm1([log_ratio, log_ratio - half, log_ratio + half])
        reading = "not distinguishable from the comparator"
        if beyond[1] > 0 or beyond[2] < 0:
            reading = "beyond the comparator"
        return {
            "comparator": name,
            "comparator_reading": reading,
            **of_comparator,
            **_spread("change_beyond_comparator_percent", tuple(beyond.tolist())),
        }
    return {"comparator_reading": "no comparator given"}
