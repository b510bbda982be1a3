"""Frames as Arrow tables, and in DuckDB."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from synthetic_city.draw import OPEN, Frame


def to_arrow(frame: Frame) -> pa.Table:
    """A frame as an Arrow table; columns named `*_date` become dates, OPEN null."""
    columns = {}
    for name, column in frame.items():
        if name.endswith("_date"):
            days = np.where(column >= OPEN, 0, column).astype(np.int32)
            columns[name] = pa.array(days, mask=column >= OPEN).cast(pa.date32())
        else:
            columns[name] = pa.array(column)
    return pa.table(columns)


def dated(frame: Frame, *names: str) -> Frame:
    """The frame with the named day columns renamed to end in `_date`."""
    return {f"{k}_date" if k in names else k: v for k, v in frame.items()}


def load(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Copy an Arrow table into DuckDB with an `id` that is the row's position."""
    table = table.append_column("id", pa.array(np.arange(table.num_rows)))
    con.register("incoming", table)
    con.execute(f"create table {name} as select * from incoming")
    con.unregister("incoming")
