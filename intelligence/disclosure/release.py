"""What the board is told of each count: released, suppressed or zero."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array, csr_array

from intelligence.disclosure.control import (
    Counts,
    Table,
    is_small,
    protect,
    rounded,
)
from intelligence.disclosure.ledger import earlier, keep_released

CELL = [
    "measure_id",
    "neighbourhood_id",
    "geography_type",
    "part_type",
    "part",
    "financial_year_start_date",
]
ATOM = ["event", "division", "atom_part", "age_group"]
TABLE = ["family", "financial_year_start_date"]
RESULT = pa.schema(
    [
        *((name, pa.string()) for name in CELL[:-1]),
        ("state", pa.string()),
        ("released_count", pa.int64()),
        ("is_secondary", pa.bool_()),
        ("is_kept", pa.bool_()),
        ("financial_year_start_date", pa.date32()),
    ]
)
# What is withheld last comes first.
AREAS = [
    "city",
    "ward",
    "community_committee",
    "neighbourhood_team",
    "deprivation_fifth",
    "scheme",
]
Pairs = list[tuple[str, str]]


def release(
    atoms: pa.Table,
    sums: pa.Table,
    measures: pa.Table,
    ledger: Path | None = None,
    revised: Collection[str] = (),
) -> pa.Table:
    """Apply the rule and the audit to every count, and keep what was released before.

    `atoms`: one row per smallest group of events, with amount and contributor_count.
    `sums`: one row per count (the columns of CELL) and atom that it adds up. `measures`
    has event and counted_in_event: events counted in others are audited with them,
    because the difference of the two is a count as well. Returns RESULT, ordered by
    CELL. `ledger` is the folder of earlier releases, `revised` the financial years
    ("2023/24") that are stated anew. Months are released only where no month of the
    measure is small. Raises ValueError when counts cannot be protected.
    """
    nested = measures.to_pandas().dropna(subset=["counted_in_event"])
    pairs = sorted(set(zip(nested["event"], nested["counted_in_event"], strict=True)))
    held, added = _by_told_ages(atoms.to_pandas(), sums.to_pandas())
    frame, members = _cells(held, added)
    if frame.empty:
        return RESULT.empty_table()
    series = frame["measure_id"].where(frame["part_type"] == "month")
    broken = frame.loc[series.notna() & frame["is_primary"], "measure_id"].unique()
    frame["is_withheld"] = series.isin(broken)
    frame["breakdown"] = _breakdown(frame)
    atoms_of, sums_of = (
        dict(list(held.groupby(TABLE))),
        dict(list(members.groupby(TABLE))),
    )
    parts = [
        _released(cells, atoms_of[table], sums_of[table], pairs)
        for table, cells in frame.groupby(TABLE)
    ]
    cells = pd.concat(parts, ignore_index=True)
    told = earlier(ledger) if ledger else earlier(Path())
    cells = keep_released(cells, told, revised)
    cells["is_secondary"] &= cells["state"] == "suppressed"
    result = cells.sort_values(CELL, ignore_index=True)[RESULT.names]
    return pa.Table.from_pandas(result, schema=RESULT, preserve_index=False)


def _by_told_ages(
    atoms: pd.DataFrame, sums: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take together the age groups of a family that no measure tells apart."""
    told = sums.groupby(["family", "age_group"])["measure_id"].agg(frozenset)
    names = told.reset_index()
    names["name"] = names.groupby(["family", "measure_id"])["age_group"].transform(
        "min"
    )
    name_of = names.set_index(["family", "age_group"])["name"]
    for frame in (atoms, sums):
        keys = pd.MultiIndex.from_frame(frame[["family", "age_group"]])
        frame["age_group"] = name_of.reindex(keys).to_numpy()
    atoms = atoms.groupby([*TABLE, *ATOM], as_index=False)[
        ["amount", "contributor_count"]
    ].sum()
    return atoms, sums.drop_duplicates(["family", *CELL, *ATOM])


