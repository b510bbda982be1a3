"""Control charts and turning points of every series of unplanned care.

The tables come as Arrow from the models and go back as Arrow; the statistics are those
of `intelligence.time_series`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.time_series import (
    FALSE_DISCOVERY_RATE,
    FEWEST_A_MONTH,
    FEWEST_MONTHS,
    Z95,
    Change,
    calendar_factor,
    interrupted,
    log_rates,
    q_values,
    scan,
    scan_p_value,
    turning_points,
    xmr,
)
from intelligence.working_days import working_days

Array = npt.NDArray[Any]

DAYS_A_YEAR = 365.25
BASELINE_MONTHS = 24
"""Centre and limits are those of the first two years, so that a later change shows
against them instead of moving them."""
FEWEST_CHART_MONTHS = 12
FEWEST_CHART_EVENTS = 5
"""Mean events a month below which limits from moving ranges mean little."""
PREFERRED_COMPARATOR = "England"

CHART_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("neighbourhood_id", pa.string()),
        ("no_chart_reason", pa.string()),
        ("working_day_count", pa.int32()),
        ("calendar_factor", pa.float64()),
        ("adjusted_rate_per_1000", pa.float64()),
        ("centre_rate_per_1000", pa.float64()),
        ("lower_limit_rate_per_1000", pa.float64()),
        ("upper_limit_rate_per_1000", pa.float64()),
        ("is_outside_limits", pa.bool_()),
        ("is_near_limit", pa.bool_()),
        ("is_in_trend", pa.bool_()),
        ("is_in_run", pa.bool_()),
        ("month_start_date", pa.date32()),
    ]
)
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
        ("first_month_date", pa.date32()),
        ("last_month_date", pa.date32()),
    ]
)


class _Series:
    """The months of every series as matrices: (series, months), in order of keys.

    keys: (measure, neighbourhood_id); months: (m,) datetime64[M]. A month of an area
    is usable when it is complete; counts and person-days are 0 where there is no row.
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
        self.days = np.zeros(shape)
        self.complete = np.zeros(shape, dtype=bool)
        self.city = np.zeros(len(keys), dtype=bool)
        at = (series_at, month_at)
        self.counts[at] = columns["event_count"].to_numpy()
        self.days[at] = columns["person_days"].to_numpy()
        self.complete[at] = columns["is_complete_month"].to_numpy(zero_copy_only=False)
        is_city = columns["is_city"].to_numpy(zero_copy_only=False)
        self.city[series_at[is_city]] = True

    def by_measure(self) -> Iterator[tuple[str, Array]]:
        """Yield each measure with the rows of its series."""
        measures = np.array([measure for measure, _ in self.keys])
        for measure in np.unique(measures).tolist():
            yield measure, np.flatnonzero(measures == measure)


def charts(months: pa.Table) -> pa.Table:
    """Adjust and chart every series of months: as many rows out as in.

    months: measure, neighbourhood_id, month_start_date, event_count, person_days,
    is_complete_month, is_city. Season and working days are those of the city, since one
    area has too few events to tell its own. Incomplete months stay out of everything
    and have nulls, as has a series with too few months or events, which says so.
    """
    series = _Series(months)
    parts = [_charts_of(series, measure, rows) for measure, rows in series.by_measure()]
    return pa.concat_tables(parts) if parts else CHART_SCHEMA.empty_table()


