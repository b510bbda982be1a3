"""Nobody can be recognised in what analysts read, and secrets stay secret."""

import base64
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import KEYS, Hub

from intelligence.platform.pseudonyms import pseudonym
from intelligence.platform.settings import PSEUDONYM_KEY

PUBLISHED_ZONES = ("hub", "board")
POSTCODE = r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b"
TEN_DIGITS = r"(?:^|[^0-9A-Za-z])([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?:$|[^0-9A-Za-z])"
FULL_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4}"
# Surnames of the demo city that the hub uses as words: an ethnic group, a type of area.
WORDS = ("white", "ward")
# Types whose values, written out, are no text.
PLAIN = ("BOOLEAN", "DATE", "TIMESTAMP", "DOUBLE", "FLOAT", "SMALLINT", "TINYINT")
# A count or a sum may be somebody's number, and also a valid one by chance.
NUMBER = r"U?(BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)"


@pytest.fixture(scope="module")
def people(city: Path) -> str:
    """The file of the demo city's true people, for queries."""
    return str(city / "truth" / "people.parquet")


def columns(
    tables: duckdb.DuckDBPyConnection, types: tuple[str, ...], are_these: bool = True
) -> list[tuple[str, str]]:
    """Table and column of each column of the zones that are read, by their types.

    They are those of these types, or those of any other.
    """
    return tables.execute(
        "select table_catalog || '.' || table_schema || '.' || table_name, column_name "
        "from information_schema.columns "
        "where table_catalog in (select unnest(?)) "
        "and (data_type in (select unnest(?))) = ? order by all",
        [list(PUBLISHED_ZONES), list(types), are_these],
    ).fetchall()


@pytest.fixture(scope="module")
def texts(tables: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """All different texts, numbers and lists of the published zones with their places.

    Hashes are left out: they are too many, and their digits mean nothing.
    """
    searched = columns(tables, PLAIN, are_these=False)
    assert len(searched) > 400
    tables.execute(
        "create or replace temp table texts (place text, value text, is_number boolean)"
    )
    for table, column in searched:
        tables.execute(
            f"insert into texts select distinct '{table}.{column}', value, is_number "
            f'from (select cast("{column}" as varchar) as value, '
            f"regexp_full_match(typeof(\"{column}\"), '{NUMBER}') as is_number "
            f"from {table}) "
            f"where value is not null "
            f"and not regexp_full_match(value, '[0-9a-f]{{32}}|[0-9a-f]{{64}}')"
        )
    return tables


def test_a_pseudonym_is_an_hmac_of_sha_256() -> None:
    """The second test case of RFC 4231, as far as a pseudonym is long."""
    known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert pseudonym("what do ya want for nothing?", "Jefe") == known[:32]


def test_no_name_number_or_postcode_of_anybody_in_any_text(
    texts: duckdb.DuckDBPyConnection, people: str, city: Path
) -> None:
    # Everybody's names and numbers, visitors' and superseded numbers included.
    texts.execute(
        f"create or replace temp table secret as "
        f"select distinct lower(trim(value)) as value from ("
        f"select unnest([nhs_number, superseded_nhs_number, forename, surname, "
        f"former_surname, cast(birth_date as varchar), "
        f"strftime(birth_date, '%d/%m/%Y')]) as value from '{people}' "
        f"union all select unnest([nhs_number, local_patient_id]) "
        f"from '{city / 'truth' / 'who_is_who.parquet'}') "
        f"where length(trim(value)) > 2 and lower(trim(value)) not in {WORDS}"
    )
    # Public texts of the code lists may well be a word that is also a name.
    assert (
        texts.sql(
            f"select place, value from texts where regexp_matches(value, '{POSTCODE}') "
            f"or (place not like 'hub.reference.%' "
            f"and lower(trim(value)) in (from secret))"
        ).fetchall()
        == []
    )


def test_no_full_name_inside_a_text(
    texts: duckdb.DuckDBPyConnection, people: str
) -> None:
    texts.execute(
        "create or replace temp table tokens as select distinct place, value, token "
        "from (select *, unnest(regexp_extract_all(lower(value), '[a-z]+')) as token "
        "from texts)"
    )
    assert (
        texts.sql(
            f"select one.place, one.value from (select distinct "
            f"lower(forename) as forename, "
            f"lower(unnest([surname, former_surname])) as surname from '{people}') "
            f"as named inner join tokens as one on named.forename = one.token "
            f"inner join tokens as other on named.surname = other.token "
            f"and one.place = other.place and one.value = other.value "
            f"where named.forename <> named.surname"
        ).fetchall()
        == []
    )


def is_nhs_number(text: str) -> bool:
    """Whether ten digits are a valid NHS number, by its check digit."""
    digits = [int(character) for character in text if character.isdigit()]
    check = (
        11
        - sum(
            digit * weight
            for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)
        )
        % 11
    )
    return digits[9] == (0 if check == 11 else check)


