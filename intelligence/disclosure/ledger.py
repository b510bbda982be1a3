"""Earlier releases, and what later builds may say of the periods that they told of.

The ledger is a folder outside the build: `releases.csv` with one line per release, and
a folder per release number with the board as it was. Two releases of one period give
away their difference, which is a count too: a period that was released keeps its counts
until a revision says otherwise, and then a count changes only where the difference
could be released itself.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from intelligence.disclosure.control import LARGEST_SUPPRESSED, ROUNDING_REACH

LIST = "releases.csv"
BOARD = "board.duckdb"
CELL = [
    "measure_id",
    "neighbourhood_id",
    "part_type",
    "part",
    "financial_year_start_date",
]
TOLD = [*CELL, "definition_id", "state", "released_count", "release_number"]
# Two counts further apart than this differ by at least 8, also when one is rounded.
REACH = LARGEST_SUPPRESSED + ROUNDING_REACH


def lines(folder: Path) -> list[dict[str, str]]:
    """The lines of the ledger, oldest first; none without a ledger."""
    if not (folder / LIST).exists():
        return []
    with (folder / LIST).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def boards(folder: Path) -> dict[int, Path]:
    """The board of each release, by its number, oldest first.

    Raises ValueError when a board is not the one that was released, or not listed.
    """
    found = {}
    for line in lines(folder):
        board = folder / line["release_number"] / BOARD
        if not board.exists() or digest(board) != line["sha256"]:
            raise ValueError(f"{board} is not as it was released")
        found[int(line["release_number"])] = board
    if unlisted := set(folder.glob(f"[0-9]*/{BOARD}")) - set(found.values()):
        raise ValueError(f"{min(unlisted)} is not in {LIST}")
    return found


def earlier(folder: Path | None) -> pd.DataFrame:
    """What each release told of each count (TOLD), oldest release first."""
    told = boards(folder) if folder else {}
    found = [_told(number, board) for number, board in told.items()]
    if not found:
        return pd.DataFrame(columns=TOLD)
    return pd.concat(found, ignore_index=True)


def _told(number: int, board: Path) -> pd.DataFrame:
    with duckdb.connect(str(board), read_only=True) as connection:
        connection.sql("use board.board")
        found = connection.sql(
            "select *, cast(date_trunc('year', period_start_date - interval 3 month) "
            "+ interval 3 month as date) as year_start_date "
            "from fct_board_count where state <> 'unknown'"
        ).df()
    start = found["year_start_date"].dt.date
    return found.assign(financial_year_start_date=start, release_number=number).reindex(
        columns=TOLD
    )


def keep_released(cells: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Say again what was released of a year, for `cells` of a table that was released.

    cells: CELL; told: TOLD. Returns the cells with state and released_count as the last
    release that told of them has them. A count of which none told stays suppressed.
    """
    last = told.drop_duplicates(CELL, keep="last")[[*CELL, "state", "released_count"]]
    kept = cells[cells.columns.difference(["state", "released_count"])]
    kept = kept.merge(last, on=CELL, how="left")
    return kept.assign(state=kept["state"].fillna("suppressed"))


def stay_close(cells: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """What is said again when a year is stated anew, for its cells in their order.

    A count says again what a release told, if it is no further than REACH from it: the
    difference would be a small count. A suppressed count is taken to be the largest.
    cells: CELL and true_count; told: TOLD. Returns state and released_count to say
    again, and lower and upper bound of the true count that these give away; null where
    a count is stated anew.
    """
    each = cells[[*CELL, "true_count"]].merge(told, on=CELL)
    said = each["released_count"].fillna(LARGEST_SUPPRESSED).astype(np.int64)
    apart = (each["true_count"] - said).abs()
    # Where the count may be the same as before, an attacker will take it to be.
    is_same = (each["state"] != "suppressed") & (
        apart <= said.clip(upper=ROUNDING_REACH)
    )
    slack = said.clip(upper=ROUNDING_REACH).where(is_same, REACH)
    each = each.assign(
        is_same=is_same, lower=(said - slack).clip(lower=0), upper=said + slack
    )
    close = each[apart <= REACH].sort_values(["is_same", "release_number"])
    return cells[CELL].merge(
        close.drop_duplicates(CELL, keep="last")[
            [*CELL, "state", "released_count", "lower", "upper"]
        ],
        on=CELL,
        how="left",
    )
