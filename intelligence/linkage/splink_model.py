"""The model of this project as Splink runs it, over tables in a private database.

Published sources: Fellegi and Sunter, A theory for record linkage, JASA 64 (1969);
Linacre et al., Splink: free software for probabilistic record linkage at scale,
International Journal of Population Data Science 7 (2022).
"""

import logging
import math
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from intelligence.linkage import names, settings
from intelligence.linkage.parameters import Parameters

# What is given of people and records beside their keys.
COLUMNS = ("forename", "surname", "birth_date", "sex", "postcode", "nhs_number")
# Given of records alone.
LOCAL_COLUMNS = ("local_number", "provider_code")
# What Splink compares: names in several forms (`names.Name`), dates as text (yyyymmdd).
COMPARED = (
    *("forename", "forename_core", "forename_parts", "forename_sound"),
    *("forename_shorts", "surname", "surname_parts", "surname_sound"),
    *("family_as_given", "family_as_given_sound"),
    *("birth_date", "birth_day", "sex", "postcode", "nhs_number"),
    *LOCAL_COLUMNS,
)
TF_COLUMNS = ("forename", "forename_core", "surname", "postcode")
# Dates and postcodes that say that nothing is known.
NO_BIRTH_DATE = "1900-01-01"
NO_POSTCODE = "ZZ99"


def prior_weight(people: int) -> float:
    """Weight of a pair before anything is compared: log2 of 1 in the number of people.

    Rounded to a whole power of two, so that a few more people in the next month's
    register change no one's weight.
    """
    return -float(round(math.log2(max(people, 2))))


def splink_settings(
    parameters: Parameters | None,
    prior: float,
    link_type: str,
    blocking: settings.Blocking | None = None,
) -> dict[str, Any]:
    """Return the settings of this project as Splink reads them.

    parameters: None leaves m and u to be trained. prior: log2 of the odds. link_type:
    Splink's own, "link_only" or "dedupe_only". blocking: the rules that find pairs,
    BLOCKING by default. Raises KeyError when the parameters lack
    a level of the settings, ValueError when a comparison does not end in 'else'.
    """
    odds = 2.0**prior
    blocking = blocking or settings.BLOCKING
    return {
        "link_type": link_type,
        "comparisons": [
            _comparison(comparison, parameters) for comparison in settings.COMPARISONS
        ],
        "blocking_rules_to_generate_predictions": [
            block_on(*columns).create_blocking_rule_dict("duckdb")
            for columns, _ in blocking
        ],
        "probability_two_random_records_match": odds / (1 + odds),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "unique_id_column_name": "version_id",
    }


def _comparison(
    comparison: settings.Comparison, parameters: Parameters | None
) -> dict[str, Any]:
    """One comparison, its levels after the one for what is unknown."""
    if comparison.levels[-1].sql != "else":
        raise ValueError(f"the last level of {comparison.name} must be 'else'")
    unknown = {
        "sql_condition": comparison.unknown,
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    levels = [
        _level(level, parameters[comparison.name][level.name] if parameters else None)
        for level in comparison.levels
    ]
    levels[-1]["sql_condition"] = "ELSE"
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [unknown, *levels],
    }


def _level(
    level: settings.Level, trained: tuple[float, float] | None
) -> dict[str, Any]:
    """One level, with trained (m, u) or with those that are given."""
    entry: dict[str, Any] = {
        "sql_condition": level.sql,
        "label_for_charts": level.name,
    }
    if level.tf:
        entry["tf_adjustment_column"] = level.tf
        entry["tf_adjustment_weight"] = 1.0
        # No name counts as rarer than one in 50,000: below that the register's own
        # typing errors would decide.
        entry["tf_minimum_u_value"] = 0.00002
    m, u = trained or (level.m, level.u)
    for name, value in (("m", m), ("u", u)):
        if value is not None:
            entry[f"{name}_probability"] = value
            entry[f"fix_{name}_probability"] = True
    return entry


