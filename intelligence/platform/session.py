"""What a Python model may ask of the engine that runs it, the same on each engine."""

from typing import Any, Protocol, cast, runtime_checkable

import pyarrow as pa


@runtime_checkable
class DriverSession(Protocol):
    """The session of an engine that is not DuckDB."""

    def rows_before(self, schema: str, name: str) -> pa.Table | None:
        """The rows that a table held when this build began; None without a table."""


def known_rows(this: Any, session: Any) -> pa.Table | None:
    """Return what the table of a model held before this build, or None.

    `this` is the model's table as dbt names it (`dbt.this`), `session` what dbt gives
    the model: a DriverSession, or DuckDB's connection in a wrapper.
    """
    if isinstance(session, DriverSession):
        return session.rows_before(this.schema, this.identifier)
    found = session.execute(
        "select count(*) from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [this.database, this.schema, this.identifier],
    ).fetchall()
    if found == [(0,)]:
        return None
    return cast(pa.Table, session.sql(f"select * from {this}").to_arrow_table())
