"""Open the hub's three zones for dbt: a plugin of dbt-duckdb.

The hub database is the one dbt connects to. This plugin attaches the other two beside
it: `vault`, encrypted with the key in DBT_ENV_SECRET_VAULT_KEY, and `board`. The key is
read here, so it stands in no profile, log or compiled SQL.
"""

import hmac
import importlib.resources
import logging
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from dbt_common.invocation import get_invocation_id

from intelligence.pseudonyms import check_value
from publish.lock import FolderInUseError, FolderLock

VAULT_KEY = "DBT_ENV_SECRET_VAULT_KEY"
PSEUDONYM_KEY = "DBT_ENV_SECRET_PSEUDONYM_KEY"
MINIMUM_KEY_LENGTH = 32
# How to change a key on purpose: nothing of a build under the old one is taken over.
ANOTHER_KEY = (
    "to change the key on purpose, point HUB_BUILD to a new folder and build "
    "everything there from the feeds"
)
# The dbt commands that can change tables; the others only read.
CHANGING = {"build", "run", "seed", "snapshot", "retry", "clone", "run-operation"}


class ZoneError(DbtRuntimeError):
    """A zone cannot be opened; the message says what to do."""


def secret(name: str) -> str:
    """Return the secret in environment variable `name`.

    Raises ZoneError when it is missing or shorter than MINIMUM_KEY_LENGTH characters.
    """
    value = os.environ.get(name, "")
    if len(value) < MINIMUM_KEY_LENGTH:
        raise ZoneError(
            f"{name} is {'too short' if value else 'not set'}: put a random secret "
            f"of at least {MINIMUM_KEY_LENGTH} characters there ('make secrets' "
            "creates the file .secrets.env; load it with "
            "'set -a; . ./.secrets.env; set +a')."
        )
    return value


def prepare_folder(folder: Path) -> None:
    """Create `folder` if need be; ZoneError if nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        # A full disk still takes empty files.
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise ZoneError(
            f"Cannot write to the folder {folder} ({error.strerror}): "
            "make it writable or point HUB_BUILD to another folder."
        ) from error


def take_lock(folder: Path) -> FolderLock:
    """Keep other builds out of `folder`; ZoneError if one is at work there.

    DuckDB locks each file as well, but not all of them at once, and it lets a
    publication copy a file that dbt is writing.
    """
    try:
        return FolderLock(folder)
    except FolderInUseError as error:
        raise ZoneError(
            f"Not started: {error}. Wait until it has ended, or point HUB_BUILD to "
            "another folder."
        ) from None


def attach_vault(
    connection: duckdb.DuckDBPyConnection, folder: Path, read_only: bool = False
) -> None:
    """Attach the encrypted `vault` from `folder` to `connection`."""
    # DuckDB writes encrypted files with OpenSSL, which comes with httpfs.
    extension = importlib.resources.files("duckdb_extension_httpfs").joinpath(
        "extensions", f"v{duckdb.__version__}", "httpfs.duckdb_extension"
    )
    connection.load_extension(str(extension))
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
    """Attach `vault` (encrypted) and `board` from `folder` to `connection`."""
    attach_vault(connection, folder)
    board = _quoted(str(folder / "board.duckdb"))
    connection.execute(f"attach if not exists {board} as board")


def hold_to_pseudonym_key(
    connection: duckdb.DuckDBPyConnection, may_change: bool
) -> None:
    """Refuse another pseudonym key than the one the attached vault was made with.

    The vault keeps a check value of its first key, noted here before anything is built
    when `may_change`. Pseudonyms of two keys would make two people of one wherever the
    tables of two builds meet. Raises ZoneError.
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
    """What dbt-duckdb calls around opening its connection."""

    # Held until the process ends: dbt may close its connection and open another.
    lock: FolderLock | None = None

    def update_connection_config(
        self, creds: DuckDBCredentials, config: dict[str, Any]
    ) -> None:
        """Refuse missing secrets, unwritable folders and a second build.

        This happens before a file is made or opened.
        """
        # A full disk is told by what fails on it, not by every line of the log.
        logging.raiseExceptions = False
        secret(VAULT_KEY)
        secret(PSEUDONYM_KEY)
        folder = Path(creds.path).parent
        prepare_folder(folder)
        self.lock = self.lock or take_lock(folder)
        # What does not fit into memory spills beside the hub, outside the vault's
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
