"""Slope index of inequality from the released counts of deprivation fifths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from intelligence.statistics.inequality import slope_index

FIFTHS = 5
RESULT = pa.schema(
    [
        ("measure_id", pa.string()),
        ("null_reason", pa.string()),
        ("most_deprived_rate", pa.float64()),
        ("least_deprived_rate", pa.float64()),
        ("sii", pa.float64()),
        ("sii_lower", pa.float64()),
        ("sii_upper", pa.float64()),
        ("period_start_date", pa.date32()),
    ]
)


def slopes(fifths: pa.Table, populations: pa.Table) -> pa.Table:
    """SII of each measure and year, most deprived first.

    fifths: rows of fct_board_indicator; populations: neighbourhood_id and population by
    age band. Rates are indirectly standardised, their errors those of Poisson counts.
    Null with a reason where a fifth is suppressed or has no event.
    """
    people = populations.to_pandas().groupby("neighbourhood_id")["population"].sum()
    rows = []
    groups = fifths.to_pandas().groupby(["measure_id", "period_start_date"])
    for (measure, start), group in groups:
        group = group.sort_values("neighbourhood_id")
        row = {"measure_id": measure, "period_start_date": start}
        known = (group["ratio"].notna() & (group["released_count"] > 0)).all()
        if len(group) < FIFTHS or not known:
            row["null_reason"] = "a fifth is suppressed, unknown or without events"
        else:
            row |= _slope(group, people.loc[group["neighbourhood_id"]].to_numpy(float))
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=RESULT)


def _slope(group: pd.DataFrame, people: npt.NDArray[np.float64]) -> dict[str, float]:
    rates = group["rate"].to_numpy(float)
    errors = rates / np.sqrt(group["released_count"].to_numpy(float))
    slope = slope_index(rates, errors, people)
    if slope is None:
        return {}
    lower, upper = slope.sii_interval
    return {
        "most_deprived_rate": rates[0],
        "least_deprived_rate": rates[-1],
        "sii": slope.sii,
        "sii_lower": lower,
        "sii_upper": upper,
    }
