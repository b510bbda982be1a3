"""Link records to people by probability (Splink), each to its single best person.

People ("anchors") come from the register and from verified NHS numbers and are never
merged with one another, so a doubtful record can join at most one of them. The choices
are in `settings.py`, the trained parameters in `parameters.json`. The steps: units of
records (`records`), pairs and weights (`splink_model`, `score`), the best person
(`best_person`), the same again for what is left, against what records that are settled
by then say of their people (an address, a surname, an organisation's number), and among
the units left those that match one another (`founders`).
"""

import duckdb
import pyarrow as pa

from intelligence.linkage import settings
from intelligence.linkage.best_person import CANDIDATES_KEPT, choose_best
from intelligence.linkage.founders import join_founders, joined_table
from intelligence.linkage.parameters import Parameters, load_parameters
from intelligence.linkage.records import add_settled, add_units
from intelligence.linkage.score import score
from intelligence.linkage.splink_model import (
    add_frequencies,
    add_versions,
    linker_over,
    prior_weight,
    splink_settings,
)
from intelligence.platform.connections import private_connection

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
        ("is_likely", pa.bool_()),
    ]
)


def link(
    people: pa.Table,
    records: pa.Table,
    settled: pa.Table,
    parameters: Parameters | None = None,
    memory: str = "4GB",
) -> pa.Table:
    """Find for each record the person it is most likely about.

    people: one row per version of a person's demographics: person_key, COLUMNS and
    death_date. records: source_record_id (unique), provider_code, local_patient_id,
    first_period_start_date, is_blind, COLUMNS and death_date. Names are as written, in
    any script; what says that a name is not known counts as null. A blind record is
    scored like the others to measure how well linkage works; it neither joins nor
    becomes a person, and is not compared with what its own number settled. settled:
    records that their numbers settle, as `records` with person_key. parameters: the
    stored ones by default. memory: limit of the private database.

    Returns SCHEMA, sorted by both keys: one row per record and candidate of at least
    REVIEW_WEIGHT (the best CANDIDATES_KEPT), one without a candidate for each blind
    record that has none, one for each record that joins another record of a person who
    is not on the register, and one for each such person it may also be (review). No
    rows when no record has a name: the birth month and LSOA of pseudonymised feeds are
    shared by too many people. Weights are log2 of the odds, to two decimals. Raises
    KeyError when the parameters lack a level of the settings: they must be trained
    again.
    """
    parameters = parameters or load_parameters()
    names = records.column("surname")
    if names.null_count == len(names):
        return SCHEMA.empty_table()
    with private_connection(memory, preserve_insertion_order="false") as connection:
        add_versions(connection, "anchor", "person_key, death_date", people)
        add_units(connection, records)
        known = add_frequencies(connection, "anchor", "person_key")
        if not known:
            known = add_frequencies(connection, "record", "unit_key")
        prior = prior_weight(known)

        def compare(
            left: tuple[str, str],
            right: tuple[str, str],
            blocking: settings.Blocking,
        ) -> None:
            """Make `scored` from two tables and their keys, or one with itself."""
            tables = list(dict.fromkeys((left[0], right[0])))
            link_type = "link_only" if len(tables) > 1 else "dedupe_only"
            options = splink_settings(parameters, prior, link_type, blocking)
            linker = linker_over(connection, tables, options)
            score(connection, linker, known, left, right)

        compare(("anchor", "person_key"), ("record", "unit_key"), settings.BLOCKING)
        choose_best(connection)
        add_settled(connection, settled)
        connection.execute(
            "create table unsettled as select * from record where unit_key "
            "not in (select unit_key from decided where decision = 'linked')"
        )
        connection.execute("alter table scored rename to scored_before")
        compare(
            ("settled", "person_key"),
            ("unsettled", "unit_key"),
            (*settings.BLOCKING, *settings.LOCAL_BLOCKING),
        )
        connection.execute("insert into scored from scored_before")
        choose_best(connection)
        connection.execute(
            "create table rest as select * from unsettled where not is_blind and "
            "unit_key not in (select unit_key from decided where decision = 'linked')"
        )
        compare(("rest", "unit_key"), ("rest", "unit_key"), settings.PAIR_BLOCKING)
        joins = join_founders(
            connection.execute(
                "select distinct unit_key, founded_date, death_date from rest"
            ).fetchall(),
            connection.execute(
                "select left_key, right_key, weight, evidence from scored "
                f"where obstacle is null and weight >= {settings.PAIR_WEIGHT}"
            ).fetchall(),
            connection.execute(
                "select left_key, right_key from scored where obstacle is not null"
            ).fetchall(),
        )
        connection.register("joined", joined_table(joins))
        _add_doubts(connection)
        return _rows_of_records(connection)


