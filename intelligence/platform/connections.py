"""Databases in memory that leave nothing readable behind."""

import importlib.resources
import os
from pathlib import Path

import duckdb


def load_httpfs(connection: duckdb.DuckDBPyConnection) -> None:
    """Load what DuckDB needs to write encrypted files: OpenSSL, which httpfs brings."""
    extension = importlib.resources.files("duckdb_extension_httpfs").joinpath(
        "extensions", f"v{duckdb.__version__}", "httpfs.duckdb_extension"
    )
    connection.load_extension(str(extension))


def private_connection(
    memory: str | None = None, **config: str | int
) -> duckdb.DuckDBPyConnection:
    """A database in memory; what does not fit is spilled encrypted, below HUB_BUILD.

    memory: DuckDB's limit, such as "4GB"; HUB_MEMORY without. `config` is for DuckDB.
    """
    folder = Path(os.environ.get("HUB_BUILD", "build"), "spill")
    connection = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": memory or os.environ.get("HUB_MEMORY", "10GB"),
            "temp_directory": str(folder),
            "temp_file_encryption": "true",
            **config,
        }
    )
    load_httpfs(connection)
    return connection