def test_no_valid_nhs_number_in_any_text(texts: duckdb.DuckDBPyConnection) -> None:
    assert is_nhs_number("943 476 5919")
    assert not is_nhs_number("943 476 5918")
    found = texts.sql(
        f"select place, unnest(regexp_extract_all(value, '{TEN_DIGITS}', 1)) "
        f"from texts where not is_number"
    ).fetchall()
    assert [(place, text) for place, text in found if is_nhs_number(text)] == []


def test_no_day_stands_in_a_text_about_a_person(
    texts: duckdb.DuckDBPyConnection,
) -> None:
    personal = [
        table for table, column in columns(texts, ("VARCHAR",)) if column == "person_id"
    ]
    assert (
        texts.execute(
            f"select place, any_value(value) from texts "
            f"where regexp_matches(value, '{FULL_DATE}') "
            f"and regexp_replace(place, '[.][^.]*$', '') in (select unnest(?)) "
            f"group by place",
            [personal],
        ).fetchall()
        == []
    )


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
        exact = tables.execute(
            f"select count(*) from {table} as facts inner join born "
            f"on facts.person_id = born.person_id "
            f'and cast(facts."{column}" as date) = born.birth_date'
        ).fetchone()
        if exact != (0,):
            leaks.append((table, column, exact))
    assert leaks == []


