"""Compare linkage with the truth of a demo city: `make evaluate`.

Prints how accurate the links of a built vault are, overall, by feed and by deprivation,
and how accurate Splink is on all records at once (every record compared with every
other and with the register, connected components), with time and memory of both. For a
real city there is no truth; `fct_linkage_quality` estimates what can be known.
"""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from intelligence.linkage.link import link
from intelligence.linkage.parameters import load_parameters
from intelligence.linkage.records import comparable
from intelligence.linkage.settings import LINK_WEIGHT
from intelligence.linkage.splink_model import (
    add_frequencies,
    add_versions,
    linker_over,
    prior_weight,
    splink_settings,
)
from intelligence.platform.connections import private_connection
from intelligence.platform.zones import attach_vault
from studies.dirty_city import write_city

IDENTITY = "vault.identity.int_identity__"
# The evidence of an unchecked NHS number: right in 99 of 100 records.
NUMBER_LEVELS = {"same": (0.99, 1e-6), "different": (1e-4, 1.0)}


@dataclass(frozen=True)
class PairQuality:
    """Pairs of records of one person: shares 0 to 1; people: counts of true people."""

    precision: float
    recall: float
    people: int
    in_wrong_merge: int
    split: int

    def __str__(self) -> str:
        """One line for people to read."""
        return (
            f"pairwise precision {self.precision:.5f}, recall {self.recall:.5f}; of "
            f"{self.people:,} people {self.in_wrong_merge:,} in a wrong merge, "
            f"{self.split:,} split"
        )


def pair_quality(connection: duckdb.DuckDBPyConnection, links: str) -> PairQuality:
    """Compare the persons of table `links` with the truth.

    `links` has a row per record with `person_key` (text) and `true_person_id`.
    Precision is the share of linked pairs of records that belong together, recall the
    share of pairs belonging together that were linked.
    """
    found = connection.execute(
        f"""
        with cells as (
            select true_person_id, person_key, count(*) as records
            from {links} group by all
        ),

        sums as (
            select
                (select sum(records * (records - 1)) from cells) as right_pairs,
                (select sum(n * (n - 1)) from (
                    select sum(records) as n from cells group by person_key
                )) as made_pairs,
                (select sum(n * (n - 1)) from (
                    select sum(records) as n from cells group by true_person_id
                )) as true_pairs
        )

        select
            right_pairs / made_pairs,
            right_pairs / true_pairs,
            (select count(distinct true_person_id) from cells),
            (select count(distinct true_person_id) from cells where person_key in (
                select person_key from cells group by all having count(*) > 1
            )),
            (select count(*) from (
                select true_person_id from cells group by all having count(*) > 1
            ))
        from sums
        """
    ).fetchone()
    assert found is not None
    return PairQuality(*found)


def by_group(
    connection: duckdb.DuckDBPyConnection, links: str, group: str
) -> list[tuple[str, int, float, float]]:
    """Records, precision and recall of each group of records (B-cubed).

    The mean over the group's records of: the share of those in the record's cluster
    that are truly the same person, and of the person's records that are in the cluster.
    """
    return connection.execute(
        f"""
        select
            coalesce(cast({group} as varchar), 'not known') as category,
            count(*) as records,
            avg(together / in_cluster) as precision,
            avg(together / of_person) as recall
        from (
            select
                *,
                count(*) over (partition by true_person_id, person_key) as together,
                count(*) over (partition by person_key) as in_cluster,
                count(*) over (partition by true_person_id) as of_person
            from {links}
        )
        group by category order by category
        """
    ).fetchall()


