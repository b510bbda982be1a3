"""Disclosure control of counts: the rule, and protection against sums."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from intelligence.disclosure.control import (
    Earlier,
    Table,
    is_small,
    protect,
    rounded,
)
from intelligence.disclosure.ledger import earlier, keep_released, stay_close
from publish.release import ReleaseError
from publish.release import release as freeze

YEAR = date(2024, 4, 1)


def table(cells: list[list[int]], nested: list[list[int]] | None = None) -> Table:
    """Cells that add up atoms, each in a breakdown of its own."""
    atoms = len(cells[0])
    return Table(
        csr_array(np.array(cells, dtype=float)),
        csr_array((0, atoms)),
        csr_array(np.array(nested or [[0] * atoms], dtype=float)),
        np.arange(len(cells)),
    )


def suppressed(held: Table, counts: list[int]) -> list[bool]:
    """What is suppressed of a table of true counts."""
    true = np.array(counts)
    nothing = np.zeros(len(counts), dtype=bool)
    found = protect(held, true, is_small(true), nothing)
    return [bool(flag) for flag in found.is_suppressed]


def test_counts_are_rounded_by_the_hes_rule() -> None:
    counts = np.array([0, 1, 7, 8, 12, 13, 17, 18, 1002])
    assert list(is_small(counts)) == [False, True, True, *6 * [False]]
    assert list(rounded(counts)[[0, 3, 4, 5, 6, 7, 8]]) == [0, 10, 10, 15, 15, 20, 1000]
    with pytest.raises(ValueError, match="negative"):
        rounded(np.array([-1]))


def test_rounding_alone_protects_a_difference() -> None:
    """8 to 12 in all less 8 to 12 in a part leaves 1 to 4 of a suppressed 2."""
    assert suppressed(table([[1, 1], [1, 0], [0, 1]]), [12, 10, 2]) == [
        False,
        False,
        True,
    ]


def test_a_count_alone_in_its_total_is_protected() -> None:
    """A total of at least 8 less a zero and a part of at most 12 tells of a 7."""
    cells = [[1, 1], [1, 0], [0, 1], [1, 1]]
    assert not suppressed(table(cells), [20, 13, 7, 20])[0]
    # Two small parts and zeros: the total is one of 8 to 12, so neither is below 1.
    cells = [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert suppressed(table(cells), [13, 6, 7, 0]) == [True, True, True, False]


def test_what_is_counted_in_a_small_count_is_protected_with_it() -> None:
    """A part of at least 1 in a whole of at most 7: nothing more is told of either."""
    assert suppressed(table([[1, 0], [0, 1]], [[-1, 1]]), [6, 3]) == [True, True]


def test_counts_that_do_not_fit_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry per cell"):
        suppressed(table([[1]]), [1, 2])


def counts(**wards: int) -> pd.DataFrame:
    """True counts of wards in one year."""
    return pd.DataFrame(
        [
            {
                "measure_id": "seen",
                "neighbourhood_id": ward,
                "part_type": "all",
                "part": "all",
                "financial_year_start_date": YEAR,
                "true_count": true,
            }
            for ward, true in wards.items()
        ]
    )


def told(number: int, **wards: int | None) -> pd.DataFrame:
    """An earlier release of the year; None where a ward was suppressed."""
    frame = counts(**dict.fromkeys(wards, 0)).drop(columns="true_count")
    state = {None: "suppressed", 0: "zero"}
    return frame.assign(
        definition_id="as today",
        state=[state.get(count, "released") for count in wards.values()],
        released_count=pd.array(list(wards.values()), dtype="Int64"),
        release_number=number,
    )


def said(frame: pd.DataFrame) -> list[str | int | None]:
    """State or count of each row; None where a count is stated anew."""
    return [
        None if pd.isna(state) else state if pd.isna(count) else int(count)
        for state, count in zip(frame["state"], frame["released_count"], strict=True)
    ]


def test_a_released_year_says_again_what_it_said() -> None:
    """12 became 13 by one late record: 10 and then 15 would tell of exactly that."""
    today = counts(a=13, b=8, c=40)
    kept = keep_released(today, told(1, a=10, b=None))
    # What was not told of a released year is not told later either.
    assert said(kept) == [10, "suppressed", "suppressed"]
    # The last release that told of a count, though a later one did not.
    both = pd.concat([told(1, a=10, b=None, c=30), told(2, a=20, b=None)])
    assert said(keep_released(today, both)) == [20, "suppressed", 30]


def test_a_revision_changes_counts_only_by_what_may_be_released() -> None:
    today = counts(same=12, near=19, far=20, small=3, hidden=16, seen=17, zero=7)
    before = told(1, same=10, near=10, far=10, small=10, hidden=None, seen=None, zero=0)
    again = stay_close(today, before)
    assert said(again) == [10, 10, None, 10, "suppressed", None, 0]
    # What the attacker may take to be unchanged, and what only to be near.
    visible = again[again["released_count"].notna()]
    assert list(zip(visible["lower"], visible["upper"], strict=True)) == [
        (8, 12),
        (1, 19),
        (1, 19),
        (0, 9),
    ]


def test_a_revision_remembers_every_release() -> None:
    """A count that is back to what it was long ago says so again."""
    both = pd.concat([told(1, a=15, b=15), told(2, a=30, b=None)])
    assert said(stay_close(counts(a=16, b=14), both)) == [15, 15]


def test_what_is_known_already_is_not_hidden_in_vain() -> None:
    """Of two counts that would protect a third, the smaller was told before."""
    held = table([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    true = np.array([25, 10, 12, 3])
    nothing = np.zeros(4, dtype=bool)
    known = np.array([False, True, False, False])
    bounds = np.array([0.0, 8, 0, 0]), np.array([np.inf, 12, np.inf, np.inf])
    found = protect(held, true, is_small(true), nothing, Earlier(known, *bounds))
    assert not found.is_suppressed[1]


def test_a_release_is_frozen_numbered_and_read_by_later_builds(tmp_path: Path) -> None:
    board, folder = tmp_path / "board.duckdb", tmp_path / "releases"
    with duckdb.connect(str(board)) as connection:
        connection.sql("create schema board.board")
        connection.sql(
            "create table board.board.fct_board_count as select 'seen' as measure_id, "
            "'a' as neighbourhood_id, 'all' as part_type, 'all' as part, "
            "'released' as state, 10 as released_count, "
            "date '2024-04-01' as period_start_date, "
            "date '2025-03-31' as period_end_date"
        )
    for day, by in (("soon", "B"), ("2025-05-01", "")):
        with pytest.raises(ReleaseError, match="make release"):
            freeze(board, folder, day, by)
    assert freeze(board, folder, "2025-05-01", "B") == 1
    with pytest.raises(ReleaseError, match="release 1 already"):
        freeze(board, folder, "2025-06-01", "B")
    (row,) = earlier(folder).to_dict("records")
    assert (row["released_count"], str(row["financial_year_start_date"])[:10]) == (
        10,
        "2024-04-01",
    )
    # Without its list a ledger would let every released year be told anew.
    listed = (folder / "releases.csv").rename(tmp_path / "lost")
    with pytest.raises(ValueError, match=r"not in releases\.csv"):
        earlier(folder)
    listed.rename(folder / "releases.csv")
    (folder / "1" / "board.duckdb").chmod(0o644)
    (folder / "1" / "board.duckdb").write_bytes(b"other")
    with pytest.raises(ReleaseError, match="not as it was released"):
        freeze(board, folder, "2025-06-01", "B")
    with pytest.raises(ValueError, match="not as it was released"):
        earlier(folder)
