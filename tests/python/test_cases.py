"""Known cases of feeds as they are really delivered.

Each folder of `cases` holds the files of one case, as organisations would send them;
all people are invented. Cases whose names begin with p1 are about how a file is read.
The others are about what the tables say, and are built together beside a part of the
demo city, since their people differ; those with w were reported, those with n are ours.
Cases w62 and w63 need no files: test_optional_feeds.py leaves feeds out and begins in
mid-quarter.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from conftest import Hub

from intelligence.feeds.dialects import NO_DIALECT, Dialect
from intelligence.feeds.findings import findings
from intelligence.feeds.landing import Delivered, PlainFolder, landed_rows
from intelligence.feeds.layouts import FeedTable, feed_tables
from intelligence.feeds.register import register_files

CASES = Path(__file__).with_name("cases")
NAMES = [path.name for path in sorted(CASES.iterdir())]
FROM_THE_CITY = ("reference", "opt_outs", "primary_care")
LONGEST_LINE = 2**20

# Cases whose files must say that something is wrong, with the kinds of findings.
LOUD = {
    "p1-P07-date-ddmmyyyy": {"date_form"},
    "p1-P10-date-excel-serial": {"date_form"},
    "p1-P100-cld-date-dotted": {"date_form"},
    "p1-P101-cld-date-excel-serial": {"date_form"},
    "p1-P11-date-yyyymmdd": {"date_form"},
    "p1-P12-date-01-Feb-1950": {"date_form"},
    "p1-P31-nhs-scientific": {"scientific_number"},
    "p1-P34-nhs-lost-zero": {"lost_zero"},
    "p1-P40-provider-lower-in-rows": {"sender_in_other_letters"},
    "p1-P42-period-of-another-month-in-rows": {"other_period"},
    "p1-P72-cc-date-outside-period": {"outside_period"},
    "p1-P96-cld-date-2-digit-year": {"two_digit_year"},
    "w35-last-months-file-under-this-months-name": {"other_period"},
    "w60-contact-years-outside-file-period": {"outside_period"},
    "w61-whole-feed-ddmmyyyy": {"date_form"},
}
# Case, table and column, and the first values as they must be read.
SURNAMES = ("CYP001MPI", "PERSON FAMILY NAME", ["Smith", "O'Neil", "Zoë"])
BIRTHS = ("CYP001MPI", "PERSON BIRTH DATE")
CLD = "Adult_Social_Care_CLD"
EMERGENCY = "emergency_care"
VALUES: list[tuple[str, tuple[str, str, list[object]]]] = [
    ("p1-P02-header-lowercase", SURNAMES),
    ("p1-P03-header-underscores", SURNAMES),
    ("p1-P04-header-leading-space", SURNAMES),
    ("p1-P09-date-iso-T-Z", (*BIRTHS, ["1950-06-02 00:00:00"])),
    ("p1-P13-pipe", SURNAMES),
    ("p1-P14-tab", SURNAMES),
    ("p1-P15-semicolon", SURNAMES),
    ("p1-P16-cp1252", SURNAMES),
    ("p1-P17-utf16-bom", SURNAMES),
    ("p1-P18-gz", SURNAMES),
    ("p1-P19-zip", SURNAMES),
    ("p1-P20-zip-named-csv", SURNAMES),
    ("p1-P21-xlsx", SURNAMES),
    (
        "p1-P22-newline-in-quotes",
        ("CYP001MPI", "PERSON GIVEN NAME", ["Ann\nMary"] * 3),
    ),
    ("p1-P24-trailing-delim-both", SURNAMES),
    ("p1-P25-footer-rows-affected", SURNAMES),
    ("p1-P26-ssms-dashes-line", SURNAMES),
    ("p1-P27-null-words-text", ("CYP001MPI", "PERSON GIVEN NAME", [None])),
    ("p1-P28-null-words-dates", ("CYP001MPI", "PERSON DEATH DATE", [None])),
    ("p1-P29-default-date-1900", (*BIRTHS, [None])),
    ("p1-P30-default-date-9999", ("CYP001MPI", "PERSON DEATH DATE", [None])),
    ("p1-P33-nhs-excel-formula", ("CYP001MPI", "NHS NUMBER", ["9999152473"])),
    ("p1-P38-gender-letter", ("CYP001MPI", "PERSON STATED GENDER CODE", ["2"])),
    ("p1-P49-title-line-above-header", SURNAMES),
    ("p1-P54-name-upper-ext", SURNAMES),
    ("p1-P67-cc-v15-header", ("CYP201CareContact", "ATTENDANCE STATUS", ["5"] * 3)),
    (
        "p1-P67-cc-v15-header",
        ("CYP201CareContact", "CONSULTATION MECHANISM (COMMUNITY CARE)", ["01"] * 3),
    ),
    (
        "p1-P78-parquet-timestamp-london",
        (*BIRTHS, ["1950-02-01", "1950-02-02", "1950-02-03"]),
    ),
    ("p1-P80-parquet-nhs-int64", ("CYP001MPI", "NHS NUMBER", ["9999557104"])),
    ("p1-P83-parquet-nhs-decimal-38-10", ("CYP001MPI", "NHS NUMBER", ["9991523863"])),
    (
        "p1-P85-parquet-gender-float-with-null",
        ("CYP001MPI", "PERSON STATED GENDER CODE", ["2", "2", None]),
    ),
    (
        "p1-P91-cld-r1-capitals",
        (CLD, "Service Type", ["Long term support: Residential care"] * 2),
    ),
    ("p1-P91-cld-r1-capitals", (CLD, "Client Type", ["Service user"] * 2)),
    ("p1-P93-cld-gender-F", (CLD, "Gender", ["2"])),
    ("p1-P95-cld-date-d-m-yyyy", (CLD, "Event Start Date", ["2025-02-01"] * 2)),
    ("p1-P99-cld-date-with-time", (CLD, "Event Start Date", ["2025-02-01 00:00"] * 2)),
    ("p1-P103-cld-cost-pound-sign", (CLD, "Unit Cost", ["900.00"])),
    ("p1-P104-cld-cost-thousands", (CLD, "Unit Cost", ["1900.00"])),
    ("p1-P109-cld-end-null", (CLD, "Event End Date", [None])),
    ("p1-P110-cld-nhs-not-known", (CLD, "NHS Number", [None])),
    (
        "p1-P113-ec-time-unpadded",
        (EMERGENCY, "attendance.arrival.time", ["09:50:00"]),
    ),
    (
        "p1-P115-ec-time-hhmm-no-colon",
        (EMERGENCY, "attendance.departure.time", ["10:05:00"]),
    ),
    (
        "p1-P119-ec-arrival-datetime",
        (EMERGENCY, "attendance.arrival.date", ["2025-03-05 10:00:00"]),
    ),
    ("w03-icd10-dots", ("apc_diagnosis", "code", ["I110", "Z515"])),
    (
        "w05-icd10-lower-and-dagger",
        ("apc_diagnosis", "code", ["E105", "I110", "G590"]),
    ),
    (
        "w22-no-fixed-abode-zz99",
        (EMERGENCY, "patient.usual_address.postcode", [None, "", None]),
    ),
    (
        "w45-null-words-in-names-no-number",
        (EMERGENCY, "patient.usual_address.lsoa_11", [None] * 3),
    ),
    (
        "w58-nhs-number-as-decimal-38-10",
        (EMERGENCY, "patient.nhs_number.value", ["9992522720"]),
    ),
]
# Case and column whose dates are read once their form is stated.
STATED = [
    ("p1-P07-date-ddmmyyyy", "PERSON BIRTH DATE", "dd/mm/yyyy", "1950-02-01"),
    ("p1-P10-date-excel-serial", "PERSON BIRTH DATE", "Excel serial", "1950-02-01"),
    ("p1-P100-cld-date-dotted", "Event Start Date", "dd.mm.yyyy", "2025-02-01"),
    ("p1-P101-cld-date-excel-serial", "Event Start Date", "Excel serial", "2025-02-01"),
    ("p1-P11-date-yyyymmdd", "PERSON BIRTH DATE", "yyyymmdd", "1950-02-01"),
    ("p1-P12-date-01-Feb-1950", "PERSON BIRTH DATE", "dd-Mon-yyyy", "1950-02-01"),
    ("w61-whole-feed-ddmmyyyy", "CARE CONTACT DATE", "dd/mm/yyyy", "2025-03-01"),
]
# Cases that have to build, and are to be changed by nothing.
ONLY_BUILT = {
    "w02-nonlatin-letters",
    "w21-scotland-wales-out-of-area",
    "w50-sex-change-new-number",
}
# Cases that a test below asks about in its own words.
ASKED_BELOW = {
    "n01-unidentified-patients-without-local-numbers",
    "n03-withdrawn-submission",
    "w17-merger-cycle-of-three",
    "w17b-merger-chain-of-five-numbers",
    "w30-unidentified-patients",
    "w34-nil-return-header-only",
    "w34b-void-by-header-only",
    "w48-postcode-lowercase-no-number",
    "w64-real-icb-headers",
}

# Case, NHS number, a question about the person and its answer.
QUESTIONS = [
    ("w01-diacritics-number", "9993613002", "select count(*) from dim_person", [(1,)]),
    *(
        (
            case,
            number,
            "select primary_icd10_code, has_palliative_care, acsc_condition_group "
            "from fct_hospital_spell",
            [("I110", True, "Congestive heart failure")],
        )
        for case, number in (
            ("w03-icd10-dots", "9991760369"),
            ("w04-icd10-nodots-control", "9991337873"),
        )
    ),
    (
        "w05-icd10-lower-and-dagger",
        "9997577221",
        "select primary_icd10_code, acsc_condition_group from fct_hospital_spell",
        [("E105", "Diabetes complications")],
    ),
    *(
        (
            case,
            number,
            "select admission_date::text, stay_discharge_date::text, position_in_stay, "
            "is_emergency_readmission from fct_hospital_spell order by 1",
            [
                ("2024-03-01", "2024-03-10", 1, False),
                ("2024-03-03", "2024-03-10", 2, False),
                ("2024-03-20", "2024-03-22", 1, True),
            ],
        )
        for case, number in (
            ("w06-transfer-overlap-one-day", "9994885960"),
            ("w07-transfer-same-day-control", "9992710683"),
        )
    ),
    (
        "w08-same-stay-under-two-spell-numbers",
        "9990095213",
        "select count(*), count_if(is_emergency_admission), sum(cost_gbp) "
        "from fct_hospital_spell",
        [(2, 1, 1000.0)],
    ),
    (
        "w09-emergency-inside-longer-stay",
        "9990132356",
        "select count(*), count_if(is_emergency_admission), "
        "count_if(is_emergency_readmission), count(distinct continuous_stay_id) "
        "from fct_hospital_spell",
        [(3, 1, 0, 1)],
    ),
    (
        "w10-open-spell-vanishes",
        "9995278596",
        "select is_open, is_end_assumed, discharge_date::text, length_of_stay_days "
        "from fct_hospital_spell",
        [(False, True, "2024-06-30", 20)],
    ),
    (
        "w12-cld-start-date-corrected",
        "9996566129",
        "select start_date::text, is_open from fct_social_care_service",
        [("2024-02-08", True)],
    ),
    *(
        (
            "w14-cld-cost-frequency-spellings",
            number,
            "select cost_gbp from fct_social_care_service",
            [(cost,)],
        )
        for number, cost in (
            ("9994219847", 400.0),
            ("9991938982", 400.0),
            # No list has 'Per day', so the price of these four weeks is not known.
            ("9993904562", None),
        )
    ),
    (
        "w15-two-death-registrations-a-day-apart",
        "9994605208",
        "select death_month::text from dim_person",
        [("2024-06-01",)],
    ),
    (
        "w18-sdec-type-05",
        "9995016176",
        "select department_group, is_same_day_emergency_care "
        "from fct_emergency_attendance",
        [("same day", True)],
    ),
    (
        "w19-null-literal-ambulance",
        "9996371026",
        "select is_ambulance_conveyed from fct_emergency_attendance",
        [(False,), (False,)],
    ),
    (
        # From 01:50 to 01:10 in the hour that comes twice is 20 minutes. Who leaves in
        # the morning before they arrived is in quarantine.
        "w20-clock-change-and-midnight",
        "9991133992",
        "select arrival_date::text, minutes_in_department "
        "from fct_emergency_attendance order by 1",
        [
            ("2024-03-31", 120),
            ("2024-10-27", 20),
            ("2024-11-05", 30),
            ("2024-11-06", 30),
            ("2024-11-07", 30),
        ],
    ),
    *(
        (
            "w24-lsoa-2011-code-in-csds",
            "9992843276",
            "select lsoa_code in (select changes.lsoa_code "
            "from vault.staging.stg_reference__lsoa_changes as changes "
            f"where lsoa_2011_code = 'SYN01000900') from {fact}",
            [(True,)],
        )
        for fact in ("fct_community_contact", "fct_emergency_attendance")
    ),
    *(
        (
            "w26-local-number-given-to-another-person",
            number,
            "select contact_date::text from fct_community_contact",
            [(day,)],
        )
        for number, day in (("9990805091", "2023-01-10"), ("9995944006", "2024-06-10"))
    ),
    *(
        (
            "n02-local-number-given-to-another-inpatient",
            number,
            "select admission_date::text from fct_mental_health_spell",
            [(day,)],
        )
        for number, day in (("9990640009", "2023-01-05"), ("9990640017", "2024-06-03"))
    ),
    (
        "w44-provider-code-lower-case",
        "9998488338",
        "select organisation_code from fct_hospital_spell",
        [("RR8",)],
    ),
    (
        "w49-leap-day-birth",
        "9993588458",
        "select arrival_date::text, is_linked from fct_emergency_attendance",
        [("2024-02-29", True)],
    ),
    (
        "w51-open-and-discharged-both",
        "9997247043",
        "select admission_date::text, discharge_date::text, is_open, is_end_assumed "
        "from fct_hospital_spell order by 1",
        [
            ("2024-03-01", "2024-03-05", False, False),
            ("2024-05-01", "2024-05-31", False, True),
        ],
    ),
    (
        "w53-cld-lapsed-open-service",
        "9999563759",
        "select end_date::text, is_end_assumed, service_days, cost_gbp::integer "
        "from fct_social_care_service",
        [("2023-06-30", True, 82, 1171)],
    ),
    (
        "w53-cld-lapsed-open-service",
        "9990105057",
        "select is_open, is_end_assumed from fct_social_care_service",
        [(True, False)],
    ),
    (
        "w54-virtual-ward-spell",
        "9990336946",
        "select is_hospital_at_home from fct_hospital_spell",
        [(True,)],
    ),
    (
        "w55-unmatched-contact-referral-missing",
        "9993821950",
        "select contact_date::text from fct_community_contact",
        [("2024-07-01",)],
    ),
]

# Case, NHS number and the conflicts that are found.
CONFLICTS = [
    (
        "w06-transfer-overlap-one-day",
        "9994885960",
        {("overlapping_transfer", "RAE", 1)},
    ),
    (
        "w08-same-stay-under-two-spell-numbers",
        "9990095213",
        {("probable_duplicate_spell", "RR8", 1)},
    ),
    (
        "w09-emergency-inside-longer-stay",
        "9990132356",
        {("admission_inside_stay", "RAE", 2)},
    ),
    ("w10-open-spell-vanishes", "9995278596", {("no_longer_listed", "RR8", 1)}),
    ("w12-cld-start-date-corrected", "9996566129", set()),
    (
        "w13-cld-service-open-after-death",
        "9995363240",
        {("open_after_death", "E08000035", 1)},
    ),
    (
        "w16-activity-long-after-death",
        "9999287247",
        {("care_after_death", "RR8", 1), ("care_after_death", "RY6", 2)},
    ),
    (
        "w47-two-care-homes-overlap",
        "9995283263",
        {("two_care_homes", "E08000035", 1), ("no_longer_listed", "E08000035", 1)},
    ),
    ("w51-open-and-discharged-both", "9997247043", {("no_longer_listed", "RR8", 1)}),
    (
        "w53-cld-lapsed-open-service",
        "9999563759",
        {("no_longer_listed", "E08000035", 1)},
    ),
    (
        "w60-contact-years-outside-file-period",
        "9992296283",
        {("outside_file_period", "RY6", 2)},
    ),
]


def only_table(case: str, name: str) -> tuple[FeedTable, Path]:
    """The layout and the file of one table of a case."""
    (table,) = (one for one in feed_tables().values() if one.name == name)
    (path,) = (CASES / case / table.feed / name).iterdir()
    return table, path


def landed(table: FeedTable, path: Path, dialect: Dialect) -> list[dict[str, Any]]:
    """The records of a file, every one of which has to be sound."""
    rows, (found,) = landed_rows(
        table, [Delivered(path, 1, dialect=dialect)], LONGEST_LINE
    )
    assert found.problem is None
    records = rows.to_pylist()
    assert not any(row["line_defect"] for row in records)
    return records


def registered(feeds: Path, folder: Path) -> pa.Table:
    """The register of these files, landed in a folder."""
    writer = PlainFolder(folder)
    return register_files(str(feeds), {}, feed_tables(), writer, b"key")


def test_every_case_is_asked_about() -> None:
    asked = {*LOUD, *ONLY_BUILT, *ASKED_BELOW, *(case for case, _ in VALUES)}
    asked |= {case for case, *_ in QUESTIONS} | {case for case, *_ in CONFLICTS}
    assert asked == set(NAMES)


@pytest.mark.parametrize("case", NAMES)
def test_the_files_of_a_case_are_accepted(tmp_path: Path, case: str) -> None:
    register = registered(CASES / case, tmp_path)
    assert register["refusal_reason"].null_count == register.num_rows > 0
    kinds = {row["kind"] for row in findings(register).to_pylist()}
    assert LOUD.get(case, set()) <= kinds


@pytest.mark.parametrize(
    ("case", "expected"), VALUES, ids=[f"{case}-{of[1]}" for case, of in VALUES]
)
def test_a_value_is_read_as_it_should_be(
    case: str, expected: tuple[str, str, list[object]]
) -> None:
    name, column, values = expected
    records = landed(*only_table(case, name), NO_DIALECT)
    assert [row[column] for row in records[: len(values)]] == values


@pytest.mark.parametrize(
    ("case", "column", "form", "day"), STATED, ids=[case for case, *_ in STATED]
)
def test_dates_are_read_once_their_form_is_stated(
    tmp_path: Path, case: str, column: str, form: str, day: str
) -> None:
    told = findings(registered(CASES / case, tmp_path / "untold")).to_pylist()
    (message,) = {row["message"] for row in told if row["column_name"] == column}
    (path,) = (CASES / case).rglob("*.csv")
    feed, name, file = path.parts[-3:]
    dialect = f"{feed}/{file.partition('__')[0]}.yml"
    assert message == f"dates look like {form}: state 'dates: {form}' in {dialect}"
    feeds = tmp_path / "feeds"
    shutil.copytree(CASES / case, feeds)
    (feeds / dialect).write_text(f"dates: {form}\n")
    told = findings(registered(feeds, tmp_path / "told")).to_pylist()
    assert "date_form" not in {row["kind"] for row in told}
    table = feed_tables()[feed, name]
    assert landed(table, path, Dialect(dates={"": form}))[0][column] == day


def test_absent_columns_of_a_real_header_are_named(tmp_path: Path) -> None:
    rows = registered(CASES / "w64-real-icb-headers", tmp_path).to_pylist()
    by_table = {row["feed_table"]: row for row in rows}
    assert "patient.name.surname" in by_table["apc_spell"]["absent_columns"]
    assert by_table["MHS501HospProvSpell"]["layout"] == "5"


@pytest.fixture(scope="module")
def cases(
    city: Path, make_hub: Callable[..., Hub], tmp_path_factory: pytest.TempPathFactory
) -> Hub:
    """A hub of all cases at once."""
    feeds = tmp_path_factory.mktemp("cases")
    for feed in FROM_THE_CITY:
        shutil.copytree(city / "feeds" / feed, feeds / feed)
    for case in NAMES:
        if not case.startswith("p1-"):
            shutil.copytree(CASES / case, feeds, dirs_exist_ok=True)
    # The next submission of this file, without rows, is a case too.
    contacts = feeds / "community_csds" / "CYP201CareContact"
    shutil.copy(contacts / "RY6__2025-03__01.csv", contacts / "W61__2025-03__01.csv")
    hub = make_hub(feeds)
    result = hub.dbt(
        *("build", "--exclude-resource-type", "test"),
        *("--exclude-resource-type", "unit_test", "--select", "+fct_conflict"),
        *("dim_person", "+dim_person", "+fct_feed_row_account", "+fct_unknown_code"),
        "quarantine",
    )
    assert result.returncode == 0, result.stdout[-6000:]
    return hub


@pytest.fixture(scope="module")
def verdict(cases: Hub) -> subprocess.CompletedProcess[str]:
    """What the build says of tables that are mostly in quarantine."""
    return cases.dbt("test", "--select", "assert_no_table_is_mostly_quarantined")


@pytest.fixture(scope="module")
def facts(
    cases: Hub, verdict: subprocess.CompletedProcess[str]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection, opened when dbt no longer needs the hub for itself."""
    with cases.open() as connection:
        yield connection


