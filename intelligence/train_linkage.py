"""Train the parameters of linkage from a built vault: `make train`.

Writes `linkage_parameters.json`, which belongs under version control: read the change,
run `make evaluate`, and commit it, or put the old one back.
"""

import json
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from intelligence.linkage import PARAMETERS, Parameters, train
from intelligence.zones import attach_vault

# More teach nothing new about two dozen shares, and cost minutes.
LABELLED_RECORDS = 300_000
DEMOGRAPHICS = (
    "comparable_forename as forename, comparable_surname as surname, "
    "birth_date, sex, postcode"
)


def write_parameters(parameters: Parameters, people: int, records: int) -> None:
    """Store parameters with the size of what they were learned from."""
    stored = {
        "trained_on": {"people": people, "records": records},
        "comparisons": {
            comparison: {level: list(mu) for level, mu in levels.items()}
            for comparison, levels in parameters.items()
        },
    }
    PARAMETERS.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def labelled_records(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[pa.Table, pa.Table]:
    """People of the register, and a random sample of records with a verified number."""
    people = connection.sql(
        f"select person_key, nhs_number, {DEMOGRAPHICS} "
        "from vault.identity.int_identity__known_people where is_on_spine"
    ).to_arrow_table()
    records = connection.sql(
        f"select person_key, current_nhs_number as nhs_number, {DEMOGRAPHICS} "
        "from vault.identity.int_identity__source_records as records "
        "inner join vault.identity.int_identity__number_links as numbers "
        "on records.source_record_id = numbers.source_record_id "
        "where method = 'verified_nhs_number' "
        f"order by records.source_record_id limit {LABELLED_RECORDS}"
    ).to_arrow_table()
    return people, records


def main(folder: str) -> None:
    """Train from the vault in a build folder and write the parameters."""
    with duckdb.connect() as connection:
        attach_vault(connection, Path(folder), read_only=True)
        people, records = labelled_records(connection)
    parameters = train(people, records)
    known = len(people.column("person_key").unique())
    write_parameters(parameters, known, len(records))
    print(f"Trained on {len(records):,} records of {known:,} people: {PARAMETERS}")


if __name__ == "__main__":
    main(sys.argv[1])
