"""What the board is told of each count: released, suppressed or zero."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array, csr_array

from intelligence.disclosure.control import (
    Counts,
    Earlier,
    Table,
    is_small,
    protect,
    rounded,
)
from intelligence.disclosure.ledger import CELL as LEDGER_CELL
from intelligence.disclosure.ledger import earlier, keep_released, stay_close

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
        ("definition_id", pa.string()),
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
    lsoas: pa.Table | None = None,
) -> pa.Table:
    """Apply the rule and the audit to every count, and keep what was released before.

    `atoms`: one row per smallest group of events, with amount and contributor_count.
    `sums`: one row per count (the columns of CELL) and atom that it adds up. `measures`
    has event and counted_in_event: events counted in others are audited with them,
    because the difference of the two is a count as well. Returns RESULT, ordered by
    CELL. `ledger` is the folder of earlier releases, `revised` the financial years
    ("2023/24") that are stated anew. `lsoas` has ward_id, deprivation_fifth and code of
    each LSOA. Months are released only where no month of the measure is small. Raises
    ValueError when counts cannot be protected, and when a year cannot be stated anew.
    """
    nested = measures.to_pandas().dropna(subset=["counted_in_event"])
    pairs = sorted(set(zip(nested["event"], nested["counted_in_event"], strict=True)))
    definitions = _definitions(sums.to_pandas(), lsoas)
    held, added = _by_told_ages(atoms.to_pandas(), sums.to_pandas())
    frame, members = _cells(held, added)
    if frame.empty:
        return RESULT.empty_table()
    series = frame["measure_id"].where(frame["part_type"] == "month")
    broken = frame.loc[series.notna() & frame["is_primary"], "measure_id"].unique()
    frame["is_withheld"] = series.isin(broken)
    frame["breakdown"] = _breakdown(frame)
    frame = frame.merge(definitions, on=CELL)
    told = earlier(ledger)
    _refuse_other_counts(frame, told, revised)
    atoms_of, sums_of = (
        dict(list(held.groupby(TABLE))),
        dict(list(members.groupby(TABLE))),
    )
    parts = []
    for table, cells in frame.groupby(TABLE):
        is_told = told["financial_year_start_date"] == table[1]
        before = told[is_told & told["measure_id"].isin(cells["measure_id"])]
        if len(before) and _year(table[1]) not in revised:
            kept = keep_released(cells, before)
            parts.append(kept.assign(is_kept=True, is_secondary=~kept["is_primary"]))
        else:
            given = (atoms_of[table], sums_of[table], pairs)
            parts.append(_released(cells, *given, before))
    cells = pd.concat(parts, ignore_index=True)
    cells["is_secondary"] &= cells["state"] == "suppressed"
    result = cells.sort_values(CELL, ignore_index=True)[RESULT.names]
    return pa.Table.from_pandas(result, schema=RESULT, preserve_index=False)


def _year(start: date) -> str:
    """The financial year that starts on a day, such as 2023/24."""
    return f"{start.year}/{(start.year + 1) % 100:02d}"


def _definitions(sums: pd.DataFrame, lsoas: pa.Table | None) -> pd.DataFrame:
    """A hash of the atoms that each count adds up, and of the LSOAs of their places."""
    places: dict[str, str] = {}
    if lsoas is not None:
        frame = lsoas.to_pandas().sort_values("code")
        fifth = frame["deprivation_fifth"].fillna(0).astype(int).astype(str)
        by_place = frame["code"].groupby(frame["ward_id"] + " " + fifth)
        places = by_place.agg(" ".join).to_dict()
    added = sums[ATOM].drop_duplicates().sort_values(ATOM, ignore_index=True)
    within = [places.get(part, "") for part in added["atom_part"]]
    rows = zip(*(added[column] for column in ATOM), within, strict=True)
    named = sums[[*CELL, *ATOM]].merge(
        added.assign(text=["\t".join(row) for row in rows], order=added.index), on=ATOM
    )
    named = named.sort_values("order", kind="stable")
    texts = named.groupby(CELL, as_index=False)["text"].agg("\n".join)
    hashes = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts["text"]]
    return texts[CELL].assign(definition_id=hashes)


def _refuse_other_counts(
    frame: pd.DataFrame, told: pd.DataFrame, revised: Collection[str]
) -> None:
    """Refuse to state a year anew that told of counts that are not made so any more.

    They may say more of today's counts than anyone could work out without them.
    """
    today = frame[[*CELL, "definition_id"]]
    missing = told.merge(today, on=[*LEDGER_CELL, "definition_id"], how="left")
    missing = missing[missing["geography_type"].isna()]
    for row in missing.itertuples():
        year = _year(row.financial_year_start_date)
        if year in revised:
            raise ValueError(
                f"{year} cannot be stated anew: release {row.release_number} told of "
                f"{row.measure_id} in {row.neighbourhood_id} ({row.part}), which is "
                "counted otherwise today"
            )


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
    cells: pd.DataFrame,
    atoms: pd.DataFrame,
    members: pd.DataFrame,
    pairs: Pairs,
    before: pd.DataFrame,
) -> pd.DataFrame:
    """The counts of one table with what is released of them.

    `before` is what releases told of them, if the table is stated anew.
    """
    cells = cells.sort_values("cell", ignore_index=True)
    true: Counts = cells["true_count"].to_numpy(np.int64)
    table = _table(atoms, members, pairs, cells["breakdown"].to_numpy(np.int64))
    again = stay_close(cells, before)
    is_kept = again["state"].notna().to_numpy()
    is_hidden = (again["state"] == "suppressed").to_numpy()
    primary = cells["is_primary"].to_numpy(bool)
    protection = protect(
        table,
        true,
        primary & ~is_kept | is_hidden,
        cells["is_withheld"].to_numpy(bool) & ~is_kept,
        Earlier(
            is_kept & ~is_hidden,
            again["lower"].to_numpy(float, na_value=0),
            again["upper"].to_numpy(float, na_value=np.inf),
        ),
    )
    state = np.where(true == 0, "zero", "released")
    state = np.where(protection.is_suppressed, "suppressed", state)
    cells["state"] = again["state"].where(is_kept, state)
    count = pd.Series(pd.array(rounded(true), dtype="Int64"))
    count = again["released_count"].astype("Int64").where(is_kept, count)
    cells["released_count"] = count.mask(cells["state"] == "suppressed")
    cells["is_secondary"] = protection.is_suppressed & ~primary
    cells["is_kept"] = is_kept
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
        csr_array(sums),
        _equal(column, amount),
        _nested(column, amount, pairs),
        breakdown,
    )


def _equal(column: dict[tuple[Any, ...], int], amount: list[int]) -> csr_array:
    """What is counted is the same by place, by age and by month, in each age group.

    Events with the same total are taken to be known to have it, as delays and delays on
    a list.
    """
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    for (event, division, age_group, _), place in column.items():
        groups.setdefault((event, age_group), {}).setdefault(division, []).append(place)
    differences = []
    wholes: dict[str, list[int]] = {}
    for (event, _), divisions in groups.items():
        one, *others = divisions.values()
        differences += [(one, other) for other in others]
        wholes.setdefault(event, []).extend(one)
    by_total: dict[int, list[list[int]]] = {}
    for places in wholes.values():
        by_total.setdefault(sum(amount[place] for place in places), []).append(places)
    for one, *others in by_total.values():
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
