"""What data stewards have decided about who is who: a file of one row per decision.

The file is kept by the stewards, beside the feeds and under version control of their
own, since it names records of people. Rows are added and never changed; of two
decisions about the same the later one counts.
"""

import csv
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

# The variable of the environment that names the file.
DECISIONS_FILE = "HUB_STEWARD_DECISIONS"
COLUMNS = (
    "decision",
    "source_record_id",
    "person_key",
    "other_person_key",
    "decided_by",
    "reason",
    "decided_on",
)
# Decision -> the columns it needs beside by whom, when and why.
NEEDED = {
    "accept": ("source_record_id", "person_key"),
    "reject": ("source_record_id", "person_key"),
    "split": ("source_record_id",),
    "join": ("person_key", "other_person_key"),
}
SCHEMA = pa.schema(
    [
        ("decision_number", pa.int64()),
        *((name, pa.string()) for name in COLUMNS if name != "decided_on"),
        ("fault", pa.string()),
        ("decided_on", pa.date32()),
    ]
)


def decisions_path(environment: Mapping[str, str] = os.environ) -> Path:
    """The file of decisions; by default `stewards/decisions.csv` beside the feeds."""
    named = environment.get(DECISIONS_FILE)
    feeds = Path(environment.get("HUB_FEEDS", "demo/feeds"))
    return Path(named) if named else feeds.parent / "stewards" / "decisions.csv"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _fault(row: Mapping[str, str]) -> str | None:
    """What keeps a row from being a decision."""
    decision = row["decision"]
    if decision not in NEEDED:
        return f"decision is {decision!r} and not one of {', '.join(NEEDED)}"
    needed = (*NEEDED[decision], "decided_by", "reason", "decided_on")
    missing = [name for name in needed if not row[name]]
    if missing:
        return f"{' and '.join(missing)} missing"
    if _day(row["decided_on"]) is None:
        return f"decided_on is {row['decided_on']!r} and not a date (yyyy-mm-dd)"
    return None


def read_decisions(path: Path) -> pa.Table:
    """Read the decisions as SCHEMA: numbered by their row, faulty ones with the fault.

    No rows when there is no file. Raises ValueError when the file lacks a column.
    """
    if not path.exists():
        return SCHEMA.empty_table()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise ValueError(f"{path} lacks the column {' and '.join(absent)}")
        given = [
            {name: (row[name] or "").strip() for name in COLUMNS} for row in reader
        ]
    rows = [
        {
            **{name: value or None for name, value in row.items()},
            "decision_number": number,
            "fault": _fault(row),
            "decided_on": _day(row["decided_on"]),
        }
        for number, row in enumerate(given, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
