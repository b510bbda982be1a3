"""Earlier releases, and what later builds may say of the periods that they told of.

The ledger is a folder outside the build: `releases.csv` with one line per release, and
a folder per release number with the board as it was. Two releases of one period give
away their difference, which is a count too: a period that was released keeps its counts
until a revision says otherwise, and then a count changes only where the difference
could be released itself.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

import duckdb
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
PERIOD = ["family", "financial_year_start_date"]


def lines(folder: Path) -> list[dict[str, str]]:
    """The lines of the ledger, oldest first; none without a ledger."""
    if not (folder / LIST).exists():
        return []
    with (folder / LIST).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def earlier(folder: Path) -> pd.DataFrame:
    """What the last release told of each count: CELL, state and released_count."""
    told = lines(folder)
    if not told:
        return pd.DataFrame(columns=[*CELL, "state", "released_count"])
    board = folder / told[-1]["release_number"] / BOARD
    with duckdb.connect(str(board), read_only=True) as connection:
        connection.sql("use board.board")
        found = connection.sql(
            "select measure_id, neighbourhood_id, part_type, part, state, "
            "released_count, cast(date_trunc('year', period_start_date "
            "- interval 3 month) + interval 3 month as date) "
            "as financial_year_start_date "
            "from fct_board_count where state <> 'unknown'"
        ).df()
    start = found["financial_year_start_date"]
    return found.assign(financial_year_start_date=start.dt.date)


def keep_released(
    cells: pd.DataFrame, told: pd.DataFrame, revised: Collection[str]
) -> pd.DataFrame:
    """Say again what was released, for `cells` with their state as it would be today.

    cells: CELL, family, true_count, state and released_count; `told` as `earlier` gives
    it; revised: financial years ("2023/24") that are stated anew. Returns the cells and
    is_kept. A count that a released period did not tell of stays suppressed.
    """
    merged = cells.merge(told, on=CELL, how="left", suffixes=("", "_told"))
    period = merged[PERIOD].apply(tuple, axis=1)
    was_released = period.isin(set(period[merged["state_told"].notna()]))
    start = pd.to_datetime(merged["financial_year_start_date"]).dt.year
    is_revised = (
        start.astype(str) + "/" + (start % 100 + 1).map("{:02d}".format)
    ).isin(revised)
    # The difference of a count and the one released before is a count of 1 to 7.
    reach = LARGEST_SUPPRESSED + ROUNDING_REACH
    was_suppressed = merged["state_told"] == "suppressed"
    before = merged["released_count_told"].where(~was_suppressed, LARGEST_SUPPRESSED)
    apart = (merged["true_count"] - before).abs()
    is_close = apart <= reach
    is_small_now = merged["state"].eq("suppressed")
    kept = was_released & (~is_revised | (is_close & ~is_small_now))
    merged["is_kept"] = kept
    for column in ("state", "released_count"):
        merged.loc[kept, column] = merged.loc[kept, f"{column}_told"]
    merged.loc[kept & merged["state"].isna(), "state"] = "suppressed"
    return merged.drop(columns=["state_told", "released_count_told"])
