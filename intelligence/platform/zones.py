"""Open the hub's zones for dbt: a plugin of dbt-duckdb.

The hub database is the one dbt connects to. This plugin attaches the others beside it:
`vault`, encrypted with the key in DBT_ENV_SECRET_VAULT_KEY, `board`, and `coarse`,
empty unless coarser tables are asked for. The key is read here, so it is in no profile,
log or compiled SQL.
"""

import base64
import hmac
import logging
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.invocation import get_invocation_id

from intelligence.platform.connections import load_httpfs
from intelligence.platform.errors import keep_values_out_of_errors
from intelligence.platform.folder import (
    CHANGING,
    ZoneError,
    keep_to_owner,
    prepare_folder,
    take_lock,
)
from intelligence.platform.keys import LANDING_KEY, derived_key
from intelligence.platform.lock import FolderLock
from intelligence.platform.pseudonyms import check_value
from intelligence.platform.settings import (
    PSEUDONYM_KEY,
    VAULT_KEY,
    check_build_folder,
    check_feeds_folders,
    check_memory,
    check_secrets,
    check_variables,
    secret,
)

# How to change a key on purpose: nothing is reused from builds with the old key.
ANOTHER_KEY = (
    "to change the key on purpose, point HUB_BUILD to a new folder and build "
    "everything there from the feeds"
)


def attach_vault(
    connection: duckdb.DuckDBPyConnection, folder: Path, read_only: bool = False
) -> None:
    """Attach the encrypted `vault` from `folder`, and know the key of landed feeds."""
    load_httpfs(connection)
    landing_key = base64.b64encode(derived_key("landed feeds")).decode()
    connection.execute(f"pragma add_parquet_key('{LANDING_KEY}', '{landing_key}')")
    vault = folder / "vault.duckdb"
    try:
        connection.execute(
            f"attach if not exists {_quoted(str(vault))} as vault "
            f"(encryption_key {_quoted(secret(VAULT_KEY))}"
            f"{', read_only' if read_only else ''})"
        )
    except duckdb.Error as error:
        if "encryption key" in str(error).lower():
            raise ZoneError(
                f"{VAULT_KEY} does not open {vault}: use the key the vault was made "
                f"with, or {ANOTHER_KEY}."
            ) from None
        raise


def attach_zones(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Attach `vault` (encrypted), `board` and `coarse` from `folder`."""
    attach_vault(connection, folder)
    for zone in ("board", "coarse"):
        path = _quoted(str(folder / f"{zone}.duckdb"))
        connection.execute(f"attach if not exists {path} as {zone}")


def hold_to_pseudonym_key(
    connection: duckdb.DuckDBPyConnection, may_change: bool
) -> None:
    """Refuse another pseudonym key than the one the attached vault was made with.

    The vault keeps a check value of its first key, noted here before anything is built
    when `may_change`. Pseudonyms of two keys would turn one person into two
    wherever the tables of two builds are joined. Raises ZoneError.
    """
    value = check_value(secret(PSEUDONYM_KEY))
    if may_change:
        connection.execute(
            "create table if not exists vault.main.pseudonym_key_check as "
            f"select '{value}' as check_value"
        )
    elif not connection.execute(
        "select 1 from duckdb_tables() "
        "where database_name = 'vault' and table_name = 'pseudonym_key_check'"
    ).fetchall():
        return
    known = connection.execute("from vault.main.pseudonym_key_check").fetchall()
    if not hmac.compare_digest(known[0][0], value):
        raise ZoneError(
            f"{PSEUDONYM_KEY} is not the key that the pseudonyms of this build were "
            "made with, and pseudonyms of two keys must not be mixed: use the old key, "
            f"or {ANOTHER_KEY}."
        )


def _quoted(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb is untyped
    """What dbt-duckdb calls when it opens its connection."""

    # Held until the process ends: dbt may close its connection and open another.
    lock: FolderLock | None = None

    def update_connection_config(
        self, creds: DuckDBCredentials, config: dict[str, Any]
    ) -> None:
        """Refuse missing secrets, unwritable folders and a second build.

        This happens before a file is made or opened.
        """
        # A full disk is reported by what fails on it, not by every line of the log.
        logging.raiseExceptions = False
        keep_values_out_of_errors()
        keep_to_owner(Path(get_flags().LOG_PATH or "logs"))
        check_secrets()
        check_build_folder(os.environ.get("HUB_BUILD", "build"))
        check_feeds_folders()
        check_memory(os.environ.get("HUB_MEMORY", "10GB"))
        check_variables(get_flags().VARS, Path(get_flags().PROJECT_DIR or "."))
        folder = Path(creds.path).parent
        prepare_folder(folder)
        self.lock = self.lock or take_lock(folder)
        # What does not fit into memory is spilled beside the hub, outside the vault's
        # encryption.
        config["temp_file_encryption"] = "true"

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the vault and the board beside the hub; note who may change them."""
        assert self.creds is not None
        assert self.lock is not None
        may_change = get_flags().WHICH in CHANGING
        attach_zones(conn, Path(self.creds.path).parent)
        hold_to_pseudonym_key(conn, may_change)
        if may_change:
            self.lock.record_change(get_invocation_id())
