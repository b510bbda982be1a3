"""List the pairs that a data steward should decide about: `make review`.

Each pair is a record and a person side by side, with the question, what each comparison
found, and the rows that would record the decision. Those that help most come first:
where the most rows of the feeds would move to another person. Everything is printed and
nothing is logged, since it names people.
"""

import sys
from pathlib import Path

import duckdb

from intelligence.linkage.explain import (
    IDENTITY,
    as_table,
    odds,
    person_values,
    record_values,
    side_by_side,
    steps,
)
from intelligence.linkage.stewards import COLUMNS, decisions_path
from intelligence.platform.connections import private_connection
from intelligence.platform.zones import attach_vault


def doubtful_pairs(
    connection: duckdb.DuckDBPyConnection, limit: int
) -> list[tuple[str, str, str, str | None, float | None, int]]:
    """Pairs in the order in which they help most.

    Record, person, question, evidence, weight, and the rows of the feeds that mention
    the record. The order is by the rows that would move, times the probability that
    they should (from the weight; even where a guard stopped the pair, since there the
    weight misleads).
    """
    return connection.execute(
        f"""
        select
            pairs.source_record_id,
            pairs.candidate_key,
            pairs.question,
            pairs.evidence,
            pairs.match_weight,
            records.mention_count
        from {IDENTITY}review_pairs as pairs
        inner join {IDENTITY}source_records as records
            on pairs.source_record_id = records.source_record_id
        order by
            records.mention_count * least(
                0.5, 1 / (1 + pow(2.0, -coalesce(pairs.match_weight, 0)))
            ) desc,
            pairs.match_weight desc,
            pairs.source_record_id,
            pairs.candidate_key
        limit {limit}
        """
    ).fetchall()


def main(build: str, limit: str = "20") -> None:
    """Print the pairs, and where decisions are written."""
    with private_connection() as connection:
        attach_vault(connection, Path(build), read_only=True)
        pairs = doubtful_pairs(connection, int(limit))
        counted = connection.execute(
            f"select count(*) from {IDENTITY}review_pairs"
        ).fetchone()
        for number, pair in enumerate(pairs, start=1):
            record, person, question, evidence, weight, mentions = pair
            values = record_values(connection, record) or ()
            print(
                f"\n{number}. {question}. {mentions:,} rows of the feeds."
                + (f" Weight {weight:+.1f}: {odds(weight)}." if weight else "")
            )
            print(f"record {record}\nperson {person}")
            print(
                side_by_side(values, person_values(connection, person, record, values))
            )
            if evidence:
                print(as_table(steps(evidence)))
        outcomes = connection.execute(
            f"select outcome, count(*) from {IDENTITY}steward_outcomes "
            "group by outcome order by outcome"
        ).fetchall()
    total = (counted or (0,))[0]
    print(f"\n{len(pairs):,} of {total:,} pairs that need a decision.")
    print(
        f"Write decisions into {decisions_path()}, one row each, such as\n"
        f"{','.join(COLUMNS)}\n"
        "accept,<record>,<person>,,<your name>,<why>,<yyyy-mm-dd>\n"
        "reject,<record>,<person>,,<your name>,<why>,<yyyy-mm-dd>\n"
        "The next build obeys them."
    )
    for outcome, count in outcomes:
        print(f"Decisions of the last build: {count:,} {outcome}.")


if __name__ == "__main__":
    main(*sys.argv[1:3])
