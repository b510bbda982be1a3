"""Records that went wrong on their way are told for what they are.

The city's truth says which they are (truth/record.csv, at the rates of
`synthetic_city.settings.GONE_WRONG`). People who opted out are not in the hub.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY

from synthetic_city import settings

# Feed table and the kind of event that its records become in the hub.
EVENTS = {
    "apc_spell": "hospital_spell",
    "emergency_care": "emergency_attendance",
    "CYP201CareContact": "community_contact",
    "bed_stay": "community_bed_stay",
}
# Where the hub says whose a record is.
RECORDS = """
    select 'apc_spell' as "table", provider_code, spell_number as number,
        source_record_id
    from vault.staging.stg_acute_sus__spells
    union all
    select 'emergency_care', provider_code, attendance_id, source_record_id
    from vault.staging.stg_acute_sus__emergency_attendances
    union all
    select 'bed_stay', provider_code, stay_id, source_record_id
    from vault.staging.stg_community_beds__bed_stays
    union all
    select 'CYP201CareContact', referrals.provider_code, contacts.contact_id,
        patients.source_record_id
    from vault.staging.stg_community_csds__contacts as contacts
    inner join vault.staging.stg_community_csds__referrals as referrals
        on contacts.referral_id = referrals.referral_id
    inner join vault.staging.stg_community_csds__patients as patients
        on referrals.local_patient_id = patients.local_patient_id
    union all
    select 'Adult_Social_Care_CLD', provider_code, local_patient_id, source_record_id
    from vault.staging.stg_social_care_cld__events
"""


SERVICE_OF_RECORD = """
    inner join vault.staging.stg_social_care_cld__events as events
        on planted.record = events.local_patient_id
        and planted.other_record::date = events.start_date
        and events.event_type = 'Service'
    inner join vault.identity.int_identity__hub_links as links
        on events.source_record_id = links.source_record_id
    left join person.fct_social_care_service as services
        on links.person_id = services.person_id
        and events.start_date = services.start_date
        and events.service_component = services.service_component
"""


def event(record: str, table: str = '"table"', provider: str = "provider") -> str:
    """SQL for the hub's key of an event, from its delivered number."""
    kinds = " ".join(f"when '{name}' then '{kind}'" for name, kind in EVENTS.items())
    return (
        f"md5(salt.salt || '|' || case {table} {kinds} end || '|' || {provider} "
        f"|| '|' || {record})"
    )


