"""Nobody can be recognised in what analysts read, and secrets stay secret."""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import KEYS, Hub

from intelligence.pseudonyms import pseudonym
from intelligence.zones import PSEUDONYM_KEY

PUBLISHED_ZONES = ("hub", "board")
POSTCODE = r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b"
# Surnames of the demo city that the hub uses as words: an ethnic group, a type of area.
WORDS = ("white", "ward")


@pytest.fixture(scope="module")
def people(city: Path) -> str:
    """The file of the demo city's true people, for queries."""
    return str(city / "truth" / "people.parquet")


def columns(
    tables: duckdb.DuckDBPyConnection, types: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Table and column of each column of these types in the zones that are read."""
    return tables.execute(
        "select table_catalog || '.' || table_schema || '.' || table_name, column_name "
        "from information_schema.columns "
        "where table_catalog in (select unnest(?)) and data_type in (select unnest(?)) "
        "order by all",
        [list(PUBLISHED_ZONES), list(types)],
    ).fetchall()


def test_no_nhs_number_name_postcode_or_birth_date_in_any_text(
    tables: duckdb.DuckDBPyConnection, people: str
) -> None:
    # Everybody's names and numbers, visitors' and superseded numbers included.
    tables.execute(
        f"create or replace temp table secret as "
        f"select distinct lower(trim(value)) as value from ("
        f"select unnest([nhs_number, superseded_nhs_number, forename, surname, "
        f"former_surname, cast(birth_date as varchar), "
        f"strftime(birth_date, '%d/%m/%Y')]) as value from '{people}') "
        f"where length(trim(value)) > 2 and lower(trim(value)) not in {WORDS}"
    )
    searched = columns(tables, ("VARCHAR",))
    assert len(searched) > 100
    leaks = []
    for table, column in searched:
        found = tables.execute(
            f'select "{column}" from {table} '
            f'where lower(trim("{column}")) in (select value from secret) '
            f"or regexp_matches(\"{column}\", '{POSTCODE}') limit 1"
        ).fetchone()
        # Public texts of the code lists may well hold a word that is also a name.
        if found and not table.startswith("hub.reference."):
            leaks.append((table, column, found[0]))
    assert leaks == []


def test_no_birth_date_in_any_date(
    tables: duckdb.DuckDBPyConnection, people: str
) -> None:
    tables.execute(
        "create or replace temp table born as "
        "select pseudonyms.person_id, persons.birth_date "
        "from vault.identity.int_identity__pseudonyms as pseudonyms "
        "inner join vault.identity.int_identity__persons as persons "
        "on pseudonyms.person_key = persons.person_key "
        "where day(persons.birth_date) > 1"
    )
    personal = {
        table
        for table, column in columns(tables, ("VARCHAR",))
        if column == "person_id"
    }
    searched = [
        (table, column)
        for table, column in columns(tables, ("DATE", "TIMESTAMP"))
        if table in personal
    ]
    assert len(searched) > 20
    leaks = []
    for table, column in searched:
        # Whoever is born in hospital has an event on that day, as its mother has.
        exact = tables.execute(
            f"select count(*) from {table} as facts inner join born "
            f"on facts.person_id = born.person_id "
            f'and cast(facts."{column}" as date) = born.birth_date '
            f"where born.birth_date < date '2020-04-01'"
        ).fetchone()
        if exact != (0,):
            leaks.append((table, column, exact))
    assert leaks == []


def test_keys_stand_in_no_log_artifact_or_database(hub: Hub) -> None:
    searched = [path for path in hub.folder.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in searched)
    assert any(path.suffix == ".duckdb" for path in searched)
    leaks = [
        (name, path)
        for path in searched
        for name, key in KEYS.items()
        if key.encode() in path.read_bytes()
    ]
    assert leaks == []


def test_the_vault_cannot_be_read_without_its_key(hub: Hub, tmp_path: Path) -> None:
    # DuckDB does not open a file twice, and the other tests hold it open.
    vault = Path(shutil.copy(hub.folder / "build" / "vault.duckdb", tmp_path))
    with pytest.raises(duckdb.Error, match="encrypt"):
        duckdb.connect(str(vault), read_only=True)
    assert b"int_identity__persons" not in vault.read_bytes()


def test_opted_out_people_are_nowhere_in_the_hub(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    tables.execute(
        "create or replace temp table opted_out as select unnest(?) as person_id",
        [
            [
                pseudonym(key, KEYS[PSEUDONYM_KEY])
                for (key,) in tables.sql(
                    "select person_key from vault.identity.int_identity__persons "
                    "where is_opted_out"
                ).fetchall()
            ]
        ],
    )
    assert tables.sql("select count(*) > 10 from opted_out").fetchone() == (True,)
    assert tables.sql(
        "select count(*) > 1000 from person.dim_person where person_id not in "
        "(select person_id from opted_out)"
    ).fetchone() == (True,)
    found = {
        table: tables.execute(
            f"select count(*) from {table} "
            f"where person_id in (select person_id from opted_out)"
        ).fetchone()
        for table, column in columns(tables, ("VARCHAR",))
        if column == "person_id"
    }
    assert len(found) > 10
    assert {table for table, count in found.items() if count != (0,)} == set()
