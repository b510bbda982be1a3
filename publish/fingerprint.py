"""Compare two builds: `python -m publish.fingerprint build`.

Prints one line per table: its name, its number of rows and a hash of its columns and
rows that does not depend on the order of the rows. First come the tables that depend on
the feeds alone: builds that print the same lines there hold the same tables. Tables
that remember earlier builds follow under a heading. The hash is DuckDB's own, so
compare builds of the same DuckDB version only. The vault is included when its key is in
the environment.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
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


def open_zones(folder: Path) -> duckdb.DuckDBPyConnection:
    """Attach the zones in `folder`, read-only.

    Raises FileNotFoundError when there is no hub.
    """
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
    if len(sys.argv) != 2:
        sys.exit("usage: python -m publish.fingerprint FOLDER")
    try:
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
