"""Link records to people by probability (Splink), each to its single best person.

People ("anchors") come from the register and from verified NHS numbers and are never
merged with one another, so a doubtful record can join at most one of them. The choices
stand in `linkage_settings.py`, the trained parameters in `linkage_parameters.json`.

Published sources: Fellegi and Sunter, A theory for record linkage, JASA 64 (1969);
Linacre et al., Splink: free software for probabilistic record linkage at scale,
International Journal of Population Data Science 7 (2022).
"""

import json
import logging
import math
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from intelligence import linkage_settings as settings

PARAMETERS = Path(__file__).with_name("linkage_parameters.json")
# What is compared; people and records have these columns beside their keys.
COLUMNS = ("forename", "surname", "birth_date", "sex", "postcode", "nhs_number")
TF_COLUMNS = ("forename", "surname", "postcode")
TWO_DEATHS = "two dates of death"
CANDIDATES_KEPT = 3
# Enough to know a feed's precision to half a percent, few enough to cost seconds.
BLIND_RECORDS = 20_000
SCHEMA = pa.schema(
    [
        ("source_record_id", pa.string()),
        ("candidate_key", pa.string()),
        ("method", pa.string()),
        ("decision", pa.string()),
        ("reason", pa.string()),
        ("evidence", pa.string()),
        ("match_weight", pa.float64()),
        ("lead_weight", pa.float64()),
        ("is_blind", pa.bool_()),
    ]
)
# (m, u) of each level of each comparison.
Parameters = Mapping[str, Mapping[str, tuple[float, float]]]


def load_parameters(path: Path = PARAMETERS) -> Parameters:
    """Read the trained (m, u) of each level of each comparison."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {
        comparison: {
            level: (float(mu[0]), float(mu[1])) for level, mu in levels.items()
        }
        for comparison, levels in stored["comparisons"].items()
    }


def prior_weight(people: int) -> float:
    """Weight of a pair before anything is compared: log2 of 1 in the number of people.

    Rounded to a whole power of two, so that a few more people in the next month's
    register change nobody's weight.
    """
    return -float(round(math.log2(max(people, 2))))


def splink_settings(
    parameters: Parameters | None, prior: float, link_type: str
) -> dict[str, Any]:
    """Return the settings of this project as Splink reads them.

    `parameters` None leaves m and u to be trained; `prior` is in log2.
    """
    comparisons = []
    for comparison in settings.COMPARISONS:
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": comparison.unknown,
                "label_for_charts": "unknown",
                "is_null_level": True,
            }
        ]
        for level in comparison.levels:
            entry: dict[str, Any] = {
                "sql_condition": level.sql,
                "label_for_charts": level.name,
            }
            if level.tf:
                entry["tf_adjustment_column"] = level.tf
                entry["tf_adjustment_weight"] = 1.0
                # Nobody's name is rarer than one in 50,000: below that the register's
                # own slips of the pen would decide.
                entry["tf_minimum_u_value"] = 0.00002
            given = {"m": level.m, "u": level.u}
            if parameters:
                given["m"], given["u"] = parameters[comparison.name][level.name]
            for name, value in given.items():
                if value is not None:
                    entry[f"{name}_probability"] = value
                    entry[f"fix_{name}_probability"] = True
            levels.append(entry)
        if comparison.levels[-1].sql != "else":
            raise ValueError(f"the last level of {comparison.name} must be 'else'")
        levels[-1]["sql_condition"] = "ELSE"
        comparisons.append(
            {
                "output_column_name": comparison.name,
                "comparison_levels": levels,
            }
        )
    odds = 2.0**prior
    return {
        "link_type": link_type,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [
            block_on(*columns).create_blocking_rule_dict("duckdb")
            for columns, _ in settings.BLOCKING
        ],
        "probability_two_random_records_match": odds / (1 + odds),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "unique_id_column_name": "version_id",
    }


def private_connection(memory: str) -> duckdb.DuckDBPyConnection:
    """A private database in memory, so that nothing stays behind."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(config={"threads": 2, "memory_limit": memory})
    connection.execute("set preserve_insertion_order = false")
    return connection


