"""How far chance may move the metrics of the Better Care Fund."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import ndtri

from intelligence.statistics.rates import poisson_limits, wilson_limits

Array = npt.NDArray[np.float64]


def with_limits(periods: pa.Table) -> pa.Table:
    """Add amount_lower and amount_upper, the 95 % limits of each amount.

    periods: value_kind, amount, base and squared_amount (sum of the squares of what
    each event adds), any other columns. Limits by value_kind:

    rate: those of a Poisson count. share: Wilson's, times the base. days_rate and mean:
    normal, from the variance between events, not below zero; null where events do not
    vary or there are too few to say.

    All are null where the amount is. Raises ValueError for negative amounts, and for a
    share of more than there are.
    """
    kind = np.asarray(periods["value_kind"].to_pylist(), dtype=object)
    amount, base, squares = (
        periods[name].cast(pa.float64()).to_numpy()
        for name in ("amount", "base", "squared_amount")
    )
    counted = poisson_limits(np.where(kind == "rate", amount, np.nan))
    is_share = kind == "share"
    shared = wilson_limits(
        np.where(is_share, amount, np.nan), np.where(is_share, base, np.nan)
    )
    reach = float(ndtri(0.975)) * np.sqrt(_variance(kind, amount, base, squares))
    limits = {
        "amount_lower": (
            counted.lower,
            base * shared.lower,
            np.maximum(amount - reach, 0),
        ),
        "amount_upper": (counted.upper, base * shared.upper, amount + reach),
    }
    for name, by_kind in limits.items():
        values = np.select([kind == "rate", is_share], by_kind[:2], by_kind[2])
        periods = periods.append_column(name, pa.array(values, mask=np.isnan(values)))
    return periods


def _variance(
    kind: npt.NDArray[np.object_], amount: Array, base: Array, squares: Array
) -> Array:
    """Variance of sums of days by how much they vary between events; NaN if unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        of_mean = np.maximum(squares * base - amount**2, 0) / (base - 1)
    variance = np.select(
        [kind == "days_rate", (kind == "mean") & (base > 1)], [squares, of_mean], np.nan
    )
    return np.where(variance > 0, variance, np.nan)