def of_person(facts: duckdb.DuckDBPyConnection, number: str, query: str) -> str:
    """The query, with every table reduced to the rows of the person."""
    found = facts.execute(
        "select distinct links.person_id "
        "from vault.identity.int_identity__source_records as records "
        "join vault.identity.int_identity__hub_links as links "
        "using (source_record_id) where records.nhs_number = ?",
        [number],
    ).fetchall()
    assert len(found) == 1, "the case is one person"
    tables = set(re.findall(r"\b(?:fct|dim)_\w+", query))
    reduced = ", ".join(
        f"{table} as (select * from person.{table} where person_id = '{found[0][0]}')"
        for table in sorted(tables)
    )
    return f"with {reduced} {query}"


@pytest.mark.parametrize(
    ("case", "number", "question", "answer"),
    QUESTIONS,
    ids=[f"{case}-{number}" for case, number, *_ in QUESTIONS],
)
def test_a_case_comes_out_right(
    facts: duckdb.DuckDBPyConnection,
    case: str,
    number: str,
    question: str,
    answer: list[tuple[object, ...]],
) -> None:
    assert facts.sql(of_person(facts, number, question)).fetchall() == answer


@pytest.mark.parametrize(
    ("case", "number", "expected"), CONFLICTS, ids=[case for case, *_ in CONFLICTS]
)
def test_a_conflict_is_found_with_its_organisation(
    facts: duckdb.DuckDBPyConnection,
    case: str,
    number: str,
    expected: set[tuple[str, str, int]],
) -> None:
    found = facts.sql(
        of_person(
            facts,
            number,
            "select kind, organisation_code, count(*) from fct_person_conflict "
            "group by 1, 2",
        )
    ).fetchall()
    assert set(found) == expected