def add_truth(connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
    """Make temporary table `linked`: each record, its person and the true one.

    `hub` and `vault` are attached to the connection.
    """
    connection.execute(
        f"""
        create or replace temp table linked as
        with who as (
            from '{truth / "who_is_who.parquet"}'
        ),

        local_ids as (
            select source_record_id, feed, provider_code, local_patient_id
            from {IDENTITY}source_records where feed <> 'deaths'
            union
            select source_record_id, 'deaths', provider_code, registration_number
            from vault.staging.stg_deaths__deaths
        ),

        true_persons as (
            select
                local_ids.source_record_id,
                min(who.true_person_id) as true_person_id
            from local_ids
            inner join who
                on
                    local_ids.feed = who.feed
                    and local_ids.provider_code = who.provider
                    and local_ids.local_patient_id = who.local_patient_id
            group by local_ids.source_record_id
        )

        select
            outcomes.source_record_id,
            outcomes.feed,
            deprivation.deprivation_fifth,
            links.person_key,
            true_persons.true_person_id
        from {IDENTITY}record_outcomes as outcomes
        inner join {IDENTITY}links as links
            on outcomes.source_record_id = links.source_record_id
        inner join true_persons
            on outcomes.source_record_id = true_persons.source_record_id
        left join hub.intermediate.int_place__lsoa_successors as successors
            on outcomes.lsoa_code = successors.lsoa_2011_code
        left join hub.intermediate.int_place__lsoa_deprivation as deprivation
            on
                coalesce(successors.lsoa_code, outcomes.lsoa_code)
                = deprivation.lsoa_code
                and deprivation.imd_vintage = 2025
        """
    )


def splink_over_everything(people: pa.Table, records: pa.Table) -> pa.Table:
    """Cluster records and register alike by connected components of likely pairs.

    `people` and `records` as in `link`, the records with `row_key`. Returns
    `row_key` and `cluster_id`.
    """
    parameters = {**load_parameters(), "nhs_number": NUMBER_LEVELS}
    with private_connection("8GB", preserve_insertion_order="false") as connection:
        add_versions(connection, "anchor", "person_key", people)
        add_versions(connection, "record", "row_key", records)
        known = add_frequencies(connection, "anchor", "person_key")
        connection.execute(
            "create table everything as "
            "select row_key, record.* exclude row_key from record union all "
            "select person_key, anchor.* exclude person_key "
            "replace (-version_id as version_id) from anchor"
        )
        linker = linker_over(
            connection,
            ["everything"],
            splink_settings(
                parameters,
                prior_weight(known),
                "dedupe_only",
            ),
        )
        pairs = linker.inference.predict(threshold_match_weight=LINK_WEIGHT)
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_weight=LINK_WEIGHT
        )
        return connection.execute(
            f"select row_key, cast(min(cluster_id) as varchar) as cluster_id "
            f"from {clusters.physical_name} as clusters "
            "inner join everything on clusters.version_id = everything.version_id "
            "group by row_key"
        ).to_arrow_table()


def dirty_city(folder: Path, people: int, errors: float, seed: int) -> None:
    """Print how well a dirty city of this size is linked; errors: 1 at the base rate.

    Its feeds and its build are left in `folder`.
    """
    write_city(folder, people, seed, errors)
    build = folder / "build"
    subprocess.run(
        [
            *("dbt", "--quiet", "build", "--exclude-resource-type", "test"),
            *("unit_test", "--select", "+fct_linkage_quality"),
            *("--target-path", str(folder / "target"), "--log-path", str(folder)),
        ],
        env=os.environ
        | {"HUB_FEEDS": str(folder / "feeds"), "HUB_BUILD": str(build)}
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        check=True,
    )
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{build}/hub.duckdb' as hub (read_only)")
        attach_vault(connection, build, read_only=True)
        connection.execute(
            f"""
            create table linked as
            select
                truth.true_person_id,
                truth.ethnic,
                links.person_key,
                links.is_linked,
                links.person_key = 'nhs:' || truth.nhs_number as is_right,
                'nhs:' || truth.nhs_number in (
                    select person_key from {IDENTITY}known_people
                ) as is_known,
                categories.ethnic_group,
                strftime(records.first_period_start_date, '%Y-%m') as month
            from {IDENTITY}source_records as records
            inner join {IDENTITY}links as links
                on records.source_record_id = links.source_record_id
            inner join read_csv('{folder / "truth.csv"}', all_varchar = true) as truth
                on
                    records.provider_code = truth.provider_code
                    and records.local_patient_id = truth.local_patient_id
            left join hub.reference.ethnic_categories as categories
                on truth.ethnic = categories.code
            """
        )
        quality = pair_quality(connection, "linked")
        score = (
            2
            * quality.precision
            * quality.recall
            / (quality.precision + quality.recall)
        )
        print(f"Errors times {errors:g}, seed {seed}: F1 {score:.5f}; {quality}.")
        for ethnic, count, split in connection.execute(
            "select ethnic, count(*), 1000 * avg(cast(keys > 1 as integer)) from ("
            "select ethnic, true_person_id, count(distinct person_key) as keys "
            "from linked group by all) group by ethnic order by ethnic"
        ).fetchall():
            print(f"  {ethnic}: {count:,} people, {split:.1f} split per 1,000")
        cells, precise, recalled = limits_that_hold(connection)
        print(
            f"  Of {cells} cells the limits hold the true precision in {precise}, "
            f"the true recall in {recalled}."
        )


