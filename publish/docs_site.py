"""Write the docs site: `python -m publish.docs_site target/docs site`.

    site/index.html    every model, column, test and macro: dbt's own docs in one file
    site/lineage.html  which column is made of which, by dbt-colibri

Each is one file that opens from disk and needs no network.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from publish.descriptions import (
    DescriptionError,
    describe_columns,
    read_from_source,
    source_of,
)

# Paths on the machine where dbt ran, which are not published.
MACHINE_PATHS = ("root_path", "compiled_path", "build_path")


class DocsError(RuntimeError):
    """The docs site cannot be written; the message says why."""


def write_site(target: Path, site: Path) -> list[str]:
    """Write the pages of folder `site` from what `dbt docs generate` left in `target`.

    Returns what dbt-colibri could not follow, one complaint for each column. Raises
    DocsError when the pages cannot be made. A page is put in place whole, so that
    no one loads half of one.
    """
    try:
        template = (target / "index.html").read_text()
        manifest = json.loads((target / "manifest.json").read_text())
        catalog = json.loads((target / "catalog.json").read_text())
    except FileNotFoundError as error:
        raise DocsError(f"{error.filename} is missing; run 'make site'") from error
    for node in manifest["nodes"].values():
        for key in MACHINE_PATHS:
            node.pop(key, None)
        if question := node["config"].get("meta", {}).get("question"):
            node["description"] = f"**{question}** {node['description']}"
    for unique_id, source in manifest["sources"].items():
        catalog["sources"][unique_id] = catalog_entry(source)
    try:
        describe_columns(manifest, catalog)
    except DescriptionError as error:
        raise DocsError(str(error)) from error
    site.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site, prefix=".") as name:
        folder = Path(name)
        (folder / "docs.html").write_text(docs_page(template, manifest, catalog))
        lineage, complaints = column_lineage(manifest, catalog, folder)
        (folder / "docs.html").replace(site / "index.html")
        lineage.replace(site / "lineage.html")
    return complaints


def docs_page(template: str, manifest: dict[str, Any], catalog: dict[str, Any]) -> str:
    """dbt's docs page with its data inside, as `dbt docs generate --static` does it.

    dbt would put its own catalog there, in which the columns of sources have no types.
    """
    page = template
    for name, artifact in (("MANIFEST", manifest), ("CATALOG", catalog)):
        # A closing tag in a text would end the script element that holds the data.
        data = json.dumps(artifact).replace("</", "<\\/")
        page = page.replace(f'"{name}.JSON INLINE DATA"', data)
    if page == template:
        raise DocsError("dbt's docs page has no place for its data")
    return page


def column_lineage(
    manifest: dict[str, Any], catalog: dict[str, Any], folder: Path
) -> tuple[Path, list[str]]:
    """Let dbt-colibri write its page, and its data as JSON, in `folder`.

    Returns the page and what dbt-colibri complained of. Raises DocsError when it fails.
    """
    nodes = {}
    for unique_id, node in manifest["nodes"].items():
        if node["name"].startswith("base_"):
            code = read_from_source(node, source_of(node, manifest))
            nodes[unique_id] = node | {"compiled_code": code}
    inputs = {
        "manifest": manifest | {"nodes": manifest["nodes"] | nodes},
        "catalog": catalog,
    }
    for kind, artifact in inputs.items():
        (folder / f"{kind}.json").write_text(json.dumps(artifact))
    result = subprocess.run(
        [
            *(Path(sys.executable).with_name("colibri"), "generate"),
            *("--disable-telemetry", "--output-dir", folder),
            *(f"--{kind}={folder / kind}.json" for kind in inputs),
        ],
        env=os.environ | {"DBT_COLIBRI_NO_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = result.stdout + result.stderr
    if result.returncode:
        raise DocsError(f"dbt-colibri failed:\n{said}")
    complaints = [line for line in said.splitlines() if line.startswith("[ERROR]")]
    return folder / "index.html", complaints


def catalog_entry(source: dict[str, Any]) -> dict[str, Any]:
    """The catalog entry of a source of the manifest.

    dbt's catalog lists what is in the database; sources are files, so the columns are
    those that their YAML declares.
    """
    return {
        "unique_id": source["unique_id"],
        "metadata": {
            "type": "file",
            "database": source["database"],
            "schema": source["schema"],
            "name": source["identifier"],
        },
        "columns": {
            name: {"name": name, "index": index, "type": column["data_type"]}
            for index, (name, column) in enumerate(source["columns"].items(), start=1)
        },
        "stats": {},
    }


if __name__ == "__main__":
    try:
        for complaint in write_site(Path(sys.argv[1]), Path(sys.argv[2])):
            print(f"Not in the column lineage: {complaint}", file=sys.stderr)
    except DocsError as error:
        sys.exit(f"The docs site was not written: {error}")
