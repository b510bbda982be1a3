"""Every question of docs/questions.md is answered by the built hub."""

import csv
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import REPOSITORY, Hub

from publish.answer import main as answer_named
from publish.questions import (
    PAGE,
    ZONES,
    Question,
    answer,
    folders_in_order,
    questions,
    runnable,
    section,
)

RULES = REPOSITORY / "dbt-bouncer.yml"
# Public tables that no question has to lead to.
NOT_ASKED = {
    # There only when a variable asks for them.
    "person.dim_coarse_person",
    "person.fct_coarse_care_event",
}


@pytest.fixture(scope="module")
def asked(manifest: dict[str, Any]) -> list[Question]:
    """The questions, with the SQL that dbt compiled for the built city."""
    return questions(manifest, folders_in_order(RULES))


def test_every_question_has_an_answer_with_the_columns_it_names(
    asked: list[Question], tables: duckdb.DuckDBPyConnection
) -> None:
    assert len(asked) > 50
    wrong = []
    tables.sql("use hub")
    for one in asked:
        result = tables.execute(one.sql)
        columns = [column[0] for column in result.description or []]
        if columns != one.columns or result.fetchone() is None:
            wrong.append((one.name, columns))
    assert wrong == [], "no rows, or columns other than config.meta.columns"


def test_a_question_is_answered_by_its_name(
    hub: Hub, documented: Path, tmp_path: Path
) -> None:
    # A copy: other tests hold the built city open.
    for zone in ZONES:
        shutil.copy(hub.folder / "build" / f"{zone}.duckdb", tmp_path)
    answered = tmp_path / "waits.csv"
    answer_named(documented, tmp_path, "who_waited_longest", str(answered))
    with answered.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    delays = hub.rows("select count(*) from person.fct_delayed_transfer")
    assert [(sum(int(row["delays"]) for row in rows),)] == delays
    with pytest.raises(ValueError, match="who_waited_longest"):
        answer_named(documented, tmp_path, "who_waited")


def test_a_question_leads_to_the_table_it_reads(
    asked: list[Question], manifest: dict[str, Any]
) -> None:
    reads = {
        node["name"]: {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "analysis"
    }
    assert [
        one.name for one in asked if one.table.split(".")[1] not in reads[one.name]
    ] == []


def test_every_public_table_and_every_user_has_a_question(
    asked: list[Question], manifest: dict[str, Any]
) -> None:
    public = {
        f"{node['schema']}.{node['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    assert public - NOT_ASKED - {one.table for one in asked} == set()
    users = {name for one in asked for name in one.asked_by}
    assert users == {
        exposure["label"]
        for exposure in manifest["exposures"].values()
        if exposure["type"] in ("dashboard", "analysis")
    }


def test_the_page_has_today_s_questions(asked: list[Question]) -> None:
    page = (REPOSITORY / PAGE).read_text(encoding="utf-8")
    assert [one.name for one in asked if section(one) not in page] == [], (
        "run make questions on the demo city and commit what it writes"
    )
    assert page.count("\n### ") == len(asked), "a question is gone: make questions"


def test_sql_is_printed_as_analysts_type_it() -> None:
    code = '\n-- Why?\n-- Really?\nselect 1 -- one\nfrom "hub"."person"."dim_person"\n'
    assert runnable(code) == "select 1 -- one\nfrom person.dim_person"
    assert (
        runnable('select 1 from "board"."board"."t"') == "select 1 from board.board.t"
    )


def test_an_answer_shows_its_first_rows() -> None:
    question = Question(
        **{"name": "n", "text": "Why?", "asked_by": [], "table": "t", "grain": "g"},
        **{
            "columns": ["n", "share", "yes", "no"],
            "description": "",
            "folder": "place",
        },
        sql="select range * 10000 as n, 0.5::double as share, true as yes, null as no "
        "from range(9)",
    )
    with duckdb.connect() as connection:
        lines = answer(connection, question).splitlines()
    assert lines[:4] == [
        "| n | share | yes | no |",
        "| --- | --- | --- | --- |",
        "| 0 | 0.5 | true |  |",
        "| 10,000 | 0.5 | true |  |",
    ]
    assert lines[-1] == "The first 8 of 9 rows."