def limits_that_hold(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """In how many cells of `fct_linkage_quality` the limits hold the truth.

    Cells of all records, of each month and of each ethnic group; then those in which
    the limits of the precision, and of the recall, hold it. Table `linked` has the
    columns that `dirty_city` gives it.
    """
    found = connection.execute(
        """
        with cells as (
            select
                breakdown,
                category,
                count(*) filter (is_linked and is_right)
                / count(*) filter (is_linked) as precision,
                count(*) filter (is_linked and is_right and is_known)
                / count(*) filter (is_known) as recall
            from (
                select *, 'all' as breakdown, 'all' as category from linked
                union all
                select *, 'month', month from linked
                union all
                select *, 'ethnic_group', ethnic_group from linked
            )
            group by breakdown, category
        )

        select
            count(*),
            count(*) filter (
                precision between estimated_precision_lower - 1e-9
                and estimated_precision_upper + 1e-9
            ),
            count(*) filter (
                recall between estimated_recall_lower - 1e-9
                and estimated_recall_upper + 1e-9
            )
        from cells
        inner join hub.quality.fct_linkage_quality as said
            on
                cells.breakdown = said.breakdown
                and cells.category = said.category
                and said.feed = 'all'
        where said.estimated_precision is not null
        """
    ).fetchone()
    assert found is not None
    return found


def _line(name: str, seconds: float, quality: PairQuality) -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return f"{name}: {seconds:.1f} s, at most {peak:.1f} GiB so far; {quality}."


def main(build: str, truth: str) -> None:
    """Print how accurate the links of the vault in folder `build` are."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{build}/hub.duckdb' as hub (read_only)")
        attach_vault(connection, Path(build), read_only=True)
        add_truth(connection, Path(truth))
        people, records, settled = comparable(
            *(
                connection.sql(f"from {IDENTITY}{name}")
                for name in ("known_people", "source_records", "number_links")
            )
        )
        start = time.perf_counter()
        link(people, records, settled)
        seconds = time.perf_counter() - start
        print(
            f"{len(records):,} records without a verified number or blind, "
            f"{len(people):,} versions of known people."
        )
        print(_line("The hub's linkage", seconds, pair_quality(connection, "linked")))
        for group in ("feed", "deprivation_fifth"):
            print(f"{group:<22}{'records':>12}{'precision':>12}{'recall':>10}")
            for category, count, precision, recall in by_group(
                connection, "linked", group
            ):
                print(f"{category:<22}{count:>12,}{precision:>12.5f}{recall:>10.5f}")
        everything = connection.sql(
            "select source_record_id as row_key, comparable_forename as forename, "
            "comparable_surname as surname, birth_date, sex, postcode, "
            f"current_nhs_number as nhs_number from {IDENTITY}source_records"
        ).to_arrow_table()
        start = time.perf_counter()
        connection.register("clusters", splink_over_everything(people, everything))
        seconds = time.perf_counter() - start
        connection.execute(
            "create temp table clustered as "
            "select linked.* exclude person_key, clusters.cluster_id as person_key "
            "from linked inner join clusters "
            "on linked.source_record_id = clusters.row_key"
        )
        quality = pair_quality(connection, "clustered")
        print(_line("Splink over everything", seconds, quality))


if __name__ == "__main__":
    if sys.argv[1] == "--dirty":
        for rate, seed in ((1.0, 10), (2.0, 20), (1.0, 30), (2.0, 40)):
            dirty_city(Path(sys.argv[2]) / f"{rate:g}_{seed}", 20_000, rate, seed)
    else:
        main(*sys.argv[1:3])
