"""Train the parameters of linkage from a built vault: `make train`.

Writes `parameters.json`, which belongs under version control: read the change,
run `make evaluate`, and commit it, or put the old one back.
"""

import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from intelligence.linkage.link import link
from intelligence.linkage.parameters import PARAMETERS, Parameters, write_parameters
from intelligence.linkage.records import comparable
from intelligence.linkage.splink_model import (
    add_frequencies,
    add_versions,
    linker_over,
    splink_settings,
)
from intelligence.platform.connections import private_connection
from intelligence.platform.zones import attach_vault

# More would teach nothing new about two dozen shares, and cost minutes.
LABELLED_RECORDS = 300_000
DEMOGRAPHICS = (
    "comparable_forename as forename, comparable_surname as surname, "
    "birth_date, sex, postcode"
)


def train(
    people: pa.Table,
    labelled: pa.Table,
    same_number: tuple[float, float],
    memory: str = "4GB",
) -> Parameters:
    """Learn (m, u) of each level from records whose person the NHS number settled.

    people: as in `link`. labelled: person_key and COLUMNS. same_number: (m, u) of an
    equal NHS number, which labels found by number cannot teach. m is how often a record
    falls into the level when compared with the most similar version of its person, u
    how often two random people do (Splink, 5 million pairs, fixed seed); both to four
    digits. Raises KeyError when no pair fell into a level that the settings give no
    value for: then there are too few records to learn from.
    """
    with private_connection(memory, preserve_insertion_order="false") as connection:
        add_versions(connection, "anchor", "person_key", people)
        add_versions(connection, "record", "person_key", labelled)
        add_frequencies(connection, "anchor", "person_key")
        connection.execute(
            """
            create table label as
            select
                'anchor_compared' as source_dataset_l,
                arg_max(
                    anchor.version_id,
                    (
                        coalesce(anchor.forename = record.forename, false)::int
                        + coalesce(anchor.surname = record.surname, false)::int
                        + coalesce(anchor.postcode = record.postcode, false)::int,
                        coalesce(anchor.forename, ''),
                        coalesce(anchor.surname, ''),
                        coalesce(anchor.postcode, ''),
                        coalesce(anchor.birth_date, '')
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
    learned = {
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
    learned["nhs_number"]["same"] = same_number
    return learned


def number_rates(connection: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """How often a record carries the NHS number of its person, and of another one.

    Its person is known from names, date of birth and postcode alone. The other has the
    same surname and postcode but another forename and date of birth, as relatives have,
    because most wrong numbers are theirs. At most 0.999 and at least 0.0001.
    """
    own, other = connection.execute(
        """
        select
            avg(cast(people.nhs_number = records.current_nhs_number as integer))
                filter (
                    people.birth_date = records.birth_date
                    and people.comparable_forename = records.comparable_forename
                ),
            avg(cast(people.nhs_number = records.current_nhs_number as integer))
                filter (
                    people.birth_date <> records.birth_date
                    and people.comparable_forename <> records.comparable_forename
                )
        from vault.identity.int_identity__source_records as records
        inner join vault.identity.int_identity__known_people as people
            on
                people.postcode = records.postcode
                and people.comparable_surname = records.comparable_surname
        where people.is_on_spine and records.current_nhs_number is not null
        """
    ).fetchone() or (None, None)
    return (
        float(f"{min(own or 0.98, 0.999):.4g}"),
        float(f"{max(other or 0.005, 0.0001):.4g}"),
    )


def labelled_records(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[pa.Table, pa.Table]:
    """People of the register, and records whose person is known without probability.

    These are the records that data stewards have placed, and a random sample of those
    with a verified number. A record that a steward has taken from the person of its
    number is no example of that person.
    """
    people = connection.sql(
        f"select person_key, nhs_number, {DEMOGRAPHICS} "
        "from vault.identity.int_identity__known_people where is_on_spine"
    ).to_arrow_table()
    records = connection.sql(
        f"select person_key, current_nhs_number as nhs_number, {DEMOGRAPHICS} "
        "from vault.identity.int_identity__source_records as records "
        "inner join vault.identity.int_identity__links as links "
        "on records.source_record_id = links.source_record_id "
        "where is_linked and method in ('steward', 'verified_nhs_number') "
        "order by method, records.source_record_id "
        f"limit {LABELLED_RECORDS}"
    ).to_arrow_table()
    return people, records


def decided_pairs(
    connection: duckdb.DuckDBPyConnection, parameters: Parameters
) -> list[tuple[str, str, int]]:
    """What these parameters make of the pairs that stewards accepted or rejected.

    The steward's decision, that of the parameters, and the number of pairs.
    """
    decided = connection.sql(
        "select decision, source_record_id, person_key "
        "from vault.identity.int_identity__steward_decisions "
        "where fault is null and decision in ('accept', 'reject')"
    )
    if not len(decided):
        return []
    people, records, settled = comparable(
        *(
            connection.sql(f"from vault.identity.int_identity__{name}")
            for name in ("known_people", "source_records", "number_links")
        )
    )
    connection.register("found", link(people, records, settled, parameters))
    return decided.query(
        "decided",
        "select decided.decision, coalesce(found.decision, 'no candidate'), count(*) "
        "from decided left join found "
        "on decided.source_record_id = found.source_record_id "
        "and decided.person_key = found.candidate_key group by all order by all",
    ).fetchall()


def main(folder: str) -> None:
    """Train from the vault in a build folder and write the parameters."""
    with private_connection() as connection:
        attach_vault(connection, Path(folder), read_only=True)
        people, records = labelled_records(connection)
        parameters = train(people, records, number_rates(connection))
        decided = decided_pairs(connection, parameters)
    known = len(people.column("person_key").unique())
    write_parameters(parameters, known, len(records))
    print(f"Trained on {len(records):,} records of {known:,} people: {PARAMETERS}")
    for by_steward, by_parameters, count in decided:
        print(
            f"Stewards: {by_steward}; with these parameters: {by_parameters}: {count:,}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
