"""Write the board pack: `python -m publish.board_pack live/board.duckdb site/board`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publish.board_pack.pages import pages

HERE = Path(__file__).parent
BOUNDARIES = HERE / "ward_boundaries.geojson"


def write(database: Path, site: Path, boundaries: Path = BOUNDARIES) -> None:
    """Write the pages and their CSV files into folder `site`, in place of older ones.

    `database` is the board; `boundaries` a GeoJSON of the wards with their codes and
    names. The folder is put in place whole, so that no one reads half a pack.
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
        shared = {"pages": made, "year": year, "release": None}
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
    database, site, *boundaries = map(Path, sys.argv[1:])
    write(database, site, *boundaries)