def _charts_of(series: _Series, measure: str, rows: Array) -> pa.Table:
    counts, days = series.counts[rows], series.days[rows]
    usable = series.complete[rows] & (days > 0)
    factor = _city_factor(series, rows[series.city[rows]])
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.where(usable, counts / days * DAYS_A_YEAR * 1000 / factor, np.nan)
    # The baseline is of complete months, which incomplete ones do not shorten.
    drawn = xmr(rates, BASELINE_MONTHS)
    months_known = usable.sum(axis=1)
    mean_count = np.where(usable, counts, 0).sum(axis=1) / np.maximum(months_known, 1)
    reason = np.select(
        [months_known < FEWEST_CHART_MONTHS, mean_count < FEWEST_CHART_EVENTS],
        ["too few months", "too few events"],
        "",
    )
    shape = rates.shape
    charted = np.broadcast_to((reason == "")[:, None], shape)
    known = (usable & charted).ravel()

    def of_rows(values: Array) -> Array:
        return np.broadcast_to(values, shape).ravel()

    def numbers(values: Array, shown: Array) -> pa.Array:
        return pa.array(
            np.round(of_rows(values), 6), mask=~(shown & ~of_rows(np.isnan(values)))
        )

    flags = [
        pa.array(of_rows(flag), mask=~known)
        for flag in (
            drawn.is_outside_limits,
            drawn.is_near_limit,
            drawn.is_in_trend,
            drawn.is_in_run,
        )
    ]
    areas = [series.keys[row][1] for row in rows]
    return pa.table(
        [
            pa.array([measure] * known.size),
            pa.array(areas).take(pa.array(np.repeat(np.arange(len(areas)), shape[1]))),
            pa.array(of_rows(reason[:, None]), mask=of_rows(reason[:, None] == "")),
            pa.array(of_rows(working_days(series.months)), pa.int32()),
            numbers(factor, np.ones(known.size, dtype=bool)),
            numbers(rates, of_rows(usable)),
            *(
                numbers(limit, charted.ravel())
                for limit in (drawn.centre, drawn.lower, drawn.upper)
            ),
            *flags,
            pa.array(of_rows(series.months.astype("datetime64[D]"))),
        ],
        schema=CHART_SCHEMA,
    )


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
    FEWEST_A_MONTH events a month on average is tested; turning points are reported for
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
        elif series.counts[row, usable].mean() < FEWEST_A_MONTH:
            findings[row] = "too few events"
        else:
            known = series.months[usable]
            log_rate = log_rates(series.counts[row, usable], series.days[row, usable])
            tested[row] = scan_p_value(scan(log_rate, known).statistic, known)
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
        changes: list[Change] = []
        if adjusted.get(row, 1.0) <= FALSE_DISCOVERY_RATE:
            known = series.months[usable]
            counts, days = series.counts[row, usable], series.days[row, usable]
            changes = turning_points(counts, days, known)
        for number, change in enumerate(changes, 1):
            found.append(
                {
                    **start,
                    "finding": "turning point",
                    "turning_point_number": number,
                    **_change_columns(change, known),
                    **_against_comparator(
                        change, [c.position for c in changes], known, measure, compared
                    ),
                }
            )
        if not changes:
            found.append(start)
    return pa.Table.from_pylist(
        [_rounded(line) for line in found], schema=TURNING_POINT_SCHEMA
    )


def _rounded(line: dict[str, Any]) -> dict[str, Any]:
    """Round floats to what they mean, so that every machine writes the same."""
    return {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in line.items()
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
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    # A series that begins or ends here has no slope on that side, a beginning nothing
    # that it changed from, and an end no size but "all of it".
    if change.observed_before_count > 0:
        before = {
            "expected_count": change.expected_count,
            **_spread("slope_before_percent", change.slope_before_percent),
            **_spread("events_change_count", change.events_change),
            **_spread("events_change_percent", change.change_percent),
        }
    if _is_comparable(change):
        after = {
            **_spread("slope_after_percent", change.slope_after_percent),
            **_spread("level_change_percent", change.level_percent),
        }
    return {
        "observed_count": change.observed_count,
        **before,
        **after,
        "dispersion": change.dispersion,
        "turning_month_date": days[change.position],
        "turning_month_lower_date": days[low],
        "turning_month_upper_date": days[high],
        "first_month_date": days[change.since],
        "last_month_date": days[change.until - 1],
    }


Comparators = dict[str, list[tuple[str, Array, Array, Array]]]


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
    positions: list[int],
    months: Array,
    measure: str,
    comparators: Comparators,
) -> dict[str, Any]:
    """Columns of the comparator's change at the same months, and of what is beyond it.

    Change beyond the comparator: the ratio of the two changes, less one. Its interval
    treats them as independent.
    """
    for name, known, counts, denominators in comparators.get(measure, []):
        shared = np.isin(known, months)
        if shared.sum() != len(months):
            continue
        other = interrupted(
            counts[shared],
            denominators[shared],
            months,
            positions,
            positions.index(change.position),
            change.position_interval,
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
        reading = "not told apart from the comparator"
        if beyond[1] > 0 or beyond[2] < 0:
            reading = "beyond the comparator"
        return {
            "comparator": name,
            "comparator_reading": reading,
            **of_comparator,
            **_spread("change_beyond_comparator_percent", tuple(beyond.tolist())),
        }
    return {"comparator_reading": "no comparator given"}
