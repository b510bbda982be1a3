"""Replace the published databases by the built ones: `python -m publish.swap build live`.

Each file is copied beside its place and renamed over the old one, so a reader sees the
old file or the new one and nothing between.
"""

import os
import shutil
import sys
from pathlib import Path

ZONES = ("hub.duckdb", "board.duckdb")


def swap(build: Path, live: Path) -> None:
    """Publish the databases of folder `build` in folder `live`.

    Raises FileNotFoundError when the build lacks one of them; then nothing is replaced.
    """
    live.mkdir(parents=True, exist_ok=True)
    for name in ZONES:
        shutil.copyfile(build / name, live / f".{name}.new")
    for name in ZONES:
        os.replace(live / f".{name}.new", live / name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m publish.swap BUILD_FOLDER LIVE_FOLDER")
    swap(Path(sys.argv[1]), Path(sys.argv[2]))