@pytest.fixture(scope="module")
def planted(
    tables: duckdb.DuckDBPyConnection, city: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built city with `planted`: what went wrong with whoever is in the hub."""
    plant(tables, city)
    yield tables
    tables.execute("drop table planted")


def plant(tables: duckdb.DuckDBPyConnection, city: Path) -> None:
    """Make the table `planted`, with the hub's keys of the records."""
    tables.execute(
        f"""
        create or replace temp table planted as
        select
            told.*,
            {event("told.record")} as event_id,
            {event("told.other_record")} as other_event_id
        from read_csv('{city / "truth" / "record.csv"}', all_varchar = true) as told
        cross join vault.identity.int_identity__id_salt as salt
        where exists (
            select 1 from ({RECORDS}) as records
            inner join vault.identity.int_identity__hub_links as links
                on records.source_record_id = links.source_record_id
            where records."table" = told."table"
                and records.provider_code = told.provider
                and records.number = told.record
        )
        """
    )


def rows(tables: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """What a query returns."""
    return tables.sql(query).fetchall()


@pytest.mark.parametrize(
    ("table", "fact"),
    [("apc_spell", "hospital_spell"), ("bed_stay", "community_bed_stay")],
)
def test_open_stays_that_are_listed_no_longer_end_with_the_last_list(
    planted: duckdb.DuckDBPyConnection, table: str, fact: str
) -> None:
    """No bed days are added that no file has confirmed."""
    found = rows(
        planted,
        "select is_end_assumed, is_open, discharge_date = expected::date, "
        "length_of_stay_days = expected::date - admission_date, "
        "discharge_delay_days is null "
        f"from planted left join person.fct_{fact} on event_id = {fact}_id "
        f"where kind = 'no_longer_listed' and \"table\" = '{table}'",
    )
    assert found
    assert set(found) == {(True, False, True, True, True)}


def test_a_stay_under_two_numbers_counts_once(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    """Listed twice, renumbered halfway, or listed on by the trust that took over."""
    found = rows(
        planted,
        """
        with pairs as (
            select kind, event_id, other_event_id from planted
            where kind in ('listed_twice', 'renumbered')
            union all
            select planted.kind, planted.event_id, later.event_id
            from planted
            inner join planted as later
                on planted.kind = later.kind and planted.record = later.record
            where planted.provider = 'XAT' and later.provider = 'XNT'
        )
        select
            pairs.kind,
            count(*),
            count_if(spells.is_probable_duplicate),
            -- The number that came later has the end.
            count_if(
                spells.is_probable_duplicate
                and spells.hospital_spell_id = pairs.other_event_id
                and pairs.kind <> 'listed_twice'
            ),
            count(spells.cost_gbp),
            count_if(spells.position_in_stay = 1 and not spells.is_probable_duplicate),
            count(distinct spells.discharge_date),
            count(distinct spells.continuous_stay_id)
        from pairs
        left join person.fct_hospital_spell as spells
            on spells.hospital_spell_id in (pairs.event_id, pairs.other_event_id)
        group by pairs.kind, pairs.event_id
        """,
    )
    assert {row[0] for row in found} == {
        *("listed_twice", "renumbered", "open_when_taken_over")
    }
    assert {row[1:] for row in found} == {(2, 1, 0, 1, 1, 1, 1)}


def test_no_one_is_admitted_or_readmitted_from_inside_a_stay(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        planted,
        "select kind, position_in_stay > 1, is_emergency_readmission "
        "from planted left join person.fct_hospital_spell "
        "on event_id = hospital_spell_id "
        "where kind in ('admission_inside_stay', 'overlapping_transfer')",
    )
    assert {row[0] for row in found} == {
        *("admission_inside_stay", "overlapping_transfer")
    }
    assert {row[1:] for row in found} == {(True, False)}


# Kinds whose conflicts carry their name and belong to the record that went wrong.
CONFLICTS = (
    "admission_inside_stay",
    "care_after_death",
    "negative_duration",
    "no_longer_listed",
    "outside_file_period",
    "overlapping_transfer",
    "two_beds_at_once",
)


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_the_conflicts_of_a_kind_are_those_that_were_planted(
    planted: duckdb.DuckDBPyConnection, conflict: str
) -> None:
    expected = rows(planted, f"select event_id from planted where kind = '{conflict}'")
    assert expected
    assert set(expected) == set(
        rows(
            planted,
            "select care_event_id from person.fct_person_conflict "
            f"where kind = '{conflict}'",
        )
    )


def test_probable_duplicates_are_those_that_were_planted(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    stays = (
        "count(*) filter (kind in ('listed_twice', 'renumbered')) + "
        "count(*) filter (kind = 'open_when_taken_over' and provider = 'XAT')"
    )
    assert rows(planted, f"select {stays} from planted") == rows(
        planted,
        "select count(*) from person.fct_person_conflict "
        "where kind = 'probable_duplicate_spell'",
    )


def test_contacts_whose_referral_was_not_sent_are_counted(
    planted: duckdb.DuckDBPyConnection, city: Path
) -> None:
    """Whose they are is not known, nor whether that person has opted out."""
    expected = rows(
        planted,
        f"select count(*) from read_csv('{city / 'truth' / 'record.csv'}') "
        "where kind = 'contact_without_referral'",
    )
    assert expected > [(0,)]
    assert expected == rows(
        planted,
        "select sum(event_count)::bigint from quality.fct_conflict "
        "where kind = 'contact_without_referral'",
    )


def test_codes_of_a_senders_own_are_counted_where_they_are_sent(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    """A row that comes twice counts twice, so there may be more."""
    ((contacts, counted, elsewhere),) = rows(
        planted,
        """
        select
            (select count(*) from planted where kind = 'unknown_code'),
            sum(row_count) filter (column_name like 'CONSULTATION MECHANISM%'),
            count_if(column_name not like 'CONSULTATION MECHANISM%')
        from quality.fct_unknown_code
        where code in (select expected from planted where kind = 'unknown_code')
        """,
    )
    assert contacts
    assert contacts <= counted <= 1.3 * contacts + 3
    assert elsewhere == 0


def test_a_local_number_is_known_to_be_two_peoples(
    planted: duckdb.DuckDBPyConnection, city: Path
) -> None:
    truth = city / "truth"
    found = rows(
        planted,
        f"""
        with holders as (
            select
                record,
                unnest(string_split(expected, ' ')) as true_person_id,
                unnest([1, 2]) as holder_number
            from read_csv('{truth / "record.csv"}', all_varchar = true)
            where kind = 'number_given_again'
        )
        select links.person_key = 'nhs:' || people.nhs_number
        from holders
        inner join '{truth / "people.parquet"}' as people
            on holders.true_person_id = people.true_person_id
        left join vault.staging.stg_community_csds__patients as patients
            on holders.record = patients.local_patient_id
            and holders.holder_number = patients.holder_number
        left join vault.identity.int_identity__links as links
            on patients.source_record_id = links.source_record_id
        """,
    )
    assert found
    assert set(found) == {(True,)}
    assert rows(
        planted,
        "select sum(event_count)::bigint from quality.fct_conflict "
        "where kind = 'local_number_given_again'",
    ) == [(len(found) / 2,)]


def test_areas_of_2011_become_those_of_2021(
    planted: duckdb.DuckDBPyConnection, city: Path
) -> None:
    ((outdated, unknown),) = rows(
        planted,
        f"""
        select
            count_if(lsoa_code in (
                select lsoa_2011_code from intermediate.int_place__lsoa_successors
            )),
            (
                select count(*) from intermediate.int_community__referrals
                where lsoa_code not in (
                    select code from neighbourhood.dim_neighbourhood
                    where geography_type = 'lsoa'
                )
            )
        from vault.staging.stg_community_csds__patients
        where split_part(file_id, '__', 2) in (
            select record from read_csv('{city / "truth" / "record.csv"}')
            where kind = 'area_codes_of_2011'
        )
        """,
    )
    assert outdated
    assert unknown == 0


def test_services_end_with_a_death_whatever_is_returned_later(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        planted,
        f"""
        select
            services.is_end_assumed,
            services.end_date = planted.expected::date,
            conflicts.kind
        from planted
        {SERVICE_OF_RECORD}
        left join person.fct_person_conflict as conflicts
            on services.social_care_service_id = conflicts.care_event_id
        where planted.kind = 'open_after_death'
        """,
    )
    assert found
    assert set(found) == {(True, True, "open_after_death")}


def test_two_care_homes_are_told_and_make_one_stay(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        planted,
        f"""
        select
            services.social_care_service_id,
            (
                select count(*) from person.fct_care_home_stay as stays
                where stays.person_id = services.person_id
                    and services.start_date between stays.start_date
                    and coalesce(stays.end_date, date '2025-03-31')
            )
        from planted
        {SERVICE_OF_RECORD}
        where planted.kind = 'two_care_homes'
        """,
    )
    assert found
    assert {stays for _, stays in found} == {1}
    assert {event for event, _ in found} == {
        event
        for (event,) in rows(
            planted,
            "select care_event_id from person.fct_person_conflict "
            "where kind = 'two_care_homes'",
        )
    }


def test_a_corrected_first_day_replaces_the_wrong_one(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        planted,
        "select (select list(distinct start_date order by start_date) "
        "from vault.staging.stg_social_care_cld__events "
        "where local_patient_id = record and event_type = 'Service' and start_date "
        "between other_record::date and expected::date) = [other_record::date] "
        "from planted where kind = 'corrected_start'",
    )
    assert found
    assert set(found) == {(True,)}


def test_what_a_return_of_twelve_months_leaves_out_is_withdrawn(
    planted: duckdb.DuckDBPyConnection, city: Path
) -> None:
    expected = f"""
        select record, other_record::date as start_date
        from read_csv('{city / "truth" / "record.csv"}', all_varchar = true)
        where kind = 'withdrawn'
    """
    delivered, left = (
        rows(
            planted,
            f"select distinct gone.* from vault.staging.{model} as events "
            f"inner join ({expected}) as gone on events.local_patient_id = gone.record "
            "and events.start_date = gone.start_date",
        )
        for model in ("base_social_care_cld__events", "stg_social_care_cld__events")
    )
    assert delivered
    assert left == []


def test_patients_who_were_not_identified_are_nobody_else(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    ((attendances, people, linked, others),) = rows(
        planted,
        "select count(*), count(distinct person_id), count_if(is_linked), "
        "(select count(*) from person.fct_care_event where person_id in (select "
        "person_id from planted inner join person.fct_emergency_attendance "
        "on event_id = emergency_attendance_id where kind = 'unidentified')) "
        "from planted inner join person.fct_emergency_attendance "
        "on event_id = emergency_attendance_id where kind = 'unidentified'",
    )
    assert attendances
    assert (people, linked, others) == (attendances, 0, attendances)


def test_minutes_are_those_that_passed_while_the_clock_was_changed(
    planted: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        planted,
        "select expected::integer, minutes_in_department from planted "
        "left join person.fct_emergency_attendance "
        "on event_id = emergency_attendance_id where kind = 'clock_change'",
    )
    assert found
    assert all(passed == minutes for passed, minutes in found)


def test_the_successor_of_the_demo_is_the_one_in_the_seed() -> None:
    path = REPOSITORY / "seeds/codelists/organisation_successors.csv"
    with path.open(newline="") as file:
        listed = {
            (row["organisation_code"], row["successor_code"]): row["effective_date"]
            for row in csv.DictReader(file)
        }
    assert listed[settings.TAKEN_OVER] == settings.TAKEN_OVER_ON
    assert date.fromisoformat(settings.TAKEN_OVER_ON).day == 1
