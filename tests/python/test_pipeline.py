"""What comes out of the build is what went in, held against the truth of the city."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import PEOPLE

from studies.pipeline import found, planted_until
from studies.planted_ratios import HELD

# Feed table and the staging model that holds its records.
STAGED = {
    ("acute_sus", "apc_spell"): "stg_acute_sus__spells",
    ("acute_sus", "apc_episode"): "stg_acute_sus__episodes",
    ("acute_sus", "apc_diagnosis"): "stg_acute_sus__diagnoses",
    ("acute_sus", "emergency_care"): "stg_acute_sus__emergency_attendances",
    ("community_csds", "CYP001MPI"): "stg_community_csds__patients",
    ("community_csds", "CYP101Referral"): "stg_community_csds__referrals",
    ("community_csds", "CYP201CareContact"): "stg_community_csds__contacts",
    ("community_beds", "bed_stay"): "stg_community_beds__bed_stays",
    ("mental_health_mhsds", "MHS201CareContact"): "stg_mental_health_mhsds__contacts",
    ("mental_health_mhsds", "MHS501HospProvSpell"): "stg_mental_health_mhsds__spells",
    ("social_care_cld", "Adult_Social_Care_CLD"): "stg_social_care_cld__events",
    ("primary_care", "PDS_Person"): "stg_primary_care__persons",
    ("primary_care", "PDS_Address"): "stg_primary_care__addresses",
    ("delays", "patient_delay"): "stg_delays__patient_delays",
    ("transfer_of_care", "need_assessment"): "stg_transfer_of_care__need_assessments",
    ("deaths", "Deaths"): "stg_deaths__deaths",
}


@pytest.mark.parametrize(("feed_table", "model"), STAGED.items())
def test_every_true_record_is_staged_once(
    tables: duckdb.DuckDBPyConnection,
    city: Path,
    feed_table: tuple[str, str],
    model: str,
) -> None:
    truth = tables.execute(
        f"select sum(last_delivery_count) "
        f"from read_csv('{city / 'truth' / 'event_count.csv'}') "
        f'where feed = ? and "table" = ?',
        list(feed_table),
    ).fetchone()
    assert tables.sql(f"select count(*) from vault.staging.{model}").fetchone() == truth


def test_the_later_of_two_versions_of_a_record_counts(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Corrected in the next month's file, or in a resubmission of the month."""
    corrected, taken = tables.sql(
        "select count(*), count_if(contacts.duration_minutes = later.duration_minutes) "
        "from vault.staging.stg_community_csds__contacts as contacts "
        "inner join vault.staging.base_community_csds__contacts as later "
        "on contacts.contact_id = later.contact_id and later.failed_rule is null "
        "inner join vault.staging.base_community_csds__contacts as earlier "
        "on later.contact_id = earlier.contact_id and earlier.failed_rule is null "
        "and split_part(later.file_id, '__', 2) > split_part(earlier.file_id, '__', 2) "
        "and later.duration_minutes = earlier.duration_minutes + 5"
    ).fetchall()[0]
    assert corrected > 10
    assert taken == corrected
    # The first submission of a month has another practice for some spells.
    assert tables.sql(
        "select count(*) from vault.staging.stg_acute_sus__spells "
        "where practice_code = 'V81999'"
    ).fetchall() == [(0,)]


