"""Command line: python -m synthetic_city --people 20000 --out demo."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from synthetic_city.build import build
from synthetic_city.draw import day
from synthetic_city.settings import City

FEWEST_PEOPLE = 500
MOST_PEOPLE = 5_000_000


class RefusedError(Exception):
    """An argument that cannot be used; the text says which and why."""


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m synthetic_city",
        description="Make a demo city: feeds in the national layouts, and the truth.",
        allow_abbrev=False,
    )
    parser.add_argument("--people", default="20000", help="people at the start")
    parser.add_argument(
        "--from", dest="first", default="2020-04-01", help="first day of a quarter"
    )
    parser.add_argument(
        "--to", dest="last", default="2025-03-31", help="last day of a quarter"
    )
    parser.add_argument("--format", default="csv", help="csv or parquet")
    parser.add_argument("--seed", default="1", help="same seed, same files")
    parser.add_argument("--out", default="demo", help="folder for feeds/ and truth/")
    parser.add_argument(
        "--pseudonymised",
        action="store_true",
        help="a common pseudonym for the NHS number, birth months, no names",
    )
    parser.add_argument(
        "--no-slow-down",
        action="store_true",
        help="leave unplanned care without its planted slow-down",
    )
    parser.add_argument(
        "--clean",
        action="store_true",
        help="all files in one form (CSV, ISO dates), and no records gone wrong",
    )
    parser.add_argument("--replace", action="store_true", help="replace what is there")
    return parser.parse_args(given)


def _whole_number(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d+", text) or not low <= int(text) <= high:
        raise RefusedError(
            f"--{name} must be a whole number from {low} to {high}, not {text!r}."
        )
    return int(text)


def _day(name: str, text: str, ends: tuple[str, ...], what: str) -> int:
    try:
        number = day(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        number = None
    if number is None:
        raise RefusedError(f"--{name} must be a date like 2020-04-01, not {text!r}.")
    if text[5:] not in ends:
        raise RefusedError(f"--{name} must be the {what} day of a quarter, not {text}.")
    if not "2001" <= text[:4] <= "2090":
        raise RefusedError(
            f"--{name} must be a year from 2001 to 2090, not {text[:4]}."
        )
    return number


def _city(arguments: argparse.Namespace) -> City:
    people = _whole_number("people", arguments.people, FEWEST_PEOPLE, MOST_PEOPLE)
    first = _day("from", arguments.first, ("01-01", "04-01", "07-01", "10-01"), "first")
    last = _day("to", arguments.last, ("03-31", "06-30", "09-30", "12-31"), "last")
    if last <= first:
        raise RefusedError(f"--to must be after --from, not {arguments.last}.")
    if last - first < 300:
        raise RefusedError(
            f"--to must be a year or more after --from, not {arguments.last}."
        )
    if last - first > 366 * 10:
        raise RefusedError(
            f"--to must be within ten years of --from, not {arguments.last}."
        )
    if arguments.format not in ("csv", "parquet"):
        raise RefusedError(
            f"--format must be csv or parquet, not {arguments.format!r}."
        )
    seed = _whole_number("seed", arguments.seed, 0, 2**31)
    out = Path(arguments.out)
    if out.exists() and not out.is_dir():
        raise RefusedError(f"--out must be a folder, and {out} is a file.")
    feeds = out / "feeds"
    if feeds.exists() and any(feeds.iterdir()) and not arguments.replace:
        raise RefusedError(
            f"--out holds feeds already ({feeds}); add --replace to replace them."
        )
    return City(
        people,
        first,
        last,
        seed,
        arguments.format == "parquet",
        out,
        pseudonymised=arguments.pseudonymised,
        slow_down=not arguments.no_slow_down,
        dirty=not arguments.clean,
    )


def main(given: list[str] | None = None) -> int:
    """Run the command; the exit code is 2 when an argument is refused."""
    try:
        city = _city(_arguments(given))
        rows = build(city)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"--out cannot be written: {error}.", file=sys.stderr)
        return 2
    print(
        f"{sum(rows.values()):,} rows in {len(rows)} tables under {city.out / 'feeds'}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