def add_names(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Make tables of the names of `rows` (NAME_SCHEMA).

    `{name}_forenames`, `{name}_surnames`, and `{name}_families_as_given`: surnames read
    as if they were forenames, which they are where the two are swapped.
    """
    for table, column, read in (
        ("forenames", "forename", names.forename),
        ("surnames", "surname", names.surname),
        ("families_as_given", "surname", names.forename),
    ):
        texts = rows.column(column).unique().drop_null().to_pylist()
        connection.register("names_read", names.comparable_names(sorted(texts), read))
        connection.execute(f"create table {name}_{table} as from names_read")
        connection.unregister("names_read")


def add_versions(
    connection: duckdb.DuckDBPyConnection, name: str, keys: str, rows: pa.Table
) -> None:
    """Make table `name`: the distinct `rows` as they are compared, numbered.

    rows: the columns named in `keys` (comma separated) and COLUMNS, with dates of birth
    as dates, and LOCAL_COLUMNS if there are any. The table has the keys, COMPARED,
    `version_id`, `birth_day` (a date) and the parts of names and dates that blocking
    uses. What only says that a thing is not known is null.
    """
    add_names(connection, name, rows)
    for column in LOCAL_COLUMNS:
        if column not in rows.column_names:
            rows = rows.append_column(column, pa.nulls(len(rows), pa.string()))
    connection.register("rows_of_versions", rows)
    connection.execute(
        f"""
        create table {name} as
        with known as (
            select distinct
                {keys},
                {", ".join(LOCAL_COLUMNS)},
                forename,
                surname,
                sex,
                nullif(
                    regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g'), ''
                ) as postcode,
                nhs_number,
                nullif(birth_date, date '{NO_BIRTH_DATE}') as birth_day
            from rows_of_versions
        )

        select
            -- By hash: numbers do not depend on the order in which rows come, and
            -- sorting by nine texts takes longer.
            row_number() over (order by hash(known)) as version_id,
            {keys},
            {", ".join(LOCAL_COLUMNS)},
            given.whole as forename,
            given.core as forename_core,
            given.parts as forename_parts,
            given.sound as forename_sound,
            given.shorts as forename_shorts,
            family.core as surname,
            family.parts as surname_parts,
            family.sound as surname_sound,
            family_as_given.core as family_as_given,
            family_as_given.sound as family_as_given_sound,
            least(given.sound, family_as_given.sound) || ' ' || greatest(
                given.sound, family_as_given.sound
            ) as both_sounds,
            left(family.core, 3) as surname_start,
            left(given.core, 1) as forename_initial,
            sex,
            case when postcode not like '{NO_POSTCODE}%' then postcode end as postcode,
            nhs_number,
            birth_day,
            strftime(birth_day, '%Y%m%d') as birth_date,
            year(birth_day) as birth_year,
            strftime(birth_day, '%m%d') as birth_month_day
        from known
        left join {name}_forenames as given on known.forename = given.text
        left join {name}_surnames as family
            on
                case
                    when given.text is not null
                    or upper(known.surname) not in {names.NOT_A_SURNAME}
                        then known.surname
                end = family.text
        left join {name}_families_as_given as family_as_given
            on family.text = family_as_given.text
        """
    )
    connection.unregister("rows_of_versions")


def add_frequencies(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> int:
    """Count how many people of `table` have each name and live at each postcode.

    People, not records: one who is often in hospital does not make a name common.
    Returns how many people there are.
    """
    counted = connection.execute(
        f"select count(distinct {key}) from {table}"
    ).fetchone()
    people = int((counted or (0,))[0])
    for column in TF_COLUMNS:
        connection.execute(
            f"create or replace table tf_of_{column} as "
            f"select {column}, count(distinct {key}) / {max(people, 1)} "
            f"as tf_{column} "
            f"from {table} where {column} is not null group by {column}"
        )
    connection.execute(
        "create or replace table known_forename as select forename_core, true as "
        "is_known from tf_of_forename_core where tf_forename_core "
        f">= {max(2.5 / max(people, 1), 1 / settings.NAME_GIVEN_TO)}"
    )
    return people


def linker_over(
    connection: duckdb.DuckDBPyConnection, tables: list[str], options: dict[str, Any]
) -> Linker:
    """A Splink linker over these tables, with the frequencies of people's names.

    Splink sees the columns that it compares and no keys.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    compared = {
        "version_id",
        *COMPARED,
        *(
            column
            for rules in (settings.BLOCKING, settings.PAIR_BLOCKING)
            for rule, _ in rules
            for column in rule
        ),
    }
    for table in tables:
        connection.execute(
            f"create or replace view {table}_compared as "
            f"select {', '.join(sorted(compared))} from {table}"
        )
    inputs = [
        api.register(f"{table}_compared", dataset_display_name=f"{table}_compared")
        for table in tables
    ]
    linker = Linker(inputs, options, log_level=None, validate_settings=False)
    for column in TF_COLUMNS:
        linker.table_management.register_term_frequency_lookup(
            api.register(f"tf_of_{column}"), column
        )
    return linker