def test_what_was_done_to_files_is_found_and_their_rows_are_read(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    """Recovery is whole: these kinds leave no room for doubt."""
    tables.execute(
        "create or replace temp view dirt as select kind, feed, "
        "\"table\" || '/' || provider || '__' || month || '__' || "
        "lpad(cast(submission as varchar), 2, '0') as file, row_count "
        f"from read_csv('{city / 'truth' / 'dirt.csv'}')"
    )
    files = (
        "select feed, split_part(file_id, '.', 1) as file, row_count, superseded_count "
        "from vault.staging.stg_feeds__files as files "
        "inner join vault.staging.stg_feeds__row_accounts as accounts "
        "using (feed, file_id)"
    )
    unlike = tables.sql(
        f"select dirt.*, files.* from dirt left join ({files}) as files "
        "on dirt.feed = files.feed and dirt.file = files.file where kind in "
        "('form', 'nil_return', 'withdrawn') and (dirt.row_count, case when kind = "
        "'withdrawn' then dirt.row_count end) is distinct from (files.row_count, "
        "case when kind = 'withdrawn' then files.superseded_count end)"
    ).fetchall()
    assert unlike == []
    told, planted = (
        sorted(tables.sql(query).fetchall())
        for query in (
            "select kind, feed, split_part(file_id, '.', 1), row_count "
            "from quality.fct_feed_file_finding "
            "where kind in (select kind from dirt)",
            "select kind, feed, file, case when kind = 'no_final_line_end' then 1 "
            "else row_count end from dirt "
            "where kind not in ('form', 'nil_return', 'withdrawn', 'cut_short', "
            "'withdrawn_submission')",
        )
    )
    assert len(planted) > 3
    assert told == planted
    # A file that was cut short is refused, and counted once it has come whole.
    left_out, meant = (
        tables.sql(f"{query} order by 1").fetchall()
        for query in (
            "select case when is_withdrawn then 'withdrawn_submission' "
            "else 'cut_short' end as kind, feed, split_part(file_id, '.', 1) as file, "
            "case when is_withdrawn then row_count end as row_count "
            "from vault.staging.stg_feeds__files where not is_accepted",
            "select kind, feed, file, case when kind = 'withdrawn_submission' then "
            "row_count end as row_count from dirt "
            "where kind in ('cut_short', 'withdrawn_submission')",
        )
    )
    assert len(meant) == 2
    assert left_out == meant


def test_verified_numbers_are_right_and_links_lead_to_known_people(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    truth = city / "truth"
    records, right = tables.sql(
        f"select count(*), count(*) filter (links.person_key = "
        f"'nhs:' || people.nhs_number) "
        f"from vault.identity.int_identity__links as links "
        f"inner join vault.identity.int_identity__source_records as records "
        f"on links.source_record_id = records.source_record_id "
        f"inner join '{truth / 'who_is_who.parquet'}' as who "
        f"on records.feed = who.feed and records.provider_code = who.provider "
        f"and records.local_patient_id = who.local_patient_id "
        f"inner join '{truth / 'people.parquet'}' as people "
        f"on who.true_person_id = people.true_person_id "
        f"where links.method = 'verified_nhs_number'"
    ).fetchone() or (0, 0)
    assert records > 2000
    assert right / records >= 0.999
    assert tables.sql(
        "select count(*) from vault.identity.int_identity__links where (method in "
        "('verified_nhs_number', 'verified_local_number', 'probability')) "
        "<> (person_key like 'nhs:%')"
    ).fetchone() == (0,)


def test_a_superseded_number_leads_to_the_person_of_the_number_in_use(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    """Whichever of the two numbers a feed still has, nobody is in two parts."""
    who = city / "truth" / "who_is_who.parquet"
    people = city / "truth" / "people.parquet"
    former, current, right, left = tables.sql(
        f"select count(*) filter (records.nhs_number = people.superseded_nhs_number), "
        f"count(*) filter (records.nhs_number = people.nhs_number), "
        f"count(*) filter (links.person_key = 'nhs:' || people.nhs_number), "
        f"(select count(*) from vault.identity.int_identity__persons "
        f"where person_key in "
        f"(select 'nhs:' || superseded_nhs_number from '{people}')) "
        f"from vault.identity.int_identity__links as links "
        f"inner join vault.identity.int_identity__source_records as records "
        f"on links.source_record_id = records.source_record_id "
        f"inner join '{who}' as who "
        f"on records.feed = who.feed and records.provider_code = who.provider "
        f"and records.local_patient_id = who.local_patient_id "
        f"inner join '{people}' as people "
        f"on who.true_person_id = people.true_person_id "
        f"where records.nhs_number in "
        f"(people.nhs_number, people.superseded_nhs_number) "
        f"and people.superseded_nhs_number is not null"
    ).fetchall()[0]
    assert former > 0
    assert current > 0
    assert (right, left) == (former + current, 0)
    # A merger of a number that nobody can have is delivered, and merges nobody.
    assert (
        tables.sql(
            f"select file_id from vault.staging.stg_primary_care__mergers "
            f"where superseded_nhs_number not in (select superseded_nhs_number "
            f"from '{people}' where superseded_nhs_number is not null)"
        ).fetchall()
        == []
    )


def test_people_are_resident_where_and_when_they_truly_were(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    """Person-days per ward differ from the truth by less than 1 %.

    Opted-out people are missing from the hub, so they are left out of the truth too.
    """
    truth = city / "truth"
    worst = tables.sql(
        f"with lived as ("
        f"select residence.ward_code, sum(date_diff('day', "
        f"greatest(residence.from_date, date '2020-04-01'), "
        f"least(coalesce(residence.to_date, date '2025-03-31') + 1, "
        f"coalesce(people.death_date, date '2025-04-01'), date '2025-04-01'))) as days "
        f"from '{truth / 'residence.parquet'}' as residence "
        f"inner join '{truth / 'people.parquet'}' as people "
        f"on residence.true_person_id = people.true_person_id "
        f"where coalesce(residence.to_date, date '2025-03-31') >= date '2020-04-01' "
        f"and 'nhs:' || people.nhs_number not in (select person_key "
        f"from vault.identity.int_identity__persons where is_opted_out) "
        f"group by residence.ward_code), "
        f"found as (select areas.code as ward_code, sum(months.person_days) as days "
        f"from neighbourhood.fct_neighbourhood_month as months "
        f"inner join neighbourhood.dim_neighbourhood as areas "
        f"on months.neighbourhood_id = areas.neighbourhood_id "
        f"where areas.geography_type = 'ward' group by areas.code) "
        f"select count(*), max(abs(found.days / lived.days - 1)) "
        f"from lived inner join found on lived.ward_code = found.ward_code"
    ).fetchone()
    assert worst is not None
    assert worst[0] == 33
    assert worst[1] < 0.01


def test_unplanned_care_is_held_against_truth_before_it_slowed_down(
    city: Path,
) -> None:
    slow_down, scheme = (
        duckdb.sql(f"select min({day}) from '{city / 'truth' / name}'").fetchall()[0][0]
        for day, name in (
            ("first_month", "unplanned_care.csv"),
            ("start_date", "scheme.csv"),
        )
    )
    until = planted_until("emergency_admission", city / "truth")
    assert until == min(slow_down, scheme)
    assert until < date(2025, 3, 31) < planted_until("elective_admission", Path())


def test_intervals_hold_the_ratios_that_wards_are_made_to_have(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> None:
    for row in found(tables, city / "truth", people=PEOPLE, seed=1, draws=10):
        assert row.covered >= HELD, row.activity