def test_keys_stand_in_no_log_artifact_or_database(
    hub: Hub, documented: Path, tables: duckdb.DuckDBPyConnection
) -> None:
    """Neither as they are nor in the ways that programs write bytes."""
    written = {
        form
        for key in map(str.encode, KEYS.values())
        for form in (key, key.hex().encode(), base64.b64encode(key).rstrip(b"="))
    }
    searched = [
        path
        for folder in (hub.folder, documented.parent)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    for kind in (
        "dbt.log",
        "hub.duckdb",
        "manifest.json",
        "catalog.json",
        "index.html",
    ):
        assert any(path.name == kind for path in searched), kind
    assert any(path.parts[-4:-3] == ("compiled",) for path in searched)
    assert [
        path for path in searched if any(form in path.read_bytes() for form in written)
    ] == []
    # What the vault holds is encrypted, so it is asked for.
    inside = tables.sql(
        "select table_schema || '.' || table_name, column_name "
        "from information_schema.columns "
        "where table_catalog = 'vault' and data_type = 'VARCHAR'"
    ).fetchall()
    assert len(inside) > 400
    for table, column in inside:
        held = tables.execute(
            f'select count(*) from vault.{table} where contains("{column}", ?) '
            f'or contains("{column}", ?)',
            list(KEYS.values()),
        ).fetchone()
        assert held == (0,), (table, column)


def test_the_vault_cannot_be_read_without_its_key(hub: Hub, tmp_path: Path) -> None:
    # DuckDB does not open a file twice, and the other tests hold it open.
    vault = Path(shutil.copy(hub.folder / "build" / "vault.duckdb", tmp_path))
    with pytest.raises(duckdb.Error, match="encrypt"):
        duckdb.connect(str(vault), read_only=True)
    assert b"int_identity__persons" not in vault.read_bytes()


@pytest.mark.parametrize("zone", PUBLISHED_ZONES)
def test_a_zone_is_whole_without_the_vault_and_its_key(
    hub: Hub, tmp_path: Path, zone: str
) -> None:
    file_name = f"{zone}.duckdb"
    # Alone in a folder, as somebody without the vault has it.
    shutil.copy(hub.folder / "build" / file_name, tmp_path)
    with duckdb.connect(str(tmp_path / file_name), read_only=True) as alone:
        relations = alone.sql(
            f"select '{zone}.' || table_schema || '.' || table_name "
            f"from information_schema.tables"
        ).fetchall()
        for (relation,) in relations:
            alone.sql(f"select * from {relation}").fetchmany(10)
        definitions = alone.sql(
            "select sql from duckdb_views() where not internal"
        ).fetchall()
    assert not [sql for (sql,) in definitions if "vault" in sql]
    assert len(relations) > 60 or zone == "board"


def test_opted_out_people_are_nowhere_in_the_hub(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    tables.execute(
        "create or replace temp table opted_out as select unnest(?) as person_id",
        [
            [
                pseudonym(key, KEYS[PSEUDONYM_KEY])
                for (key,) in tables.sql(
                    "select id_key from vault.identity.int_identity__persons "
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


def test_type_1_opt_outs_take_away_what_the_practices_recorded(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Those who opted out at their practice are in the hub without any condition."""
    rows = (
        "select links.person_id, registers.condition_code "
        "from vault.staging.stg_primary_care__long_term_conditions as registers "
        "inner join vault.staging.stg_opt_outs__type_1_opt_outs as listed "
        "on registers.nhs_number = listed.nhs_number "
        "inner join vault.identity.int_identity__pseudonyms as links "
        "on links.person_key = 'nhs:' || listed.nhs_number"
    )
    recorded = tables.sql(f"select count(*) from ({rows})").fetchone()
    assert recorded is not None
    assert recorded[0] > 10
    assert tables.sql(
        f"select count(*) from intermediate.int_population__conditions "
        f"where person_id in (select person_id from ({rows}))"
    ).fetchone() == (0,)
    flags = tables.sql(
        f"select * exclude (person_id) from (select columns('person_id|^has_') "
        f"from person.dim_person where person_id in (select person_id from ({rows})))"
    ).fetchall()
    assert len(flags) > 5
    assert not any(any(row) for row in flags)
    assert tables.sql(
        "select count(*) from person.fct_care_event where person_id in "
        f"(select person_id from ({rows}))"
    ).fetchone() != (0,), "other organisations' records stay"


def test_what_opt_outs_hold_back_is_counted(tables: duckdb.DuckDBPyConnection) -> None:
    """By feed as in the vault, and of the people who are in the lists."""
    counted = {
        (feed, opt_out): count
        for feed, opt_out, count in tables.sql(
            "select feed, opt_out, held_back_count from quality.fct_opt_out_held_back"
        ).fetchall()
    }
    for feed, model in (
        ("social_care_cld", "stg_social_care_cld__events"),
        ("community_beds", "stg_community_beds__bed_stays"),
    ):
        assert tables.sql(
            f"select count(*) from vault.staging.{model} where source_record_id not in "
            f"(select source_record_id from vault.identity.int_identity__hub_links)"
        ).fetchone() == (counted[feed, "national_data_opt_out"],)
    assert tables.sql(
        "select count(*) from vault.staging.stg_primary_care__long_term_conditions "
        "where nhs_number in "
        "(select nhs_number from vault.staging.stg_opt_outs__type_1_opt_outs)"
    ).fetchone() == (counted["primary_care", "type_1_opt_out"],)
    assert {kind for _, kind in counted} == {"national_data_opt_out", "type_1_opt_out"}
    assert len(counted) == 9
