"""Release the published board: `python -m publish.release live/board.duckdb releases`.

A release is a frozen copy of the board under a number, with its date, its hash and who
released it, in a folder outside the build (`releases/`, or HUB_RELEASES). Later builds
read it and say the same of the periods that it told of.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from datetime import date
from pathlib import Path

import duckdb

from intelligence.disclosure.ledger import BOARD, LIST, boards, digest, lines

COLUMNS = (
    "release_number",
    "release_date",
    "released_until",
    "released_by",
    "revised",
    "sha256",
)


class ReleaseError(RuntimeError):
    """The board cannot be released; the message says why."""


def release(board: Path, folder: Path, day: str, by: str, revised: str = "") -> int:
    """Freeze the board in `folder` and return the number of the release.

    day: ISO date of the release; by: who releases it; revised: financial years that are
    stated anew. Raises ReleaseError for a missing board, date or name, and when nothing
    changed since the last release.
    """
    if not by.strip():
        raise ReleaseError("say who releases the board: make release BY='name'")
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise ReleaseError(
            f"{day!r} is no date: make release DATE=2025-05-01"
        ) from error
    if not board.exists():
        raise ReleaseError(f"there is no published board {board}; run 'make build'")
    try:
        boards(folder)
    except ValueError as error:
        raise ReleaseError(str(error)) from error
    told = lines(folder)
    hashed = digest(board)
    if told and told[-1]["sha256"] == hashed:
        raise ReleaseError(
            f"this board is release {told[-1]['release_number']} already"
        )
    number = len(told) + 1
    frozen = folder / str(number)
    frozen.mkdir(parents=True)
    shutil.copyfile(board, frozen / BOARD)
    (frozen / BOARD).chmod(0o444)
    is_new = not (folder / LIST).exists()
    with (folder / LIST).open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow([number, day, last_day(board), by, revised, hashed])
    return number


def last_day(board: Path) -> str:
    """Last day that the board tells of."""
    with duckdb.connect(str(board), read_only=True) as connection:
        connection.sql("use board.board")
        found = connection.sql("select max(period_end_date) from fct_board_count")
        return str(found.fetchall()[0][0])


def main(given: list[str] | None = None) -> int:
    """Release the board; say in one sentence what happened."""
    parser = argparse.ArgumentParser(prog="python -m publish.release")
    parser.add_argument("board", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--date", default="")
    parser.add_argument("--by", default="")
    parser.add_argument("--revised", default="")
    asked = parser.parse_args(given)
    try:
        number = release(asked.board, asked.folder, asked.date, asked.by, asked.revised)
    except ReleaseError as error:
        print(f"Not released: {error}.", file=sys.stderr)
        return 1
    print(f"Release {number} is frozen in {asked.folder / str(number)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