def _cells(
    atoms: pd.DataFrame, sums: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The counts, numbered within their table, and the number of each sum's count."""
    amounts = atoms[[*ATOM, "financial_year_start_date", "amount", "contributor_count"]]
    members = sums.merge(amounts, on=[*ATOM, "financial_year_start_date"])
    frame = members.groupby(["family", *CELL], as_index=False).agg(
        true_count=("amount", "sum"), contributor_count=("contributor_count", "sum")
    )
    frame["cell"] = frame.groupby(TABLE).cumcount()
    few = is_small(frame["contributor_count"].to_numpy())
    true = frame["true_count"].to_numpy()
    frame["is_primary"] = is_small(true) | (few & (true > 0))
    cells = frame[["family", *CELL, "cell"]]
    return frame, members.merge(cells, on=["family", *CELL])[[*TABLE, *ATOM, "cell"]]


def _breakdown(frame: pd.DataFrame) -> pd.Series:
    """The number of the breakdown of each count; what matters most has the smallest."""
    number = frame["geography_type"].map(AREAS.index)
    number = number.where(frame["part_type"] == "all", len(AREAS))
    number = number.where(frame["part_type"] != "month", len(AREAS) + 1)
    return number * 1000 + frame["measure_id"].rank(method="dense").astype(int)


def _released(
    cells: pd.DataFrame, atoms: pd.DataFrame, members: pd.DataFrame, pairs: Pairs
) -> pd.DataFrame:
    """The counts of one table with what is released of them."""
    cells = cells.sort_values("cell", ignore_index=True)
    true: Counts = cells["true_count"].to_numpy(np.int64)
    table = _table(atoms, members, pairs, cells["breakdown"].to_numpy(np.int64))
    protection = protect(
        table,
        true,
        cells["is_primary"].to_numpy(bool),
        cells["is_withheld"].to_numpy(bool),
    )
    state = np.where(true == 0, "zero", "released")
    cells["state"] = np.where(protection.is_suppressed, "suppressed", state)
    cells["released_count"] = pd.array(rounded(true), dtype="Int64")
    cells.loc[protection.is_suppressed, "released_count"] = pd.NA
    cells["is_secondary"] = protection.is_secondary
    return cells


def _table(
    atoms: pd.DataFrame, members: pd.DataFrame, pairs: Pairs, breakdown: Counts
) -> Table:
    """How the counts of a table hang together.

    Atoms that no count tells apart are taken together: an attacker learns nothing of
    either alone.
    """
    cells_of = members.groupby(ATOM)["cell"].agg(lambda cell: tuple(sorted(cell)))
    held = atoms.set_index(ATOM)[["amount"]].join(cells_of)
    held["cell"] = held["cell"].map(lambda c: c if isinstance(c, tuple) else ())
    by_event = held["cell"].unstack("event")
    kinds = {
        place: (*place[::2], tuple(row))
        for place, row in zip(by_event.index, by_event.to_numpy(), strict=True)
    }
    column: dict[tuple[Any, ...], int] = {}
    amount: list[int] = []
    rows: list[tuple[int, int]] = []
    for (event, *place), count, cells in held.itertuples():
        atom = (event, *kinds[tuple(place)])
        if atom not in column:
            column[atom] = len(column)
            amount.append(0)
            rows.extend((cell, column[atom]) for cell in cells)
        amount[column[atom]] += count
    places = list(zip(*rows, strict=True))
    sums = coo_array((np.ones(len(rows)), places), shape=(len(breakdown), len(column)))
    return Table(
        csr_array(sums), _equal(column), _nested(column, amount, pairs), breakdown
    )


def _equal(column: dict[tuple[Any, ...], int]) -> csr_array:
    """What is counted is the same by place, by age and by month, in each age group."""
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for (event, division, age_group, _), place in column.items():
        groups.setdefault((event, age_group), {}).setdefault(division, []).append(place)
    differences = []
    for divisions in groups.values():
        one, *others = divisions.values()
        differences += [(one, other) for other in others]
    return _differences(differences, len(column))


def _nested(
    column: dict[tuple[Any, ...], int], amount: list[int], pairs: Pairs
) -> csr_array:
    """What is counted in another event is not more than that, in each atom.

    Atoms whose data contradict this are left out: an attacker cannot rely on it there.
    """
    whole = dict(pairs)
    differences = []
    for (event, *kind), place in column.items():
        around = column.get((whole.get(event), *kind))
        if around is not None and amount[place] <= amount[around]:
            differences.append(([place], [around]))
    return _differences(differences, len(column))


def _differences(pairs: list[tuple[list[int], list[int]]], width: int) -> csr_array:
    """One row per pair: the columns added and the columns taken away."""
    places = [
        (row, place, sign)
        for row, (added, taken) in enumerate(pairs)
        for columns, sign in ((added, 1.0), (taken, -1.0))
        for place in columns
    ]
    row, column, value = zip(*places, strict=True) if places else ((), (), ())
    return csr_array(coo_array((value, (row, column)), shape=(len(pairs), width)))
