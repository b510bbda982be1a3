"""Write the board pack: `python -m publish.board_pack live/board.duckdb site/board`.

The outlines of the wards are the GeoJSON among the published reference files, in the
folder that HUB_REFERENCE names or else `reference` of HUB_FEEDS.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from intelligence.disclosure.ledger import digest, lines
from publish.board_pack.pages import pages

HERE = Path(__file__).parent


def boundaries_in(folder: Path) -> Path | None:
    """Return the one GeoJSON directly in `folder`; None when there is none.

    Raises ValueError when there are several.
    """
    found = sorted(folder.glob("*.geojson"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise ValueError(f"One GeoJSON of the wards is expected, not {names}.")
    return found[0] if found else None


def _named(boundaries: Path) -> str:
    """Return what a GeoJSON calls itself, with its source and licence."""
    said = json.loads(boundaries.read_text(encoding="utf-8")).get("name")
    return str(said or boundaries.stem)


def released_as(database: Path, ledger: Path) -> str:
    """Number and day of the release that the board `database` is, if it is one."""
    board = digest(database)
    for line in lines(ledger):
        if line["sha256"] == board:
            return f"release {line['release_number']} of {line['release_date']}"
    return "not released"


def write(
    database: Path, site: Path, boundaries: Path | None, ledger: Path | None = None
) -> None:
    """Write the pages and their CSV files into folder `site`, in place of older ones.

    `database` is the board; `boundaries` a GeoJSON of the wards with their codes and
    names, without which there is no map; `ledger` the folder of releases. The folder is
    put in place whole, so that no one reads half a pack.
    """
    year, made = pages(database, boundaries)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("page.html.jinja")
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.parent, prefix=".") as name:
        folder = Path(name) / "board"
        (folder / "data").mkdir(parents=True)
        shared = {
            "pages": made,
            "year": year,
            "release": released_as(database, ledger or Path()),
            "boundaries": boundaries and _named(boundaries),
        }
        whole = template.render(
            shared, title="All pages", shown_pages=made, is_open=True
        )
        (folder / "all.html").write_text(whole, encoding="utf-8")
        for page in made:
            text = template.render(
                shared, title=page.title, shown_pages=[page], is_open=False
            )
            (folder / f"{page.name}.html").write_text(text, encoding="utf-8")
            for figure in page.figures:
                figure.table[list(figure.columns)].rename(
                    columns=dict(figure.columns)
                ).to_csv(
                    folder / "data" / f"{page.name}-{figure.name}.csv", index=False
                )
        if site.exists():
            shutil.rmtree(site)
        folder.replace(site)


if __name__ == "__main__":
    database, site = map(Path, sys.argv[1:])
    feeds = Path(os.environ["HUB_FEEDS"])
    reference = Path(os.environ.get("HUB_REFERENCE") or feeds / "reference")
    try:
        boundaries = boundaries_in(reference)
    except ValueError as error:
        sys.exit(f"{error} They lie in the folder {reference}.")
    if boundaries is None:
        print(f"No map of the wards: there is no GeoJSON in the folder {reference}.")
    releases = Path(os.environ.get("HUB_RELEASES", "releases"))
    write(database, site, boundaries, releases)
