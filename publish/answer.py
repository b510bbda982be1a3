"""Answer a question from the published tables: `python -m publish.answer <name>`.

The questions are those of docs/questions.md. Every row and column is printed, or
written to a CSV file.
"""

import json
import sys
from difflib import get_close_matches
from pathlib import Path

import duckdb

from publish.questions import folders_in_order, open_published, questions

ALL = 1_000_000


def main(target: Path, live: Path, name: str, csv: str = "") -> None:
    """Answer the question of this name, as dbt has compiled it into `target`.

    Raises ValueError if no question has this name.
    """
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    asked = {
        one.name: one
        for one in questions(manifest, folders_in_order(Path("dbt-bouncer.yml")))
    }
    if name not in asked:
        near = get_close_matches(name, asked, n=5, cutoff=0.3)
        raise ValueError(f"no question is called '{name}'. Near it: {', '.join(near)}")
    with open_published(live) as connection:
        answer = connection.sql(asked[name].sql)
        if csv:
            answer.write_csv(csv)
            return
        print(f"{asked[name].text}\nOne row: {asked[name].grain}.")
        answer.show(max_rows=ALL, max_width=ALL)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
    except (OSError, ValueError, duckdb.Error) as error:
        sys.exit(f"Not answered: {error}.")
