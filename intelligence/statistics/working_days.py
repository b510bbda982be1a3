"""Working days of England: Monday to Friday less the bank holidays.

Source: GOV.UK, "UK bank holidays"; before that the Bank Holidays Act 1871, the Banking
and Financial Dealings Act 1971 and the trials before it, and the royal proclamations
for the years when a holiday was moved or added.
"""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from dateutil.easter import easter

Months = npt.NDArray[np.datetime64]
# Days that were moved from -> to (None: given on top), by proclamation.
_MOVED: dict[int, tuple[tuple[date | None, date], ...]] = {
    1973: ((None, date(1973, 11, 14)),),
    1977: (
        (date(1977, 5, 30), date(1977, 6, 6)),
        (None, date(1977, 6, 7)),
    ),
    1981: ((None, date(1981, 7, 29)),),
    1995: ((date(1995, 5, 1), date(1995, 5, 8)),),
    1999: ((None, date(1999, 12, 31)),),
    2002: (
        (date(2002, 5, 27), date(2002, 6, 4)),
        (None, date(2002, 6, 3)),
    ),
    2011: ((None, date(2011, 4, 29)),),
    2012: (
        (date(2012, 5, 28), date(2012, 6, 4)),
        (None, date(2012, 6, 5)),
    ),
    2020: ((date(2020, 5, 4), date(2020, 5, 8)),),
    2022: (
        (date(2022, 5, 30), date(2022, 6, 2)),
        (None, date(2022, 6, 3)),
        (None, date(2022, 9, 19)),
    ),
    2023: ((None, date(2023, 5, 8)),),
}


def bank_holidays(year: int) -> set[date]:
    """Return the bank holidays of England in a year from 1871 on, else ValueError."""
    if year < 1871:
        raise ValueError(f"there were no bank holidays in {year}")
    sunday = easter(year)
    whitsun = sunday + timedelta(days=50)
    holidays = {
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        whitsun if year < 1967 else _monday_from(date(year, 5, 25)),
        # From 1965 to 1970 the Monday after the last Saturday of August.
        _monday_from(date(year, 8, 1 if year < 1965 else 27 if year < 1971 else 25)),
    }
    if year >= 1978:
        holidays.add(_monday_from(date(year, 5, 1)))
    fixed_holidays = [date(year, 12, 25), date(year, 12, 26)]
    if year >= 1974:
        fixed_holidays.append(date(year, 1, 1))
    # A fixed holiday at a weekend is given on the next working day.
    for fixed in fixed_holidays:
        substitute = fixed
        while substitute.weekday() >= 5 or substitute in holidays:
            substitute += timedelta(days=1)
        holidays.add(substitute)
    for from_day, to_day in _MOVED.get(year, ()):
        if from_day:
            holidays.discard(from_day)
        holidays.add(to_day)
    return holidays


def working_days(months: Months) -> npt.NDArray[np.int64]:
    """Count the working days of months: (n,) datetime64[M] in, (n,) counts out.

    Raises ValueError for months before 1871.
    """
    months = months.astype("datetime64[M]")
    years = {int(month.astype(int)) // 12 + 1970 for month in months}
    holidays = sorted(day for year in years for day in bank_holidays(year))
    counts: npt.NDArray[np.int64] = np.busday_count(
        months.astype("datetime64[D]"),
        (months + 1).astype("datetime64[D]"),
        holidays=np.array(holidays, dtype="datetime64[D]"),
    )
    return counts


def days_in_month(months: Months) -> npt.NDArray[np.int64]:
    """Count the days of months: (n,) datetime64[M] in, (n,) counts out."""
    months = months.astype("datetime64[M]")
    following = (months + 1).astype("datetime64[D]")
    counts: npt.NDArray[np.int64] = np.asarray(
        following - months.astype("datetime64[D]"), dtype=np.int64
    )
    return counts


def _monday_from(first: date) -> date:
    """Return the first Monday on or after a day."""
    return first + timedelta(days=-first.weekday() % 7)
