"""comparators: unplanned care in England and in similar cities, with no slow-down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import Calendar, part
from synthetic_city.feeds.reference import write_csv

# People; then events per person-year, weekly pattern and winter peak of each measure.
_SERIES = (("England", 57_000_000), ("peers", 3_800_000))
_WEEK_OF_ATTENDANCES = (1.13, 1.03, 1.0, 0.98, 0.96, 0.93, 0.97)
_WEEK_OF_ADMISSIONS = (1.08, 1.04, 1.02, 1.02, 1.02, 0.91, 0.91)
_MEASURES = (
    ("unplanned_attendance", 0.33, _WEEK_OF_ATTENDANCES, 0.03),
    ("emergency_admission", 0.071, _WEEK_OF_ADMISSIONS, 0.06),
    ("emergency_bed_days", 0.45, (1.0,) * 7, 0.06),
)
_GROWTH = 0.015
_NOISE = 0.006  # of a month, on the log scale: far beyond chance at these sizes


def write_comparators(city: settings.City, folder: Path) -> None:
    """Write the one file of comparator series into a new folder."""
    folder.mkdir(parents=True)
    write_csv(
        folder / "comparator_months.csv",
        ("series", "measure", "month", "count", "denominator"),
        _rows(city),
    )


def _rows(city: settings.City) -> Iterator[tuple[object, ...]]:
    rng = part(city.seed, "comparator series")
    months = city.months
    for name, people in _SERIES:
        for measure, a_year, week, winter in _MEASURES:
            calendar = Calendar.of(city.days, week, winter, _GROWTH)
            share = np.diff(
                calendar.cumulative[
                    np.r_[months.first, months.last[-1] + 1] - calendar.first_day
                ]
            )
            expected = share * people * a_year * city.years
            counts = expected * np.exp(rng.normal(0, _NOISE, len(months)))
            days = months.last - months.first + 1
            for label, count, length in zip(
                months.label, counts.tolist(), days.tolist(), strict=True
            ):
                yield name, measure, f"{label}-01", round(count), people * length
