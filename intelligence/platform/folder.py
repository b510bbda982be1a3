"""Prepare the folder of a build: its owner's alone, and one build at a time."""

import os
from pathlib import Path

from dbt_common.exceptions import DbtRuntimeError

from intelligence.platform.lock import FolderInUseError, FolderLock

# The dbt commands that can change tables; the others only read.
CHANGING = {"build", "run", "seed", "snapshot", "retry", "clone", "run-operation"}


class ZoneError(DbtRuntimeError):
    """A zone or its folder cannot be opened; the message says what to do."""


def prepare_folder(folder: Path) -> None:
    """Create `folder`, for its owner alone; ZoneError if it cannot be written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        probe = folder / ".writable"
        # A full disk still takes empty files.
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise ZoneError(
            f"Cannot write to the folder {folder} ({error.strerror}): "
            "make it writable or point HUB_BUILD to another folder."
        ) from error


def keep_to_owner(logs: Path) -> None:
    """Let only the owner read what this process writes from now on, and its log.

    The hub holds data about people, whatever the usual umask of the account is.
    """
    os.umask(0o077)
    log = logs / "dbt.log"
    if log.is_file():
        log.chmod(0o600)


def take_lock(folder: Path) -> FolderLock:
    """Keep other builds out of `folder`; ZoneError if one is running there.

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
