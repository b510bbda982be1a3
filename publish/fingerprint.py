"""Compare two builds: `python -m publish.fingerprint build [other]`.

Prints one line per table: its name, its number of rows and a hash of its columns and
rows that does not depend on the order of the rows. First come the tables that depend on
the feeds alone: builds that print the same lines there hold the same tables. Tables
that remember earlier builds follow under a heading. The hash is DuckDB's own, so
compare builds of the same DuckDB version only. The vault is included when its key is in
the environment.

With a second folder, the builds in both are compared, whatever engine made them: types
are made alike (every whole number the same, fractions may differ by 1e-12 of their
size), and what differs is named by table and column. Spark's tables are read as the
Parquet files that they are.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from dbt_common.exceptions import DbtRuntimeError

from intelligence.platform.connections import private_connection
from intelligence.platform.settings import VAULT_KEY
from intelligence.platform.zones import attach_vault

# Tables that remember earlier builds: they also depend on when each feed arrived.
HISTORIES = {
    "vault.identity.int_identity__link_history",
    "vault.identity.int_identity__person_changes",
    "vault.identity.int_identity__former_pseudonyms",
    "hub.person.fct_person_id_change",
}
# Columns that say where rows lie, left out of the hash: they depend on the folder of
# the feeds and on which files were landed together.
PLACES = {"vault.staging.stg_feeds__files": "file_path, landed_as"}


# The folder of Spark's tables in that of its build.
WAREHOUSE = "warehouse"
# Tables that Spark keeps for the next build (macro keep_until_replaced).
KEPT = "__before"
# By how much of its size a fraction may differ between engines: its last digits depend
# on the order of additions.
CLOSE = 1e-12


class Fingerprint(NamedTuple):
    """One table: its full name, number of rows and hash (32 hexadecimal digits)."""

    table: str
    row_count: int
    content_hash: str


def fingerprints(connection: duckdb.DuckDBPyConnection) -> list[Fingerprint]:
    """Return the fingerprint of every table of the attached zones, ordered by name."""
    tables = connection.execute(
        "select format('{}.{}.{}', table_catalog, table_schema, table_name), "
        'format(\'"{}"."{}"."{}"\', table_catalog, table_schema, table_name), '
        "string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) "
        "from information_schema.columns "
        "inner join information_schema.tables "
        "using (table_catalog, table_schema, table_name) "
        "where table_type = 'BASE TABLE' "
        "and table_catalog in ('vault', 'hub', 'board') "
        "group by all order by all"
    ).fetchall()
    found = []
    for name, quoted, columns in tables:
        but_place = f"exclude ({PLACES[name]})" if name in PLACES else ""
        row_count, row_hashes = connection.execute(
            'select count(*), sum(hash("the whole row")) '
            f'from (select * {but_place} from {quoted}) as "the whole row"'
        ).fetchall()[0]
        content = hashlib.sha256(f"{columns}; {row_count}; {row_hashes}".encode())
        found.append(Fingerprint(name, row_count, content.hexdigest()[:32]))
    return found


def is_fraction(data_type: str) -> bool:
    """Whether values of a type may differ in their last digits."""
    return data_type in ("DOUBLE", "FLOAT") or data_type.startswith("DECIMAL")


def canonical(column: str, data_type: str) -> str:
    """Return the SQL of a column as text, alike on both engines; 12 digits are kept."""
    name = _quoted(column)
    if is_fraction(data_type):
        digits = f"printf('%.11e', cast({name} as double))"
        return f"case when {name} = 0 then '0' else {digits} end"
    if data_type == "TIMESTAMP WITH TIME ZONE":
        return f"cast({name} at time zone 'UTC' as varchar)"
    return f"cast({name} as varchar)"


def contents(folder: Path) -> dict[str, dict[str, tuple[int, int | None]]]:
    """Return what the tables of the build in `folder` hold, alike on both engines.

    That is, by table and column, the number of rows and the sum of the hashes of their
    values; of whole rows under the name *.
    """
    kind = "VIEW" if (folder / WAREHOUSE).exists() else "BASE TABLE"
    columns: dict[tuple[str, str, str], dict[str, str]] = {}
    with open_zones(folder) as connection:
        for zone, schema, table, column, data_type in connection.execute(
            "select table_catalog, table_schema, table_name, column_name, data_type "
            "from information_schema.columns "
            "inner join information_schema.tables "
            "using (table_catalog, table_schema, table_name) "
            "where table_catalog in ('vault', 'hub', 'board') "
            "and table_schema <> 'main' and table_type = ? order by all",
            [kind],
        ).fetchall():
            columns.setdefault((zone, schema, table), {})[column] = data_type
        found = {}
        for place, types in columns.items():
            name = ".".join(place)
            left_out = PLACES.get(name, "").split(", ")
            values = {
                column: canonical(column, data_type)
                for column, data_type in types.items()
                if column not in left_out
            }
            values["*"] = ", ".join(values.values())
            hashes = ", ".join(f"sum(hash({value}))" for value in values.values())
            row_count, *sums = connection.execute(
                f"select count(*), {hashes} from {'.'.join(map(_quoted, place))}"
            ).fetchall()[0]
            found[name] = {
                column: (row_count, one)
                for column, one in zip(values, sums, strict=True)
            }
    return found


def differences(one: Path, other: Path) -> tuple[int, list[str]]:
    """Compare the builds in two folders.

    Returns how many tables both have, and a sentence about each table that differs.
    """
    first, second = contents(one), contents(other)
    told = [
        f"{name} is in one build only" for name in sorted(first.keys() ^ second.keys())
    ]
    both = sorted(first.keys() & second.keys())
    for name in both:
        columns, others = first[name], second[name]
        counts = {columns["*"][0], others["*"][0]}
        if len(counts) > 1:
            told.append(f"{name} has {columns['*'][0]} and {others['*'][0]} rows")
        elif (
            counts != {0}
            and columns != others
            and not (
                columns.keys() == others.keys()
                and _are_close(_rows(one, name), _rows(other, name))
            )
        ):
            named = [
                column
                for column in sorted(columns.keys() | others.keys())
                if columns.get(column) != others.get(column)
            ]
            told.append(f"{name} differs in {', '.join(named)}")
    return len(both), told


def _rows(folder: Path, name: str) -> pa.Table:
    """Return the rows of a table, sorted: the fractions as doubles and last.

    The other columns are text, as they are compared.
    """
    left_out = PLACES.get(name, "").split(", ")
    with open_zones(folder) as connection:
        table = ".".join(map(_quoted, name.split(".")))
        columns = {
            row[0]: row[1]
            for row in connection.execute(f"describe {table}").fetchall()
            if row[0] not in left_out
        }
        values = [
            f"cast({_quoted(column)} as double)"
            if is_fraction(data_type)
            else canonical(column, data_type)
            for column, data_type in sorted(
                columns.items(), key=lambda item: (is_fraction(item[1]), item[0])
            )
        ]
        return connection.execute(
            f"select {', '.join(values)} from {table} order by all"
        ).to_arrow_table()


def _are_close(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables have the same rows but for the last digits of fractions.

    Values are rounded before they are hashed, and two that are nearly equal may be
    rounded apart.
    """
    if one.schema.types != other.schema.types:
        return False
    return all(
        mine.is_null().equals(others.is_null())
        and np.allclose(mine, others, rtol=CLOSE, atol=0, equal_nan=True)
        if pa.types.is_floating(mine.type)
        else mine.equals(others)
        for mine, others in zip(one.columns, other.columns, strict=True)
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def open_warehouse(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return the tables of Spark's warehouse as views, in zones as on DuckDB."""
    connection = private_connection()
    for zone in ("vault", "hub", "board"):
        connection.execute(f"attach ':memory:' as {zone}")
    for path in sorted(folder.glob("*.db/*")):
        zone, _, schema = path.parent.name.removesuffix(".db").partition("_")
        if path.name.endswith(KEPT):
            continue
        # Spark may write no file for a table without rows.
        files = str(path).replace("'", "''") + "/*.parquet"
        rows = (
            f"select * from read_parquet('{files}')"
            if any(path.glob("*.parquet"))
            else "select null as no_file where false"
        )
        connection.execute(f"create schema if not exists {zone}.{_quoted(schema)}")
        connection.execute(
            f"create view {zone}.{_quoted(schema)}.{_quoted(path.name)} as {rows}"
        )
    return connection


def open_zones(folder: Path) -> duckdb.DuckDBPyConnection:
    """Attach the zones in `folder`, read-only, whichever engine built them.

    Raises FileNotFoundError when there is no hub.
    """
    if (folder / WAREHOUSE).exists():
        return open_warehouse(folder / WAREHOUSE)
    if not (folder / "hub.duckdb").exists():
        raise FileNotFoundError(f"There is no hub.duckdb in the folder {folder}.")
    connection = private_connection()
    for zone in ("hub", "board"):
        path = str(folder / f"{zone}.duckdb").replace("'", "''")
        connection.execute(f"attach '{path}' as {zone} (read_only)")
    if (folder / "vault.duckdb").exists():
        if os.environ.get(VAULT_KEY):
            attach_vault(connection, folder, read_only=True)
        else:
            print(f"{VAULT_KEY} is not set: the vault is left out.", file=sys.stderr)
    return connection


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m publish.fingerprint FOLDER [OTHER]")
    try:
        if len(sys.argv) == 3:
            count, told = differences(Path(sys.argv[1]), Path(sys.argv[2]))
            for sentence in told:
                print(sentence)
            print(f"{count} tables are in both builds, {len(told)} differ.")
            sys.exit(bool(told))
        zones = open_zones(Path(sys.argv[1]))
    except (FileNotFoundError, DbtRuntimeError, duckdb.Error) as problem:
        sys.exit(str(problem))
    found = fingerprints(zones)
    for line in found:
        if line.table not in HISTORIES:
            print(*line, sep="\t")
    histories = [line for line in found if line.table in HISTORIES]
    if histories:
        print("\nWhat remembers earlier builds and differs with them:")
    for line in histories:
        print(*line, sep="\t")
