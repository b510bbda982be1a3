"""One process at a time in a folder.

The lock is the operating system's (flock on a file in the folder), so it is released
when the process that holds it ends, however it ends. The file also says who holds the
lock and which run of dbt was the last to change the folder's tables.
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

FILE_NAME = ".lock"


class FolderInUseError(RuntimeError):
    """Another process holds the folder."""


class FolderLock:
    """The right to change a folder, held until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of `folder`, which must exist.

        Raises FolderInUseError, naming the other process, when the lock is taken.
        """
        self._file = (folder / FILE_NAME).open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._read().get("process", "unknown")
            self._file.close()
            raise FolderInUseError(
                f"the folder {folder} is in use by another build or publication "
                f"(process {holder})"
            ) from None
        self._write(self._read() | {"process": os.getpid()})

    @property
    def changed_by(self) -> str | None:
        """The id of the last dbt run that could change the tables, if there was one."""
        value = self._read().get("changed_by")
        return str(value) if value else None

    def record_change(self, invocation_id: str) -> None:
        """Note that this dbt run can change the tables from now on."""
        self._write(self._read() | {"changed_by": invocation_id})

    def release(self) -> None:
        """Let the next process in."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the lock."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self.release()

    def _read(self) -> dict[str, object]:
        self._file.seek(0)
        try:
            return dict(json.loads(self._file.read()))
        except ValueError:
            # Empty, or its writer was killed: who changed the tables is not known.
            return {}

    def _write(self, record: dict[str, object]) -> None:
        self._file.truncate(0)
        self._file.write(json.dumps(record))
        self._file.flush()
