"""The demo city: same seed, same files; layouts as agreed; lives that make sense."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import REPOSITORY

from synthetic_city import build, settings
from synthetic_city.__main__ import main
from synthetic_city.city.geography import draw_geography
from synthetic_city.city.registrations import (
    PRACTICES_A_WARD,
    never_issued_numbers,
)
from synthetic_city.draw import day, part
from synthetic_city.feeds.lookups import practice_code

PEOPLE = 1_500
FROM, TO = "2021-10-01", "2025-03-31"
NOT_MADE_HERE = {"reference", "published_delays", "comparators"}
PARQUET_TYPE = {
    "varchar": "string",
    "date": "date32[day]",
    "integer": "int32",
    "double": "double",
}

# What makes a row of a feed table one record, as agreed between the organisations.
KEYS = {
    "apc_spell": ["spell.hospital_provider_spell_number"],
    "apc_episode": ["EPISODES_ID"],
    "apc_diagnosis": ["EPISODES_ID", "ICD_ID"],
    "emergency_care": ["attendance.unique_identifier"],
    "CYP001MPI": ["LOCAL PATIENT IDENTIFIER (EXTENDED)"],
    "CYP101Referral": ["SERVICE REQUEST IDENTIFIER"],
    "CYP102ServiceTypeReferredTo": ["SERVICE REQUEST IDENTIFIER"],
    "CYP201CareContact": ["CARE CONTACT IDENTIFIER"],
    "bed_stay": ["stay_id"],
    "bed_stock": ["site_code", "bed_purpose", "month_start"],
    "MHS001MPI": ["LocalPatientId"],
    "MHS101Referral": ["ServiceRequestId"],
    "MHS201CareContact": ["CareContactId"],
    "MHS501HospProvSpell": ["HospProvSpellID"],
    "MHS504DelayedDischarge": ["HospProvSpellID", "StartDateDelayDisch"],
    "MHS518ClinReadyforDischarge": ["HospProvSpellID", "StartDateClinReadyforDisch"],
    "Adult_Social_Care_CLD": [
        "LA Person Unique Identifier",
        "Event Type",
        "Event Start Date",
        "Client Type",
        "Request: Route of Access",
        "Assessment Type",
        "Service Type",
        "Service Component",
    ],
    "home": ["cqc_location_id"],
    "vacancy": ["cqc_location_id", "week_start"],
    "ward_service": ["ward_code", "service"],
    "PDS_Person": ["NHS Number", "Person Business Effective From Date"],
    "PDS_Address": ["NHS Number", "Usual Address Business Effective From Date"],
    "PDS_Patient_Care_Practice": [
        "NHS Number",
        "Primary Care Provider Business Effective From Date",
    ],
    "PDS_Person_Merger": ["Superseded NHS Number"],
    "long_term_condition": ["nhs_number", "condition_code"],
    "patient_delay": ["delay_id"],
    "dtoc_return": ["organisation_code", "reason", "responsible_org", "month"],
    "need_assessment": ["bed_kind", "stay_id", "assessed_date"],
    "Deaths": ["REG_NUMBER"],
    "national_data_opt_out": ["nhs_number"],
    "type_1_opt_out": ["nhs_number"],
    "scheme": ["scheme_id"],
    "scheme_person": ["scheme_id", "nhs_number"],
    "metric_plan": ["metric_code", "financial_year", "quarter"],
}
# Rows that break a rule have a different key, or none, which identifies them.
NOT_TRUE = {
    "need_assessment": "stay_id is null or stay_id like 'X%' or stay_id like '%X'",
    "apc_spell": "\"PRIMARYKEY_ID\" like '%X'",
    "apc_diagnosis": (
        '"EPISODES_ID" is null or try_cast("ICD_ID" as integer) > 50 '
        "or code is null or code = '?'"
    ),
    "CYP001MPI": "\"PERSON ID\" like '%X'",
    "MHS001MPI": 'length("LocalPatientId") > 8',
    "Adult_Social_Care_CLD": "\"LA Person Unique Identifier\" like '%X'",
    "PDS_Person": (
        '"NHS Number" = \'1234567890\' or "Person Business Effective From Date" is null'
    ),
    "PDS_Person_Merger": "\"Superseded NHS Number\" = '1234567890'",
    "PDS_Address": '"Usual Address Business Effective From Date" is null',
    "PDS_Patient_Care_Practice": (
        '"Primary Care Provider Business Effective From Date" is null'
    ),
    "long_term_condition": (
        "condition_code is null or condition_code = 'unknown' "
        "or condition_code like '%withdrawn' or diagnosis_date = '2099-01-01'"
    ),
    "dtoc_return": "care_type = 'Other' or cast(delayed_days as integer) < 0"
    " or reason like 'Z)%'",
    "scheme_person": "nhs_number is null or nhs_number = '1234567890'",
}


def make(out: Path, *more: str) -> Path:
    """Run the command; a failure fails the test."""
    given = ["--people", str(PEOPLE), "--from", FROM, "--to", TO, "--out", str(out)]
    assert main([*given, *more]) == 0
    return out


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose files are all in one form and whose records are all right.

    test_pipeline and test_gone_wrong read the others.
    """
    return make(tmp_path_factory.mktemp("csv_city"), "--clean")


