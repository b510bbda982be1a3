"""Open the hub's three zones for dbt: a plugin of dbt-duckdb.

The hub database is the one dbt connects to. This plugin attaches the other two beside
it: `vault`, encrypted with the key in DBT_ENV_SECRET_VAULT_KEY, and `board`. The key is
read here, so it stands in no profile, log or compiled SQL.
"""

import importlib.resources
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

VAULT_KEY = "DBT_ENV_SECRET_VAULT_KEY"
PSEUDONYM_KEY = "DBT_ENV_SECRET_PSEUDONYM_KEY"
MINIMUM_KEY_LENGTH = 32


class ZoneError(DbtRuntimeError):
    """A zone cannot be opened; the message says what to do."""


def secret(name: str) -> str:
    """Return the secret in environment variable `name`.

    Raises ZoneError when it is missing or shorter than MINIMUM_KEY_LENGTH characters.
    """
    value = os.environ.get(name, "")
    if len(value) < MINIMUM_KEY_LENGTH:
        raise ZoneError(
            f"{name} is {'too short' if value else 'not set'}: put a random secret of at "
            f"least {MINIMUM_KEY_LENGTH} characters there ('make secrets' creates the "
            "file .secrets.env; load it with 'set -a; . ./.secrets.env; set +a')."
        )
    return value


def prepare_folder(folder: Path) -> None:
    """Create `folder` if need be; ZoneError if nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ZoneError(
            f"Cannot write to the folder {folder} ({error.strerror}): "
            "make it writable or point HUB_BUILD to another folder."
        ) from error


def attach_zones(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Attach `vault` (encrypted) and `board` from `folder` to `connection`."""
    # DuckDB writes encrypted files with OpenSSL, which comes with httpfs.
    extension = importlib.resources.files("duckdb_extension_httpfs").joinpath(
        "extensions", f"v{duckdb.__version__}", "httpfs.duckdb_extension"
    )
    connection.load_extension(str(extension))
    try:
        connection.execute(
            f"attach if not exists '{folder / 'vault.duckdb'}' as vault "
            f"(encryption_key '{secret(VAULT_KEY).replace(chr(39), chr(39) * 2)}')"
        )
    except duckdb.Error as error:
        if "encryption key" in str(error).lower():
            raise ZoneError(
                f"{VAULT_KEY} does not open {folder / 'vault.duckdb'}: "
                "use the key the vault was made with, or delete the file to rebuild it."
            ) from None
        raise
    connection.execute(f"attach if not exists '{folder / 'board.duckdb'}' as board")


class Plugin(BasePlugin):
    """What dbt-duckdb calls around opening its connection."""

    def update_connection_config(
        self, creds: DuckDBCredentials, config: dict[str, Any]
    ) -> None:
        """Refuse missing secrets and unwritable folders before a file is made."""
        secret(VAULT_KEY)
        secret(PSEUDONYM_KEY)
        prepare_folder(Path(creds.path).parent)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the vault and the board beside the hub."""
        assert self.creds is not None
        attach_zones(conn, Path(self.creds.path).parent)