def test_cost_and_days_of_a_service_stop_at_death(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    query = of_person(
        facts,
        "9995363240",
        "select is_open, is_end_assumed, service_days = end_date - start_date + 1, "
        "abs(cost_gbp - 100 * service_days / 7.0) < 0.01, "
        "date_trunc('month', end_date) = (select death_month from dim_person) "
        "from fct_social_care_service",
    )
    assert facts.sql(query).fetchall() == [(False, True, True, True, True)]


def test_what_was_corrected_is_counted_as_superseded(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    counted = facts.sql(
        "select superseded_count, quarantined_count, "
        "delivered_count - current_count - superseded_count - duplicate_count "
        "from vault.staging.stg_feeds__row_accounts "
        "where file_id like '%/W12\\_\\_2024-01%' escape '\\' "
        "and feed = 'social_care_cld'"
    ).fetchall()
    assert counted == [(1, 0, 0)]


def test_counts_of_conflicts_are_those_of_their_events(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    events, counts = (
        set(facts.sql(query).fetchall())
        for query in (
            "select kind, source_feed, count(distinct care_event_id) "
            "from person.fct_person_conflict group by all",
            "select kind, feed, sum(event_count)::bigint from quality.fct_conflict "
            "where person_count is not null group by all",
        )
    )
    assert events
    assert events == counts


@pytest.mark.parametrize(
    ("case", "people"),
    [("N01", 3), ("W30", 5), ("W45", 3)],
)
def test_people_without_a_number_are_told_apart(
    facts: duckdb.DuckDBPyConnection, case: str, people: int
) -> None:
    """Words such as Unknown Male or NULL are nothing that people have in common."""
    assert facts.execute(
        "select count(distinct links.person_id) "
        "from vault.staging.stg_acute_sus__emergency_attendances as attendances "
        "join vault.identity.int_identity__hub_links as links "
        "using (source_record_id) where starts_with(attendance_id, ?)",
        [case],
    ).fetchall() == [(people,)]


def test_a_person_is_found_by_a_postcode_in_small_letters(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Case w48."""
    assert facts.sql(
        "select person_key "
        "from vault.staging.stg_acute_sus__emergency_attendances "
        "join vault.identity.int_identity__links using (source_record_id) "
        "where attendance_id = 'W48A1'"
    ).fetchall() == [("nhs:9996356140",)]


def test_mergers_in_a_circle_are_set_aside_and_others_followed(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Cases w17 and w17b."""
    assert facts.sql(
        "select is_circular, current_nhs_number, count(*) "
        "from vault.identity.int_identity__followed_mergers "
        "where superseded_nhs_number in ('9994887874', '9992570849', '9999305474') "
        "or current_nhs_number = '9992310464' group by all order by 1"
    ).fetchall() == [(False, "9992310464", 4), (True, None, 3)]


def test_a_spelling_that_no_list_has_is_counted(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Case w14."""
    assert facts.sql(
        "select code from quality.fct_unknown_code "
        "where organisation_code = 'W14' and code = 'Per day'"
    ).fetchall() == [("Per day",)]


def test_a_submission_without_rows_is_a_nil_return_or_withdraws_another(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Cases w34 and w34b: the latter withdraws what the file of case w61 delivered."""
    assert facts.sql(
        "select file_id, delivered_count > 0, superseded_count = delivered_count, "
        "is_current from vault.staging.stg_feeds__row_accounts "
        "where file_id similar to "
        "'(MHS504DelayedDischarge/RGD|CYP201CareContact/RY6)__2025-03__0[12].csv' "
        "order by 1"
    ).fetchall() == [
        ("CYP201CareContact/RY6__2025-03__01.csv", True, True, False),
        ("CYP201CareContact/RY6__2025-03__02.csv", False, True, True),
        ("MHS504DelayedDischarge/RGD__2025-03__02.csv", False, True, True),
    ]


def test_local_numbers_that_were_given_again_are_counted(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Cases w26 and n02."""
    assert facts.sql(
        "select feed, organisation_code, event_count, month_start_date::text "
        "from quality.fct_conflict where kind = 'local_number_given_again' order by 1"
    ).fetchall() == [
        ("community_csds", "RY6", 1, "2023-02-01"),
        ("mental_health_mhsds", "RGD", 1, "2023-02-01"),
    ]


def test_the_rows_of_a_withdrawn_submission_are_counted(
    facts: duckdb.DuckDBPyConnection,
) -> None:
    """Case n03: the submission before it counts again."""
    assert facts.sql(
        "select split_part(file_id, '__', 3), delivered_count, current_count, "
        "withdrawn_count, is_current from vault.staging.stg_feeds__row_accounts "
        "where contains(file_id, '/N03__') order by 1"
    ).fetchall() == [("01.csv", 1, 1, 0, True), ("02.csv", 2, 0, 2, False)]


def test_a_table_in_unknown_dates_fails_the_build_and_says_why(
    verdict: subprocess.CompletedProcess[str],
) -> None:
    """Case w61."""
    assert verdict.returncode == 1
    for told in (
        "W61__2025-03__01.csv",
        "contact_date_unreadable",
        "state 'dates: dd/mm/yyyy' in community_csds/W61.yml",
    ):
        assert told in verdict.stdout