def _add_doubts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table `doubt`: other units that a unit on no register may belong with.

    At most CANDIDATES_KEPT of each, the most likely first, each named by the founder of
    its person. Of two units that are in doubt the later one is asked about, unless it
    has joined a person. Those with another forename are no doubt: most are twins.
    """
    connection.execute(
        f"""
        create table doubt as
        with founder as (
            select
                rest.unit_key,
                any_value(rest.founded_date) as founded_date,
                coalesce(any_value(joined.founder_key), rest.unit_key) as founder_key
            from rest
            left join joined on rest.unit_key = joined.unit_key
            group by rest.unit_key
        ),

        pairs as (
            select
                later.unit_key,
                earlier.founder_key,
                scored.weight,
                scored.evidence,
                coalesce(scored.obstacle, 'weight too low') as reason
            from scored
            inner join founder as one on scored.left_key = one.unit_key
            inner join founder as other on scored.right_key = other.unit_key
            cross join lateral (
                select
                    case
                        when (one.founded_date, one.unit_key)
                        < (other.founded_date, other.unit_key) then other.unit_key
                        else one.unit_key
                    end as unit_key
            ) as later
            inner join founder as earlier
                on
                    earlier.unit_key in (one.unit_key, other.unit_key)
                    and earlier.unit_key <> later.unit_key
            where
                one.founder_key <> other.founder_key
                and scored.obstacle is distinct from 'twin or sibling'
        )

        select * from pairs
        where unit_key not in (select joined.unit_key from joined)
        qualify
            row_number() over (
                partition by unit_key, founder_key
                order by weight desc, reason, evidence
            ) = 1
            and dense_rank() over (
                partition by unit_key order by weight desc, founder_key
            ) <= {CANDIDATES_KEPT}
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
                coalesce(decided.decision, 'no candidate') as decision,
                coalesce(decided.reason, 'no person is likely enough') as reason,
                decided.evidence,
                decided.weight as match_weight,
                decided.lead_weight,
                member.is_blind,
                decided.is_likely
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
                    else 'matches a record of a person who is not on the register'
                end as reason,
                joined.evidence,
                joined.weight as match_weight,
                cast(null as double) as lead_weight,
                false as is_blind,
                cast(null as boolean) as is_likely
            from member
            left join joined on member.unit_key = joined.unit_key
            where
                not member.is_blind
                and member.unit_key in (select rest.unit_key from rest)
                and (
                    joined.founder_key is not null
                    or member.unit_key <> member.source_record_id
                )
            union all
            select
                member.source_record_id,
                'record:' || doubt.founder_key as candidate_key,
                'matching_records' as method,
                'review' as decision,
                doubt.reason,
                doubt.evidence,
                doubt.weight as match_weight,
                cast(null as double) as lead_weight,
                false as is_blind,
                cast(null as boolean) as is_likely
            from member
            inner join doubt on member.unit_key = doubt.unit_key
            where not member.is_blind
            order by source_record_id, candidate_key
            """
        )
        .to_arrow_table()
        .cast(SCHEMA)
    )