def add_versions(
    connection: duckdb.DuckDBPyConnection, name: str, keys: str, rows: pa.Table
) -> None:
    """Make table `name`: the different `rows` as they are compared, numbered."""
    connection.register("rows_of_versions", rows)
    connection.execute(
        f"""
        create table {name} as
        select
            row_number() over (
                order by {keys}, {", ".join(COLUMNS)}
            ) as version_id,
            versions.*,
            year(birth_day) as birth_year,
            left(surname, 3) as surname_start,
            left(forename, 1) as forename_initial
        from (
            select distinct
                {keys},
                forename,
                surname,
                sex,
                replace(upper(postcode), ' ', '') as postcode,
                nhs_number,
                birth_date as birth_day,
                strftime(birth_date, '%Y%m%d') as birth_date
            from rows_of_versions
        ) as versions
        """
    )
    connection.unregister("rows_of_versions")


def add_frequencies(connection: duckdb.DuckDBPyConnection) -> None:
    """Count how many people of table `anchor` bear each name and live at a postcode.

    People, not records: who is often in hospital does not make a name common.
    """
    for column in TF_COLUMNS:
        connection.execute(
            f"create table tf_of_{column} as "
            f"select {column}, count(distinct person_key) / (select "
            f"count(distinct person_key) from anchor) as tf_{column} "
            f"from anchor where {column} is not null group by {column}"
        )


