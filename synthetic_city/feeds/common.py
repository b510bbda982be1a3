"""SQL and rows that several feeds share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthetic_city.draw import OPEN, Array, Frame, Periods


def choice(texts: Sequence[str], position: str) -> str:
    """SQL that picks the text at a position (from 0); null when it is negative."""
    listed = ", ".join("'" + t.replace("'", "''") + "'" for t in texts)
    return (
        f"case when {position} >= 0 then list_extract([{listed}], {position} + 1) end"
    )


def as_of(day: str, end: str = "b.period_end_date") -> str:
    """SQL for a day that is known only when it lies within the period."""
    return f"case when {day} <= {end} then {day} end"


def key(prefix: str, number: str, width: int) -> str:
    """SQL for a key text: a prefix and a number padded with zeros."""
    return f"'{prefix}' || lpad(cast({number} as varchar), {width}, '0')"


def marked(column: str) -> str:
    """SQL over `t` for a key that no true row has: it ends in X."""
    return f"t.\"{column}\" || 'X'"


def later(day: str) -> str:
    """SQL over `b` for a day as it is delivered, `b.later` days after the true one."""
    return f"{day} + cast(b.later as integer)"


def earlier(column: str, days: int) -> str:
    """SQL over `t` for some days before the day in a column."""
    return f't."{column}" - {days}'


def rolling(periods: Periods, start: Array, end: Array) -> tuple[Array, Array]:
    """Row and period for every period in which [start, end] is open or ends."""
    return periods.roll(np.maximum(start, periods.first[0]), np.minimum(end, OPEN))


def base_rows(
    record: Array, period: Array, provider: Array | int, **more: Array
) -> Frame:
    """A base frame; `provider` may be one position for all rows."""
    size = len(record)
    return {
        "record": record,
        "period": period,
        "provider": np.broadcast_to(np.asarray(provider), size).copy(),
        **more,
    }


FUTURE = "date '2099-01-01'"
