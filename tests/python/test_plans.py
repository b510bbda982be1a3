"""No query compares every row of one table with every row of another.

DuckDB does so without a word where a join's conditions are not plain comparisons, such
as an outer join with `or`. A small city is built all the same; one of 800,000 is not.
"""

import json
import math
from typing import Any

import duckdb
from conftest import Hub

# Places by months, or files by files, are fewer pairs than this in a city of any size.
PAIRS = 4_000_000


def all_with_all(step: dict[str, Any]) -> list[str]:
    """The joins of a plan that compare too many pairs of rows one by one."""
    found = [one for child in step["children"] for one in all_with_all(child)]
    rows = [
        int(child["extra_info"].get("Estimated Cardinality", 0))
        for child in step["children"]
    ]
    is_one_by_one = step["name"] in {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN"}
    if is_one_by_one and math.prod(rows) > PAIRS:
        found.append(f"{step['name']} {step['extra_info']}")
    return found


def test_no_join_compares_every_row_with_every_row(hub: Hub) -> None:
    slow, planned = {}, 0
    with hub.open() as connection:
        for path in sorted((hub.folder / "target" / "compiled").rglob("*.sql")):
            try:
                (plan,) = connection.execute(
                    f"explain (format json) {path.read_text()}"
                ).fetchall()
            except duckdb.Error:
                # A fragment, or about tables that only a test has.
                continue
            planned += 1
            if found := [j for step in json.loads(plan[1]) for j in all_with_all(step)]:
                slow[path.stem] = found
    assert planned > 400
    assert not slow