def linker_over(
    connection: duckdb.DuckDBPyConnection, tables: list[str], options: dict[str, Any]
) -> Linker:
    """A Splink linker over these tables, with the frequencies of people's names.

    Splink sees the columns that it compares and no keys.
    """
    api = DuckDBAPI(connection)
    compared = {
        "version_id",
        *COLUMNS,
        *(c for rule, _ in settings.BLOCKING for c in rule),
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


def train(people: pa.Table, labelled: pa.Table, memory: str = "4GB") -> Parameters:
    """Learn (m, u) of each level from records whose person the NHS number settled.

    `people` as in `link`; `labelled` has `person_key` and COLUMNS. m is how often a
    record falls into the level when compared with the version of its own person that
    is most like it, u how often two random people do (Splink, 5 million pairs, fixed
    seed); both to four digits. Raises KeyError when no pair fell into a level that the
    settings give no value for: then there are too few records to learn from.
    """
    with private_connection(memory) as connection:
        add_versions(connection, "anchor", "person_key", people)
        add_versions(connection, "record", "person_key", labelled)
        add_frequencies(connection)
        connection.execute(
            """
            create table label as
            select
                'anchor_compared' as source_dataset_l,
                arg_max(
                    anchor.version_id,
                    (
                        cast(anchor.forename = record.forename as integer)
                        + cast(anchor.surname = record.surname as integer)
                        + cast(anchor.postcode = record.postcode as integer),
                        -anchor.version_id
                    )
                ) as version_id_l,
                'record_compared' as source_dataset_r,
                record.version_id as version_id_r,
                1.0 as clerical_match_score
            from record
            inner join anchor on record.person_key = anchor.person_key
            group by record.version_id
            """
        )
        linker = linker_over(
            connection, ["anchor", "record"], splink_settings(None, -15.0, "link_only")
        )
        linker.training.estimate_u_using_random_sampling(
            max_pairs=5e6, seed=1, min_count_per_level=None
        )
        linker.training.estimate_m_from_pairwise_labels(  # type: ignore[no-untyped-call]
            linker._db_api.register("label", dataset_display_name="label")
        )
        model = linker.misc.save_model_to_json()
    return {
        comparison["output_column_name"]: {
            level["label_for_charts"]: (
                float(f"{level['m_probability']:.4g}"),
                float(f"{level['u_probability']:.4g}"),
            )
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
        for comparison in model["comparisons"]
    }


def comparable(
    people: duckdb.DuckDBPyRelation,
    records: duckdb.DuckDBPyRelation,
    numbers: duckdb.DuckDBPyRelation,
) -> tuple[pa.Table, pa.Table]:
    """Take from the tables of `models/identity` what `link` compares.

    `people`, `records` and `numbers` are known_people, source_records and number_links.
    Beside the records that no number settles come BLIND_RECORDS that one did, of people
    of the register, with the number hidden. Record ids are hashes, so the first ones
    are a random sample. Who is known from records alone would be found by them.
    """
    demographics = (
        "comparable_forename as forename, comparable_surname as surname, birth_date, "
        "sex, postcode, death_date"
    )
    columns = (
        "records.source_record_id, provider_code, local_patient_id, "
        f"first_period_start_date, {demographics}"
    )
    numbered = records.set_alias("records").join(
        numbers.set_alias("numbers"),
        "records.source_record_id = numbers.source_record_id",
    )
    unsettled = numbered.filter("person_key is null").project(
        f"{columns}, current_nhs_number as nhs_number, false as is_blind"
    )
    registered = people.filter("is_on_spine").project("person_key").distinct()
    blind = (
        numbered.filter("method = 'verified_nhs_number'")
        .project(f"{columns}, null as nhs_number, true as is_blind, person_key")
        .join(registered, "person_key", how="semi")
        .project("* exclude person_key")
        .order("source_record_id")
        .limit(BLIND_RECORDS)
    )
    return (
        people.project(f"person_key, nhs_number, {demographics}").to_arrow_table(),
        unsettled.union(blind).to_arrow_table(),
    )


def link(
    people: pa.Table,
    records: pa.Table,
    parameters: Parameters | None = None,
    memory: str = "4GB",
) -> pa.Table:
    """Find for each record the person it is most likely about.

    `people`: one row per version of a person's demographics: `person_key`, COLUMNS and
    `death_date`. `records`: `source_record_id` (unique), `provider_code`,
    `local_patient_id`, `first_period_start_date`, `is_blind`, COLUMNS and `death_date`.
    Names are capitals without spaces, null when unknown. A blind record is scored like
    the others to measure how well linkage works; it founds and joins nobody.

    Returns SCHEMA, in order of both keys: one row per record and candidate of at least
    REVIEW_WEIGHT (the best CANDIDATES_KEPT), one without a candidate for each blind
    record that has none, and one for each record that joins another one which is about
    nobody in the register. No rows when no record has a name: birth month and LSOA
    of pseudonymised feeds tell too many people. Weights are in log2, to two decimals.
    Raises KeyError when the stored parameters lack a level of the settings: they must
    be trained again.
    """
    parameters = parameters or load_parameters()
    names = records.column("surname")
    if names.null_count == len(names):
        return SCHEMA.empty_table()
    with private_connection(memory) as connection:
        add_versions(connection, "anchor", "person_key, death_date", people)
        _add_units(connection, records)
        add_frequencies(connection)
        counted = connection.execute("select count(distinct person_key) from anchor")
        prior = prior_weight((counted.fetchone() or (0,))[0])
        _score(
            connection,
            linker_over(
                connection,
                ["anchor", "record"],
                splink_settings(parameters, prior, "link_only"),
            ),
            settings.REVIEW_WEIGHT,
            ("anchor", "person_key"),
            ("record", "unit_key"),
        )
        _decide(connection)
        connection.execute(
            "create table rest as select * from record where not is_blind "
            "and unit_key not in (select unit_key from decided "
            "where decision = 'linked')"
        )
        _score(
            connection,
            linker_over(
                connection, ["rest"], splink_settings(parameters, prior, "dedupe_only")
            ),
            settings.PAIR_WEIGHT,
            ("rest", "unit_key"),
            ("rest", "unit_key"),
        )
        joins = join_founders(
            connection.execute(
                "select distinct unit_key, founded_date, death_date from rest"
            ).fetchall(),
            connection.execute(
                "select left_key, right_key, weight, evidence from scored "
                "where obstacle is null"
            ).fetchall(),
        )
        connection.register("joined", _joined_table(joins))
        return _rows_of_records(connection)


def join_founders(
    units: Iterable[tuple[str, date, date | None]],
    pairs: Iterable[tuple[str, str, float, str]],
) -> dict[str, tuple[str, float, str]]:
    """Let units that match join the earliest of them that they match directly.

    `units`: key, day of its first record, date of death. `pairs`: two keys, weight and
    evidence. In order of their first day each unit joins the founder it matches best,
    or founds a person itself. A founder is matched directly, so there are no chains of
    likenesses; and nobody who comes later changes who came before, so a new month
    renumbers nobody. A unit with another date of death than one who has joined stays
    away. Returns unit -> (founder, weight, evidence) of those who join.
    """
    order = {
        key: (founded, key, death)
        for key, founded, death in sorted(units, key=lambda unit: (unit[1], unit[0]))
    }
    matches: dict[str, dict[str, tuple[float, str]]] = {key: {} for key in order}
    for left, right, weight, evidence in pairs:
        matches[left][right] = matches[right][left] = (weight, evidence)
    deaths: dict[str, date | None] = {}
    joins: dict[str, tuple[str, float, str]] = {}
    for key, (_, _, death) in order.items():
        founders = [
            (-weight, order[other][:2], evidence)
            for other, (weight, evidence) in matches[key].items()
            if other in deaths and (not death or deaths[other] in (None, death))
        ]
        if founders:
            weight, (_, founder), evidence = min(founders)
            joins[key] = (founder, -weight, evidence)
            deaths[founder] = deaths[founder] or death
        else:
            deaths[key] = death
    return joins


def _joined_table(joins: Mapping[str, tuple[str, float, str]]) -> pa.Table:
    """The outcome of `join_founders` as a table."""
    return pa.table(
        {
            "unit_key": pa.array(list(joins), pa.string()),
            "founder_key": pa.array([join[0] for join in joins.values()], pa.string()),
            "weight": pa.array([join[1] for join in joins.values()], pa.float64()),
            "evidence": pa.array([join[2] for join in joins.values()], pa.string()),
        }
    )


def _add_units(connection: duckdb.DuckDBPyConnection, records: pa.Table) -> None:
    """Make tables `member` (record and its unit) and `record` (versions of units).

    Records of one local patient number with the same names and birth date are one unit,
    called by the first of them: they differ in address or number only, so what finds
    one of them finds all.
    """
    connection.register("records_given", records)
    connection.execute(
        """
        create table member as
        select
            *,
            first_value(source_record_id) over first_in_unit as unit_key,
            first_value(first_period_start_date) over first_in_unit as founded_date
        from records_given
        window first_in_unit as (
            partition by
                is_blind,
                coalesce(
                    provider_code || ' ' || local_patient_id, source_record_id
                ),
                forename,
                surname,
                birth_date
            order by first_period_start_date, source_record_id
        )
        """
    )
    connection.unregister("records_given")
    add_versions(
        connection,
        "record",
        "unit_key, is_blind, founded_date, death_date",
        connection.execute("from member").to_arrow_table(),
    )


def _score(
    connection: duckdb.DuckDBPyConnection,
    linker: Linker,
    threshold: float,
    left: tuple[str, str],
    right: tuple[str, str],
) -> None:
    """Make table `scored`: a row per pair of the keys of two tables, with its evidence.

    Of the versions under which both are known the pair that is most alike speaks.
    """
    pairs = linker.inference.predict(
        threshold_match_weight=threshold, warning_mode="never"
    )
    names, weights = [], []
    evidence = ["'prior ' || printf('%+.1f', prior)"]
    for comparison in settings.COMPARISONS:
        name = comparison.name
        cases = " ".join(
            f"when {position} then '{level.name}'"
            for position, level in enumerate(reversed(comparison.levels))
        )
        names.append(f"case gamma_{name} {cases} else 'unknown' end as {name}")
        rarity = (
            f" + coalesce(mw_tf_adj_{name}, 0)"
            if any(level.tf for level in comparison.levels)
            else ""
        )
        weights.append(f"coalesce(mw_{name}, 0){rarity} as weight_{name}")
        evidence.append(f"'; {name} ' || {name} || printf(' %+.1f', weight_{name})")
    guards = " ".join(
        f"when {guard.sql} then '{guard.name}'" for guard in settings.GUARDS
    )
    prior = math.log2(linker._settings_obj._probability_two_random_records_match)
    connection.execute(
        f"""
        create or replace table scored as
        with named as (
            select
                left_side.{left[1]} as left_key,
                right_side.{right[1]} as right_key,
                round(pairs.match_weight, 2) as weight,
                left_side.death_date <> right_side.death_date as is_two_deaths,
                {left[0] == "anchor"} and coalesce(
                    left_side.birth_day
                    <= right_side.founded_date - interval {settings.ADULT_YEARS} year,
                    false
                ) as is_known_adult,
                {prior} as prior,
                {", ".join(names)},
                {", ".join(weights)}
            from {pairs.physical_name} as pairs
            inner join {left[0]} as left_side
                on pairs.version_id_l = left_side.version_id
            inner join {right[0]} as right_side
                on pairs.version_id_r = right_side.version_id
            where left_side.{left[1]} <> right_side.{right[1]}
        ),

        judged as (
            select
                left_key,
                right_key,
                weight,
                {" || ".join(evidence)} as evidence,
                case
                    when is_two_deaths then '{TWO_DEATHS}'
                    {guards}
                end as obstacle
            from named
        )

        select * from judged
        qualify
            row_number() over (
                partition by left_key, right_key
                order by weight desc, obstacle nulls first, evidence
            ) = 1
        """
    )


def _decide(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table `decided`: the best people of each unit and what becomes of them."""
    connection.execute(
        f"""
        create table decided as
        with ranked as (
            select
                right_key as unit_key,
                left_key as person_key,
                weight,
                evidence,
                obstacle,
                row_number() over by_weight as place,
                weight - lead(weight) over by_weight as lead_weight
            from scored
            window by_weight as (
                partition by right_key
                order by
                    coalesce(obstacle = '{TWO_DEATHS}', false),
                    weight desc,
                    left_key
            )
        )

        select
            *,
            case
                when place > 1 then 'not best'
                when obstacle = '{TWO_DEATHS}' then 'refused'
                when
                    obstacle is null
                    and weight >= {settings.LINK_WEIGHT}
                    and coalesce(lead_weight >= {settings.LEAD_WEIGHT}, true)
                    then 'linked'
                else 'review'
            end as decision,
            case
                when place > 1 then 'another person is more likely'
                when obstacle is not null then obstacle
                when weight < {settings.LINK_WEIGHT} then 'weight too low'
                when lead_weight < {settings.LEAD_WEIGHT}
                    then 'two people are about as likely'
                else 'best person, by enough'
            end as reason
        from ranked
        where place <= {CANDIDATES_KEPT}
        """
    )


def _rows_of_records(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Give each record what was found for its unit."""
    return (
        connection.execute(
            """
            select
                member.source_record_id,
                decided.person_key as candidate_key,
                'probability' as method,
                coalesce(decided.decision, 'nobody') as decision,
                coalesce(decided.reason, 'nobody is likely enough') as reason,
                decided.evidence,
                decided.weight as match_weight,
                decided.lead_weight,
                member.is_blind
            from member
            left join decided on member.unit_key = decided.unit_key
            where member.is_blind or decided.unit_key is not null
            union all
            select
                member.source_record_id,
                'record:' || coalesce(joined.founder_key, member.unit_key)
                    as candidate_key,
                case
                    when joined.founder_key is null then 'same_local_number'
                    else 'matching_records'
                end as method,
                'linked' as decision,
                case
                    when joined.founder_key is null
                        then 'same local number, names and birth date'
                    else 'matches a record that no person of the register matches'
                end as reason,
                joined.evidence,
                joined.weight as match_weight,
                cast(null as double) as lead_weight,
                false as is_blind
            from member
            left join joined on member.unit_key = joined.unit_key
            where
                not member.is_blind
                and member.unit_key in (select rest.unit_key from rest)
                and (
                    joined.founder_key is not null
                    or member.unit_key <> member.source_record_id
                )
            order by source_record_id, candidate_key
            """
        )
        .to_arrow_table()
        .cast(SCHEMA)
    )
