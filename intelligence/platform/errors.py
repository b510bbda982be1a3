"""Keep the values of people out of what dbt prints and keeps of a failure.

DuckDB quotes the value that it could not convert, and dbt writes the message to the
screen, the log and the run results. All of them are read by people who may not see the
vault.
"""

import functools
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from dbt_common.exceptions import DbtBaseException, DbtRuntimeError

# These speak of the text of a statement, of files and of memory, never of a row.
OF_NO_ROW = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
)
VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w.])[-+]?\d[\w.,:+-]*")


def without_values(error: Exception) -> str:
    """Return the message of `error` without texts in quotes and numbers of a row."""
    if isinstance(error, (DbtBaseException, *OF_NO_ROW)):
        return str(error)
    message = VALUES.sub("…", str(error).partition("\nLINE ")[0])
    return f"{type(error).__name__}: {message}"


def python_failure(error: BaseException) -> str:
    """Return where a Python model failed, and with what, without values."""
    places = [
        f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    message = without_values(error) if isinstance(error, Exception) else repr(error)
    return "\n".join(["Python model failed:", *places, message])


@functools.cache
def keep_values_out_of_errors() -> None:
    """Make dbt-duckdb tell of failures without values, in SQL and in Python models.

    Once in a process: dbt may close its connection and open another.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments import Environment

    run_python_job = Environment.run_python_job.__func__

    @contextmanager
    def exception_handler(
        self: Any, sql: str, connection_name: str = "master"
    ) -> Iterator[None]:
        try:
            yield
        except DbtRuntimeError:
            raise
        except Exception as error:
            self.rollback_if_open()
            raise DbtRuntimeError(without_values(error)) from None

    def quiet_python_job(cls: Any, *arguments: object) -> None:
        try:
            run_python_job(cls, *arguments)
        except DbtRuntimeError as error:
            # It holds the traceback as text; the failure itself is its context.
            if error.__context__ is None:
                raise
            raise DbtRuntimeError(python_failure(error.__context__)) from None

    DuckDBConnectionManager.exception_handler = exception_handler
    Environment.run_python_job = classmethod(quiet_python_job)