@pytest.fixture(scope="session")
def dirty_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("dirty_city"))


@pytest.fixture(scope="session")
def parquet_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("parquet"), "--format", "parquet", "--clean")


# An optional column that no trust of the city sends.
NOT_DELIVERED = {"spell.discharge.to_hospital_at_home"}


def declared() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Feed and table -> columns and types, from the project's sources."""
    layouts = {}
    for path in sorted((REPOSITORY / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text())["sources"]:
            if source["name"] in NOT_MADE_HERE:
                continue
            for table in source["tables"]:
                columns = [
                    (c["name"], c["data_type"])
                    for c in table["columns"]
                    if c["name"] not in NOT_DELIVERED
                ]
                layouts[source["name"], table["name"]] = columns
    return layouts


@pytest.fixture(scope="session")
def feeds(city: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The last submission of every period of every table, as text, in one database.

    Columns provider, period and submission come from the file's name; malformed lines
    and rows known to break a rule are left out.
    """
    con = duckdb.connect()
    for feed, table in declared():
        folder = city / "feeds" / feed / table
        names = next(iter(sorted(folder.iterdir()))).open().readline().strip()
        columns = {name: "VARCHAR" for name in names.split(",")}
        con.execute(
            f"""
            create table "{table}" as
            with read as (
                select
                    *,
                    split_part(parse_filename(filename, true), '__', 1) as provider,
                    split_part(parse_filename(filename, true), '__', 2) as period,
                    split_part(parse_filename(filename, true), '__', 3) as submission
                from read_csv(
                    '{folder}/*.csv', columns = {columns}, header = true, delim = ',',
                    quote = '"', auto_detect = false, filename = true,
                    ignore_errors = true
                )
            )
            select * exclude (filename) from read
            where not coalesce({NOT_TRUE.get(table, "false")}, false)
                and "{KEYS[table][0]}" is not null
                and "{KEYS[table][0]}" not like '%X'
                and "{KEYS[table][0]}" not like 'X%'
            """
        )
        con.execute(
            f"""
            create view "last {table}" as
            select * from "{table}"
            qualify
                submission = max(submission) over (partition by provider, period)
            """
        )
    for name in ("people", "residence", "who_is_who"):
        con.execute(f"create view {name} as from '{city}/truth/{name}.parquet'")
    yield con
    con.close()


def digest(folder: Path) -> str:
    """One hash over all names and contents below a folder."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(str(path.relative_to(folder)).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def value(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = con.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def right_check_digit(number: str) -> bool:
    """The published rule, written apart from the generator's."""
    total = sum(int(d) * w for d, w in zip(number, range(10, 1, -1), strict=False))
    return len(number) == 10 and (11 - total % 11) % 11 == int(number[9])


def cells(line: str) -> int:
    """Cells of a CSV line, 0 when its quotes are wrong."""
    try:
        return len(next(csv.reader([line], strict=True)))
    except csv.Error:
        return 0


def test_same_seed_gives_the_same_csv_files(dirty_city: Path, tmp_path: Path) -> None:
    assert digest(make(tmp_path)) == digest(dirty_city)


def test_same_seed_gives_the_same_parquet_files(
    parquet_city: Path, tmp_path: Path
) -> None:
    again = make(tmp_path, "--format", "parquet", "--clean")
    assert digest(again) == digest(parquet_city)


def test_another_seed_gives_other_people(city: Path, tmp_path: Path) -> None:
    other = make(tmp_path, "--seed", "2")
    file = "feeds/primary_care/PDS_Person/15F__2021-10__01.csv"
    assert (other / file).read_bytes() != (city / file).read_bytes()


def test_dirt_changes_what_is_written_and_not_what_happened(
    city: Path, dirty_city: Path
) -> None:
    # What was done to files and records, and so which records and numbers there are.
    told = {"dirt.csv", "record.csv", "event_count.csv", "who_is_who.parquet"}
    for path in sorted((city / "truth").iterdir()):
        same = path.read_bytes() == (dirty_city / "truth" / path.name).read_bytes()
        assert same is (path.name not in told), path.name
    with (dirty_city / "truth" / "dirt.csv").open(newline="") as file:
        kinds = Counter(row["kind"] for row in csv.DictReader(file))
    # Whether a rare kind hits a file depends on the size of the city.
    assert kinds.keys() - {"scientific_number", "no_final_line_end"} == {
        *("cut_short", "form", "nil_return", "other_period"),
        *("sender_in_other_letters", "withdrawn", "withdrawn_submission"),
    }


def test_records_go_wrong_in_every_way_at_the_stated_rate(dirty_city: Path) -> None:
    with (dirty_city / "truth" / "record.csv").open(newline="") as file:
        kinds = Counter(row["kind"] for row in csv.DictReader(file))
    # Clocks are changed in a clean city, too, and the takeover is noted by both trusts.
    assert kinds.keys() - {"clock_change"} == settings.GONE_WRONG.keys() - {
        "taken_over"
    }


def test_parts_draw_independent_numbers() -> None:
    drawn = [float(part(1, name).random()) for name in ("people", "homes", "people")]
    assert drawn[0] == drawn[2]
    assert drawn[0] != drawn[1]


def test_csv_headers_are_the_declared_columns(city: Path) -> None:
    for (feed, table), columns in declared().items():
        for path in (city / "feeds" / feed / table).iterdir():
            with path.open(newline="") as file:
                assert next(csv.reader(file)) == [name for name, _ in columns], path


def test_parquet_columns_and_types_are_the_declared_ones(parquet_city: Path) -> None:
    for (feed, table), columns in declared().items():
        expected = [(name, PARQUET_TYPE[kind]) for name, kind in columns]
        for path in (parquet_city / "feeds" / feed / table).iterdir():
            schema = [(f.name, str(f.type)) for f in pq.read_schema(path)]
            assert schema == expected, path


def test_only_declared_tables_are_written(city: Path) -> None:
    written = {(p.parent.name, p.name) for p in (city / "feeds").glob("*/*/")}
    assert written == set(declared())


def test_both_formats_hold_the_same_rows(city: Path, parquet_city: Path) -> None:
    csv_count = (city / "truth" / "event_count.csv").read_bytes()
    assert csv_count == (parquet_city / "truth" / "event_count.csv").read_bytes()
    for (feed, table), columns in declared().items():
        for path in (city / "feeds" / feed / table).iterdir():
            twin = parquet_city / "feeds" / feed / table / f"{path.stem}.parquet"
            lines = path.read_text().splitlines()[1:]
            well_formed = sum(cells(line) == len(columns) for line in lines)
            assert pq.read_metadata(twin).num_rows == well_formed, path


def test_true_numbers_are_valid_distinct_and_never_issued(
    feeds: duckdb.DuckDBPyConnection,
) -> None:
    rows = feeds.execute(
        """
        select nhs_number from people
        union all
        select superseded_nhs_number from people
        where superseded_nhs_number is not null
        """
    ).fetchall()
    numbers = [r[0] for r in rows]
    assert all(right_check_digit(n) and n.startswith("999") for n in numbers)
    assert len(set(numbers)) == len(numbers)


def test_numbers_last_for_a_city_above_one_range() -> None:
    numbers = never_issued_numbers(1, 1_000_000)
    assert len(set(numbers.tolist())) == 1_000_000
    assert all(right_check_digit(str(n)) for n in numbers[-2000:].tolist())
    assert {n // 10**7 for n in numbers.tolist()} == {999, 998}
    assert 9_999_999_999 not in numbers


@pytest.mark.parametrize(
    ("feed", "rate"),
    [
        ("community_csds", 0.18),
        ("mental_health_mhsds", 0.10),
        ("social_care_cld", 0.30),
        ("community_beds", 0.15),
        ("delays", 0.12),
        ("deaths", 0.03),
    ],
)
def test_numbers_are_missing_as_often_as_stated(
    feeds: duckdb.DuckDBPyConnection, feed: str, rate: float
) -> None:
    count, missing = feeds.execute(
        "select count(*), count(*) filter (where nhs_number is null) "
        "from who_is_who where feed = ?",
        [feed],
    ).fetchone() or (0, 0)
    # Four standard errors either side.
    assert abs(missing / count - rate) < 4 * (rate * (1 - rate) / count) ** 0.5


def test_acute_numbers_are_missing_as_often_as_stated(
    feeds: duckdb.DuckDBPyConnection,
) -> None:
    share = value(
        feeds,
        """select avg(cast("patient.nhs_number.value" is null as integer))
        from "last emergency_care" """,
    )
    assert abs(share - settings.MISSING_NUMBER["acute_sus"]) < 0.025


def test_conditions_lack_the_number_as_often_as_stated(city: Path) -> None:
    folder = city / "feeds" / "primary_care" / "long_term_condition"
    rows = [line for f in folder.iterdir() for line in f.read_text().splitlines()[1:]]
    share = sum(line.startswith(",") for line in rows) / len(rows)
    assert abs(share - settings.MISSING_NUMBER["primary_care"]) < 0.012


def test_few_submitted_numbers_are_someone_elses(
    feeds: duckdb.DuckDBPyConnection,
) -> None:
    count, wrong = feeds.execute(
        """
        select count(*), count(*) filter (
            where w.nhs_number <> p.nhs_number
                and w.nhs_number is distinct from p.superseded_nhs_number
        )
        from who_is_who as w join people as p using (true_person_id)
        where w.nhs_number is not null and w.feed not in ('primary_care', 'deaths')
        """
    ).fetchone() or (0, 0)
    stated = settings.WRONG_NUMBER + settings.INVALID_NUMBER
    assert 0 < wrong / count < 3 * stated


ACTIVITY = {
    "attendances": (
        "acute_sus",
        "patient.local_patient_identifier.value",
        "attendance.arrival.date",
        "emergency_care",
    ),
    "admissions": (
        "acute_sus",
        "spell.patient.identity.local_patient_identifier.value",
        "spell.admission.date",
        "apc_spell",
    ),
    "discharges": (
        "acute_sus",
        "spell.patient.identity.local_patient_identifier.value",
        "spell.discharge.date",
        "apc_spell",
    ),
    "bed stays": ("community_beds", "local_patient_id", "discharged_date", "bed_stay"),
    "psychiatric stays": (
        "mental_health_mhsds",
        "LocalPatientId",
        "DischDateHospProvSpell",
        "MHS501HospProvSpell",
    ),
    "referrals": (
        "community_csds",
        "LOCAL PATIENT IDENTIFIER (EXTENDED)",
        "SERVICE DISCHARGE DATE",
        "CYP101Referral",
    ),
    "delays": ("delays", "local_patient_id", "delay_start_date", "patient_delay"),
}


@pytest.mark.parametrize("activity", list(ACTIVITY))
def test_no_one_is_active_before_birth_after_death_or_while_away(
    feeds: duckdb.DuckDBPyConnection, activity: str
) -> None:
    feed, patient, date, table = ACTIVITY[activity]
    sql = f"""
        from "last {table}" as a
        join who_is_who as w
            on w.feed = '{feed}' and w.provider = a.provider
            and w.local_patient_id = a."{patient}"
        join people as p using (true_person_id)
        where a."{date}" is not null
    """
    assert value(feeds, f"select count(*) {sql}") > 10
    outside = f"""(
        cast(a."{date}" as date) < greatest(p.birth_date, p.arrival_date)
        or cast(a."{date}" as date) > p.death_date
        or cast(a."{date}" as date) >= p.departure_date
    )"""
    assert value(feeds, f"select count(*) {sql} and {outside}") == 0


def test_community_contacts_stop_at_death(feeds: duckdb.DuckDBPyConnection) -> None:
    late = value(
        feeds,
        """
        select count(*)
        from "last CYP201CareContact" as c
        join (
            select distinct
                "SERVICE REQUEST IDENTIFIER",
                "LOCAL PATIENT IDENTIFIER (EXTENDED)" as local_patient_id
            from "last CYP101Referral"
        ) as f using ("SERVICE REQUEST IDENTIFIER")
        join who_is_who as w
            on w.feed = 'community_csds' and w.local_patient_id = f.local_patient_id
        join people as p using (true_person_id)
        where cast(c."CARE CONTACT DATE" as date) > p.death_date
        """,
    )
    assert late == 0


def test_a_person_is_in_one_bed_at_a_time(feeds: duckdb.DuckDBPyConnection) -> None:
    overlapping, stays = feeds.execute(
        """
        with stay as (
            select 'acute_sus' as feed, provider, 'spell' as kind,
                "spell.hospital_provider_spell_number" as id,
                "spell.patient.identity.local_patient_identifier.value" as patient,
                cast("spell.admission.date" as date) as begun,
                cast("spell.discharge.date" as date) as ended
            from "last apc_spell"
            union all
            select 'community_beds', provider, 'bed', stay_id, local_patient_id,
                cast(admitted_date as date), cast(discharged_date as date)
            from "last bed_stay"
            union all
            select 'mental_health_mhsds', provider, 'psychiatric', "HospProvSpellID",
                "LocalPatientId", cast("StartDateHospProvSpell" as date),
                cast("DischDateHospProvSpell" as date)
            from "last MHS501HospProvSpell"
        ),
        -- A stay comes each month it is open; its end is in the last.
        whole as (
            select w.true_person_id, kind, id, min(begun) as begun, max(ended) as ended
            from stay
            join who_is_who as w
                on w.feed = stay.feed and w.provider = stay.provider
                and w.local_patient_id = stay.patient
            group by all
        ),
        ordered as (
            select
                *,
                lead(begun) over (
                    partition by true_person_id
                    order by begun, coalesce(ended, '2099-01-01')
                ) as next_begun
            from whole
        )
        select
            count(*) filter (where next_begun < coalesce(ended, '2099-01-01')),
            count(*)
        from ordered
        """
    ).fetchone() or (0, 0)
    assert stays > 500
    assert overlapping == 0


def test_final_rows_are_the_true_events(
    city: Path, feeds: duckdb.DuckDBPyConnection
) -> None:
    with (city / "truth" / "event_count.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for feed, table in declared():
        key = "concat_ws('|', " + ", ".join(
            f"""coalesce("{c}", '')""" for c in KEYS[table]
        )
        counted = feeds.execute(
            f"""
            select provider, period, count(distinct {key}))
            from "last {table}" group by all
            """
        ).fetchall()
        expected = {
            (r["provider"], r["month"]): int(r["record_count"])
            for r in rows
            if (r["feed"], r["table"]) == (feed, table)
        }
        assert {(p, m): n for p, m, n in counted} == expected, table
        distinct = value(
            feeds,
            f"""select count(distinct concat_ws('|', provider, {key})))
            from "last {table}" """,
        )
        last = sum(
            int(r["last_delivery_count"])
            for r in rows
            if (r["feed"], r["table"]) == (feed, table)
        )
        assert distinct == last, table


@pytest.mark.parametrize("table", list(KEYS))
def test_no_file_contradicts_itself(
    feeds: duckdb.DuckDBPyConnection, table: str
) -> None:
    key = ", ".join(f'"{c}"' for c in KEYS[table])
    contradictions = value(
        feeds,
        f"""
        select count(*) from (
            select provider, period, submission, {key}
            from "{table}" as t
            group by all
            having count(distinct t) > 1
        )
        """,
    )
    assert contradictions == 0


def test_resubmissions_bring_late_rows(feeds: duckdb.DuckDBPyConnection) -> None:
    # The first submission of a resubmitted month lacks some contacts of the second.
    late = value(
        feeds,
        """
        select count(*) from "last CYP201CareContact" as final
        where submission = '02' and not exists (
            select 1 from "CYP201CareContact" as first
            where first.submission = '01' and first.period = final.period
                and first."CARE CONTACT IDENTIFIER" = final."CARE CONTACT IDENTIFIER"
        )
        """,
    )
    share = late / value(
        feeds, "select count(*) from \"last CYP201CareContact\" where submission = '02'"
    )
    assert 0.01 < share < 0.10


def test_every_feed_but_the_opt_outs_has_a_handful_of_malformed_lines(
    city: Path,
) -> None:
    found: dict[str, int] = {}
    for feed, table in declared():
        for path in (city / "feeds" / feed / table).iterdir():
            header, *lines = path.read_text().splitlines()
            bad = sum(cells(line) != cells(header) for line in lines)
            found[feed] = found.get(feed, 0) + bad
    assert set(found) == {feed for feed, _ in declared()}
    assert found.pop("opt_outs") == 0
    assert all(3 <= n <= 12 for n in found.values()), found


def test_funded_residents_live_in_the_home_that_is_paid(
    feeds: duckdb.DuckDBPyConnection,
) -> None:
    paid, at_home = feeds.execute(
        """
        select
            count(*),
            count(*) filter (where exists (
                select 1 from residence as r
                where r.true_person_id = w.true_person_id
                    and r.cqc_location_id = s."Provider CQC Location ID"
                    and strptime(s."Event Start Date", '%d/%m/%Y')
                        between r.from_date and coalesce(r.to_date, date '2099-01-01')
            ))
        from "last Adult_Social_Care_CLD" as s
        join who_is_who as w
            on w.feed = 'social_care_cld'
            and w.local_patient_id = s."LA Person Unique Identifier"
        where s."Provider CQC Location ID" is not null
        """
    ).fetchone() or (0, 0)
    assert paid > 10
    assert at_home == paid


def test_delays_name_allowed_bodies_only(feeds: duckdb.DuckDBPyConnection) -> None:
    forbidden = value(
        feeds,
        """
        select count(*) from "last patient_delay"
        where reason_code in ('C', 'I') and responsible_body <> 'NHS'
            or reason_code in ('Di', 'G', 'H') and responsible_body = 'Both'
        """,
    )
    assert forbidden == 0
    organisations = value(
        feeds, 'select count(distinct organisation_code) from "last patient_delay"'
    )
    assert organisations >= 3


def test_multipliers_are_the_product_of_their_parts(city: Path) -> None:
    with (city / "truth" / "ward_multiplier.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({r["ward_code"] for r in rows}) == 33
    assert len(rows) == 33 * 9
    for r in rows:
        product = float(r["need"]) * float(r["supply"]) * float(r["unexplained"])
        assert float(r["multiplier"]) == pytest.approx(product, abs=1e-5)
    assert len({r["multiplier"] for r in rows}) > 250


def test_wards_keep_their_share_of_people(city: Path) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (city / "feeds/reference" / name).open(newline="") as file:
            return list(csv.DictReader(file))

    wards = {
        r["lsoa21_code"]: r["ward24_code"]
        for r in rows("leeds_lookup_lsoa21_ward24.csv")
    }
    lsoas = {
        r["lsoa11_code"]: r["lsoa21_code"]
        for r in rows("leeds_lookup_lsoa11_lsoa21.csv")
    }
    made: Counter[str] = Counter()
    for r in rows("leeds_population2020_lsoa11_single_age.csv"):
        made[wards[lsoas[r["lsoa11_code"]]]] += int(float(r["total_population"]))
    geography = draw_geography(part(1, "geography"), PEOPLE)
    real = dict(
        zip(geography.ward["code"], geography.ward["people"].tolist(), strict=True)
    )
    whole, people = sum(real.values()), sum(made.values())
    assert abs(people - PEOPLE) < 0.05 * PEOPLE
    for code, population in real.items():
        expected = people * population / whole
        assert abs(made[code] - expected) < 5 * expected**0.5, code


def test_invented_places_cannot_be_taken_for_real(city: Path) -> None:
    with (city / "feeds/reference/leeds_lookup_lsoa21_ward24.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 488
    assert all(r["lsoa21_code"].startswith("SYN") for r in rows)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--people", "499"], "--people"),
        (["--people", "many"], "--people"),
        (["--from", "2023-02-01"], "--from"),
        (["--from", "yesterday"], "--from"),
        (["--to", "2025-03-30"], "--to"),
        (["--to", "2025-02-31"], "--to"),
        (["--from", "2025-04-01"], "--to"),
        (["--format", "xml"], "--format"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_a_bad_argument_is_named_in_one_sentence(
    given: list[str],
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--from", FROM, "--to", TO, "--out", str(tmp_path / "new"), *given]
    assert main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(named)
    assert "\n" not in said
    assert not (tmp_path / "new").exists()


def test_feeds_are_replaced_only_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "feeds" / "keep.txt"
    keep.parent.mkdir()
    keep.write_text("mine")
    assert main(["--people", "500", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("--out")
    assert keep.read_text() == "mine"
    make(tmp_path, "--people", "500", "--replace")
    assert not keep.exists()


def test_a_run_that_fails_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(build, "write_truth", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        make(tmp_path, "--people", "500")
    assert list(tmp_path.iterdir()) == []


def test_days_count_from_1970() -> None:
    assert day("1970-01-02") == 1


def test_the_citys_practices_are_listed() -> None:
    """One that is not would be in no area by registration."""
    wards = draw_geography(part(1, "geography"), PEOPLE).ward["code"]
    made = practice_code(np.arange(len(wards) * PRACTICES_A_WARD))
    seed = REPOSITORY / "seeds" / "geography" / "practice_networks.csv"
    with seed.open(encoding="utf-8") as handle:
        listed = {row["practice_code"] for row in csv.DictReader(handle)}
    assert listed == set(made)
