"""Read schemes, facts and strata from tables of the hub, for the appraisal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.better_care_fund.schemes import Panel, Scheme, Strata

# Pathway a scheme may name -> column of fct_neighbourhood_month that counts it.
PATHWAYS = {
    "emergency_admission": "emergency_admission_count",
    "acsc_admission": "acsc_admission_count",
    "fall_admission": "fall_admission_count",
    "emergency_readmission": "emergency_readmission_count",
    "unplanned_attendance": "unplanned_attendance_count",
    "new_long_term_admission": "new_long_term_admission_count",
}
_OLDEST = 199


def read_schemes(table: pa.Table) -> list[Scheme]:
    """Schemes from rows of the staged scheme list."""
    return [
        Scheme(
            row["scheme_id"],
            row["scheme_name"] or row["scheme_id"],
            row["pathway"],
            frozenset(filter(None, (row["ward_codes"] or "").split(";"))),
            row["age_from"],
            _OLDEST if row["age_to"] is None else row["age_to"],
            row["start_date"],
            row["ramp_months"],
            row["claimed_people"],
            row["claimed_effect_percent"] / 100,
            row["claimed_prevented_a_year"],
            row["cost_a_year_gbp"],
        )
        for row in table.to_pylist()
    ]


def read_panel(table: pa.Table) -> Panel:
    """Panel from rows of ward, month, age band and sex, at most one per combination.

    Columns ward_code, age_band, sex, month_start_date, observed_days, person_days and
    those of `PATHWAYS`; only complete months. Unknown ages and sexes are left out.
    """
    known = pc.and_(
        pc.not_equal(table["age_band"], "unknown"),
        pc.is_in(table["sex"], pa.array(["female", "male"])),
    )
    table = table.filter(known)
    wards, ward = _positions(table["ward_code"])
    bands, band = _positions(table["age_band"])
    sexes, sex = _positions(table["sex"])
    months, month = _positions(table["month_start_date"])
    cell = band * len(sexes) + sex
    shape = (len(wards), len(months), len(bands) * len(sexes))

    def cube(column: str) -> Any:
        values = np.zeros(shape, dtype=np.int64)
        values[ward, month, cell] = table[column].to_numpy()
        return values

    days = np.zeros(len(months), dtype=np.int64)
    days[month] = table["observed_days"].to_numpy()
    lowest = np.array([int(band[:2]) for band in bands], dtype=np.int64)
    return Panel(
        tuple(wards),
        months[0] if months else date.min,
        np.repeat(lowest, len(sexes)),
        days,
        cube("person_days"),
        {pathway: cube(column) for pathway, column in PATHWAYS.items()},
    )


def _positions(column: pa.ChunkedArray) -> tuple[list[Any], Any]:
    """Distinct values in order, and the position of each row's among them."""
    values = sorted(column.unique().to_pylist())
    at = pc.index_in(column, pa.array(values, type=column.type))
    return values, at.to_numpy().astype(np.int64)


def read_strata(table: pa.Table) -> dict[str, Strata]:
    """Strata of each scheme that enrols people."""
    found = {}
    for scheme_id in sorted(table["scheme_id"].unique().to_pylist()):
        rows = table.filter(pc.equal(table["scheme_id"], scheme_id))
        columns = {
            name: rows[name].to_numpy().astype(np.float64)
            for name in rows.column_names
            if name.startswith(("member_", "control_"))
        }
        found[scheme_id] = Strata(
            columns["member_count"],
            columns["member_events_before"],
            columns["member_events_after"],
            columns["member_squared_events_after"],
            columns["control_count"],
            columns["control_events_before"],
            columns["control_events_after"],
            columns["control_squared_events_after"],
        )
    return found


def event_costs(admission_gbp: Any, attendance_gbp: Any) -> Mapping[str, float]:
    """Mean cost of an event by pathway, from that of admissions and attendances."""
    costs = {
        pathway: attendance_gbp if pathway == "unplanned_attendance" else admission_gbp
        for pathway in PATHWAYS
        if pathway != "new_long_term_admission"
    }
    return {name: float(cost) for name, cost in costs.items() if cost is not None}
