"""Write a city's raw feeds and build them with dbt, for studies of the whole pipeline.

All seeds of a study use one folder, which is emptied in between: dbt then parses the
project only once, because nothing changes that it reads from its environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from intelligence.platform.settings import PSEUDONYM_KEY, VAULT_KEY

REPOSITORY = Path(__file__).parents[1]
# Keys of the studies only, whatever the environment holds: they protect nothing.
KEYS = {VAULT_KEY: "v" * 40, PSEUDONYM_KEY: "p" * 40}


class StudyHub:
    """A folder in which one city after another is written and built: city/, build/."""

    def __init__(self, folder: Path) -> None:
        """Work in a folder that no other process uses."""
        self.folder = folder
        self.city, self.build = folder / "city", folder / "build"

    def empty(self) -> None:
        """Remove the previous city, but not what dbt has parsed."""
        for place in (self.city, self.build):
            shutil.rmtree(place, ignore_errors=True)

    def write_city(self, people: int, seed: int) -> None:
        """Write the feeds of a city, its truth beside them."""
        command = [sys.executable, "-m", "synthetic_city", "--people", str(people)]
        command += ["--seed", str(seed), "--format", "parquet", "--out", str(self.city)]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)

    def run_models(self, *selected: str) -> None:
        """Build these models from what is there, without their tests."""
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("dbt")), "build"),
                *("--select", *selected, "--no-use-colors"),
                *("--exclude-resource-type", "test", "unit_test"),
                *("--target-path", str(self.folder / "target")),
                *("--log-path", str(self.folder / "logs")),
            ],
            cwd=REPOSITORY,
            env=os.environ
            | KEYS
            | {"HUB_FEEDS": str(self.city / "feeds"), "HUB_BUILD": str(self.build)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-4000:])
