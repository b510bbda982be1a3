"""Write the questions that the hub answers: `python -m publish.questions target live`.

docs/questions.md leads from a question to a table, the SQL and the answer of the
published hub. The questions are the analyses of the project, which dbt has compiled
into `target`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import yaml

PAGE = Path("docs/questions.md")
ZONES = ("hub", "board")
# Rows of an answer that are printed.
SHOWN = 8
OPENING = """\
# Questions that the hub answers

Each question leads to a table, what one row of the answer is, the SQL, and the answer
of the demo city. `make answer SELECT=<name>` answers a question from your published
tables, with all rows (`CSV=<file>` writes them to a file); the SQL below does the same,
with `live/hub.duckdb` or `live/board.duckdb` open. Limits are those of 95 % intervals
unless a column's name says another level. The answers are exact counts of invented
people: those of a real city must be disclosure-controlled before they leave the
analysts' machine. `make questions` writes this page.
"""


class Question(NamedTuple):
    """One question, as an analysis of the project asks it."""

    name: str
    text: str
    asked_by: list[str]
    table: str
    grain: str
    columns: list[str]
    description: str
    folder: str
    sql: str


def questions(manifest: dict[str, Any], folders: list[str]) -> list[Question]:
    """The questions of a compiled project, in the order of the tables' folders."""
    tables = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    users = {one["name"]: one["label"] for one in manifest["exposures"].values()}
    found = []
    for node in manifest["nodes"].values():
        meta = node["config"]["meta"] if node["resource_type"] == "analysis" else {}
        if "question" in meta:
            table = tables[meta["table"]]
            path = table["original_file_path"].split("/")[1:-1]
            found.append(
                Question(
                    node["name"],
                    meta["question"],
                    [users[name] for name in meta["asked_by"]],
                    f"{table['schema']}.{table['name']}",
                    meta["grain"],
                    meta["columns"],
                    " ".join(node["description"].split()),
                    "/".join(path),
                    runnable(node["compiled_code"]),
                )
            )
    order = {folder: number for number, folder in enumerate(folders)}
    return sorted(found, key=lambda one: (order[one.folder], one.table, one.name))


def runnable(code: str) -> str:
    """Compiled SQL without its first comment, as one types it with the hub open."""
    sql = re.sub(r"\A(--[^\n]*\n)+", "", code.strip())
    return sql.replace('"hub".', "").replace('"', "")


def answer(connection: duckdb.DuckDBPyConnection, question: Question) -> str:
    """The answer as a table in Markdown, its first rows."""
    result = connection.execute(question.sql)
    header = [column[0] for column in result.description or []]
    rows = result.fetchall()
    lines = [
        f"| {' | '.join(cells)} |"
        for cells in (
            header,
            ["---"] * len(header),
            *([shown(cell) for cell in row] for row in rows[:SHOWN]),
        )
    ]
    if len(rows) > SHOWN:
        lines += ["", f"The first {SHOWN} of {len(rows):,} rows."]
    return "\n".join(lines)


def shown(value: object) -> str:
    """A value as the page prints it; null stays empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return str(value).replace("|", "\\|")


def section(question: Question) -> str:
    """What the page says of a question, without the answer."""
    return (
        f"### {question.text}\n\n"
        f"`{question.name}` reads `{question.table}`. One row: {question.grain}. "
        f"Asked by: {', '.join(question.asked_by)}.\n\n"
        f"{question.description}\n\n"
        f"```sql\n{question.sql}\n```\n"
    )


def heading(folder: str) -> str:
    """The heading of the questions about the tables of a folder of models."""
    text = folder.replace("_", " ").replace("/", ": ").capitalize()
    return "## " + text.replace("better care fund", "Better Care Fund")


def open_published(live: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the published hub and board, which can only read them."""
    connection = duckdb.connect()
    for zone in ZONES:
        path = str(live / f"{zone}.duckdb").replace("'", "''")
        connection.execute(f"attach '{path}' as {zone} (read_only)")
    connection.execute("use hub")
    return connection


def folders_in_order(rules: Path) -> list[str]:
    """The folders of models/ in the order in which data flow (dbt-bouncer.yml)."""
    checks = yaml.safe_load(rules.read_text(encoding="utf-8"))["manifest_checks"]
    (folders,) = (check["folders"] for check in checks if "folders" in check)
    return [str(folder) for folder in folders]


def main(target: Path, live: Path) -> None:
    """Write the page."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    parts, folder = [OPENING], ""
    with open_published(live) as connection:
        for one in questions(manifest, folders_in_order(Path("dbt-bouncer.yml"))):
            if one.folder != folder:
                folder = one.folder
                parts.append(heading(folder) + "\n")
            parts.append(section(one) + "\n" + answer(connection, one) + "\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except (OSError, duckdb.Error) as error:
        sys.exit(f"The questions were not written: {error}.")
