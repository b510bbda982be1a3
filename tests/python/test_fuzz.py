"""Bad files: no line is lost silently, and the rest of the city still builds.

Every mutated file is the only file of a provider of its own, so all lie in one city
and one build reads them. What a mutation left alone must be read as if nothing had
happened.
"""

import csv
import functools
import io
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import REPOSITORY, Hub

from studies import mutations
from studies.mutations import ABSURD, HARMLESS, on_a_line, refused

SEED = 20240401
ROUNDS = 4
ROW_COUNT = 12
STAGING = "vault.staging"
MOSTLY_QUARANTINED = "assert_no_table_is_mostly_quarantined"
# Columns that a file may leave out.
OPTIONAL = {
    column["name"]
    for path in (REPOSITORY / "models" / "staging").glob("*/_*__sources.yml")
    for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    for table in source["tables"]
    for column in table["columns"]
    if column.get("config", {}).get("meta", {}).get("is_optional")
}


@dataclass(frozen=True)
class Table:
    """A feed table to be damaged: what its records are and where they come out.

    `names` are the delivered columns of key, surname and date; `staged` the same
    columns of the staging model.
    """

    feed: str
    name: str
    model: str
    names: tuple[str, str, str]
    staged: tuple[str, str, str]
    fixed: dict[str, str]
    provider_column: str
    date_format: str = "2024-04-{:02d}"

    @functools.cached_property
    def columns(self) -> list[str]:
        """The delivered columns in the order of the contract."""
        path = REPOSITORY / f"models/staging/{self.feed}/_{self.feed}__sources.yml"
        sources = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
        (table,) = (t for t in sources[0]["tables"] if t["name"] == self.name)
        return [column["name"] for column in table["columns"]]

    def records(self, provider: str) -> list[dict[str, str]]:
        """ROW_COUNT valid records, some with accents, commas and quotes."""
        surnames = ("Smith", "O'Neil", "Brontë", "Ng, the elder", 'Tom "Red" Lee')
        return [
            dict.fromkeys(self.columns, "")
            | self.fixed
            | {
                self.provider_column: provider,
                self.names[0]: f"{provider}-{number}",
                self.names[1]: surnames[number % len(surnames)],
                self.names[2]: self.date_format.format(number + 1),
            }
            for number in range(ROW_COUNT)
        ]


TABLES = (
    Table(
        feed="community_beds",
        name="bed_stay",
        model="stg_community_beds__bed_stays",
        names=("stay_id", "surname", "admitted_date"),
        staged=("stay_id", "surname", "admission_date"),
        fixed={"bed_purpose": "rehabilitation", "date_of_birth": "1940-02-29"},
        provider_column="provider_code",
    ),
    Table(
        feed="delays",
        name="patient_delay",
        model="stg_delays__patient_delays",
        names=("delay_id", "surname", "delay_start_date"),
        staged=("delay_id", "surname", "start_date"),
        fixed={"reason_code": "A", "responsible_body": "NHS"},
        provider_column="organisation_code",
    ),
    Table(
        feed="social_care_cld",
        name="Adult_Social_Care_CLD",
        model="stg_social_care_cld__events",
        names=("LA Person Unique Identifier", "Surname", "Event Start Date"),
        staged=("local_patient_id", "surname", "start_date"),
        fixed={"Event Type": "Request", "Client Type": "Service user"},
        provider_column="LA Code",
        date_format="{:02d}/04/2024",
    ),
)


def as_csv(columns: list[str], records: list[dict[str, str]]) -> bytes:
    """The file that these records make, in UTF-8 with line feeds."""
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(records)
    return target.getvalue().encode()


def absurd_date(chance: random.Random, line: bytes) -> bytes:
    """Exchange the day the record is about, the one date in 2024."""
    fields = line.split(b",")
    (place,) = (n for n, field in enumerate(fields) if b"2024" in field)
    fields[place] = chance.choice(ABSURD)
    return b",".join(fields)


OF_LINES = mutations.OF_LINES | {"absurd_date": on_a_line(absurd_date)}
REFUSED = refused(OPTIONAL)


@dataclass(frozen=True)
class Fuzzed:
    """A mutated file, its content before, and what was done to it."""

    table: Table
    mutation: str
    provider: str
    path: Path
    before: bytes

    @property
    def file_id(self) -> str:
        """How the register calls the file."""
        return f"{self.table.name}/{self.path.name}"

    def expected(self) -> dict[str, tuple[str, ...]]:
        """Key, surname and date (ISO) of each record, by its line before."""
        records = self.table.records(self.provider)
        lines = self.before.decode().split("\n")[1:]
        return {
            line: (
                *(record[name] for name in self.table.names[:2]),
                f"2024-04-{number:02d}",
            )
            for number, (line, record) in enumerate(
                zip(lines, records, strict=False), start=1
            )
        }

    def lines(self) -> list[tuple[int, bytes]]:
        """The physical data lines that are not blank, with their numbers."""
        found = enumerate(self.path.read_bytes().split(b"\n"), start=1)
        stripped = ((number, line.rstrip(b"\r")) for number, line in found)
        return [(number, line) for number, line in stripped if number > 1 and line]


def file_path(feeds: Path, table: Table, provider: str, ending: str = "csv") -> Path:
    path = feeds / table.feed / table.name / f"{provider}__2024-04__01.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def mutated_files(feeds: Path) -> Iterator[Fuzzed]:
    """Write every mutation of every table ROUNDS times, and say what was written."""
    chance = random.Random(SEED)
    all_mutations = OF_LINES | HARMLESS
    all_mutations |= {name: mutation for name, (_, mutation) in REFUSED.items()}
    for table in TABLES:
        for mutation, mutate in all_mutations.items():
            for _ in range(ROUNDS if mutation not in REFUSED else 1):
                provider = f"F{chance.getrandbits(40):X}"
                before = as_csv(table.columns, table.records(provider))
                path = file_path(feeds, table, provider)
                path.write_bytes(mutate(chance, before))
                yield Fuzzed(table, mutation, provider, path, before)


def damaged_parquet(feeds: Path) -> None:
    """Write Parquet files with bytes exchanged, in the footer or in the data."""
    chance = random.Random(SEED)
    table = TABLES[0]
    for number in range(40):
        provider = f"D{number}"
        path = file_path(feeds, table, provider, "parquet")
        pq.write_table(
            pa.Table.from_pylist(table.records(provider)),
            path,
            compression=chance.choice(["zstd", "snappy", "none"]),
        )
        data = bytearray(path.read_bytes())
        for place in chance.sample(range(4, len(data)), 5):
            data[place] = chance.randrange(256)
        path.write_bytes(data[: len(data) - 100 * (number % 2)])


def odd_files(feeds: Path) -> None:
    """Write the single cases: things in the way, sizes, formats, types."""
    table = TABLES[0]

    def parquet(provider: str, **exchanged: pa.Array) -> Path:
        """Write good records, with some of the columns exchanged."""
        content = pa.Table.from_pylist(table.records(provider))
        for name, values in exchanged.items():
            place = content.schema.get_field_index(name)
            content = content.set_column(place, name, values)
        path = file_path(feeds, table, provider, "parquet")
        pq.write_table(content, path)
        return path

    file_path(feeds, table, "FOLDER").mkdir()
    file_path(feeds, table, "LOST").symlink_to(feeds / "nowhere.csv")
    csv_file = as_csv(table.columns, table.records("LONG"))
    header, first, *others = csv_file.split(b"\n")
    with file_path(feeds, table, "LONG").open("wb") as target:
        target.write(b"\n".join([header, first, b'"' * 100_000_000, *others]))
    with file_path(feeds, table, "LONGLATIN").open("wb") as target:
        csv_lines = as_csv(table.columns, table.records("LONGLATIN"))
        header, first, *others = csv_lines.split(b"\n")
        lines = [header, first, b'"' * 100_000_000, *others[:-1], b"\xeb"]
        target.write(b"\n".join(lines))
    with file_path(feeds, table, "HUGE").open("wb") as target:
        target.write(csv_file)
        target.truncate(2**30 + 1)
    linked = feeds.parent / "linked"
    shutil.move(file_path(feeds, TABLES[1], "LINKED").parent, linked)
    (feeds / TABLES[1].feed / TABLES[1].name).symlink_to(linked)
    content = as_csv(TABLES[1].columns, TABLES[1].records("LINKED"))
    file_path(feeds, TABLES[1], "LINKED").write_bytes(content)

    path = parquet("CUT")
    path.write_bytes(path.read_bytes()[:-20])
    file_path(feeds, table, "TEXT", "parquet").write_bytes(csv_file)
    path = parquet("BINARY")
    path.rename(path.with_suffix(".csv"))
    numbers = range(ROW_COUNT)
    days = [f"2024-04-{number + 1:02d}" for number in numbers]
    dates = pa.array(days).cast(pa.date32())
    parquet("TYPE1")
    parquet(
        "TYPE2", admitted_date=dates, local_patient_id=pa.array(numbers, pa.int32())
    )
    parquet("TYPE3", local_patient_id=pa.array([number + 0.5 for number in numbers]))
    parquet("TYPE4", admitted_date=dates.cast(pa.timestamp("us")), ready_date=dates)
    homes = pa.array(["own home"] * ROW_COUNT).dictionary_encode()
    parquet("TYPE5", discharge_destination=homes)
    parquet("NESTED", surname=pa.array([["Smith"]] * ROW_COUNT))
    # In Leeds it is one o'clock in the morning.
    parquet("ZONED", admitted_date=dates.cast(pa.timestamp("us", "UTC")))
    parquet("BYTES", surname=pa.array([b"Bront\xeb"] * ROW_COUNT))
    bad_text = pa.array([b"Bront\xeb"] * ROW_COUNT)
    parquet(
        "NOTUTF8",
        surname=pa.Array.from_buffers(pa.utf8(), ROW_COUNT, bad_text.buffers()),
    )
    path = parquet("ORDER")
    content = pq.read_table(path)
    pq.write_table(content.select(content.column_names[::-1]), path)
    path = parquet("MORE")
    content = pq.read_table(path)
    pq.write_table(content.append_column("remarks", [numbers]), path)
    path = parquet("LESS")
    pq.write_table(content.drop_columns(["surname"]), path)
    parquet("ABSURD", admitted_date=pa.array([d.decode() for d in ABSURD[:ROW_COUNT]]))
    path = parquet("CASE")
    doubled = pq.read_table(path)
    pq.write_table(doubled.append_column("SURNAME", doubled["surname"]), path)


def episode_without_spell_number(feeds: Path) -> None:
    """Write an episode that says by the key of SUS+ alone what spell it is of."""
    for name, columns, values in (
        (
            "apc_episode",
            "PRIMARYKEY_ID,EPISODES_ID,commissioning.service_agreement.provider,"
            "spell.hospital_provider_spell_number,number,start_date,end_date,"
            "last_episode_indicator,care_professional.main_specialty,"
            "care_professional.treatment_function,"
            "clinical_coding.grouper_derived.dominant_procedure",
            "1,2,NOSPELL,,1,2024-04-01,2024-04-02,1,430,430,",
        ),
        ("apc_diagnosis", "PRIMARYKEY_ID,EPISODES_ID,ICD_ID,code", "1,2,1,I10X"),
    ):
        path = feeds / "acute_sus" / name / "NOSPELL__2024-04__01.csv"
        path.write_text(f"{columns}\n{values}\n", encoding="utf-8")


def damaged_first_files(feeds: Path) -> None:
    """Cut the first regular file of every feed in half, and break bytes of a line."""
    for feed in feeds.iterdir():
        found = sorted(
            feed.glob("*/*__01.csv"), key=lambda path: (path.name[-15:], path)
        )
        if found:
            data = bytearray(found[0].read_bytes())
            del data[len(data) // 2 :]
            data[-20:-10] = b"\xff" * 10
            found[0].write_bytes(data)


def silenced_feeds(feeds: Path) -> None:
    """Keep a tenth of the last month's contacts and none of June 2024's attendances.

    Of the last list of conditions half is kept. The service types of January 2025 are
    not sent at all, and nearly all lines of February's have a field too many.
    """
    (contacts,) = feeds.glob("community_csds/CYP201CareContact/*__2025-03__*")
    header, *lines = contacts.read_text(encoding="utf-8").splitlines(keepends=True)
    contacts.write_text("".join([header, *lines[::10]]), encoding="utf-8")
    for conditions in feeds.glob("primary_care/long_term_condition/*__2025-01__*"):
        lines = conditions.read_text(encoding="utf-8").splitlines(keepends=True)
        conditions.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
    for attendances in feeds.glob("acute_sus/emergency_care/*__2024-06__*"):
        attendances.unlink()
    service_types = feeds / "community_csds" / "CYP102ServiceTypeReferredTo"
    for path in service_types.glob("*__2025-01__*"):
        path.unlink()
    for path in service_types.glob("*__2025-02__*"):
        header, first, *lines = path.read_text(encoding="utf-8").splitlines()
        broken = [f"{line},one too many" for line in lines]
        path.write_text("\n".join([header, first, *broken]), encoding="utf-8")


@pytest.fixture(scope="module")
def feeds(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feeds of the demo city, to be spoilt."""
    folder = tmp_path_factory.mktemp("fuzz") / "feeds"
    return Path(shutil.copytree(city / "feeds", folder))


@pytest.fixture(scope="module")
def files(feeds: Path) -> list[Fuzzed]:
    """The mutated files; all other bad files are written as well."""
    damaged_first_files(feeds)
    written = list(mutated_files(feeds))
    damaged_parquet(feeds)
    odd_files(feeds)
    episode_without_spell_number(feeds)
    silenced_feeds(feeds)
    return written


@pytest.fixture(scope="module")
def spoilt_hub(files: list[Fuzzed], feeds: Path, make_hub: Callable[..., Hub]) -> Hub:
    """The city with all the bad files, not built."""
    assert len(files) >= 200
    return make_hub(feeds)


@pytest.fixture(scope="module")
def printed(spoilt_hub: Hub) -> str:
    """What the build of the whole city with all its tests prints; it must succeed.

    Unit tests bring their own rows: the build of `hub` has run them. One data test must
    fail and is left to a test below. The board is made of counts, not of files.
    """
    result = spoilt_hub.dbt(
        *("build", "--exclude-resource-type", "unit_test"),
        *("--exclude", MOSTLY_QUARANTINED, "path:models/board", "path:tests/dbt/board"),
    )
    assert result.returncode == 0, result.stdout[-6000:]
    return result.stdout


@pytest.fixture(scope="module")
def failed(spoilt_hub: Hub, printed: str) -> str:
    """What the one test that must fail prints; dbt needs the build for itself."""
    result = spoilt_hub.dbt("test", "--select", MOSTLY_QUARANTINED)
    assert result.returncode != 0
    return result.stdout


@pytest.fixture(scope="module")
def fuzzed(
    spoilt_hub: Hub, printed: str, failed: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built city."""
    assert "Completed with 7 warnings" in printed
    with spoilt_hub.open() as connection:
        yield connection


@pytest.fixture(scope="module")
def reasons(fuzzed: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Why each refused file was refused."""
    return dict(
        fuzzed.sql(
            f"select file_id, refusal_reason from {STAGING}.stg_feeds__files "
            f"where refusal_reason is not null"
        ).fetchall()
    )


@pytest.fixture(scope="module")
def records(
    fuzzed: duckdb.DuckDBPyConnection,
) -> dict[str, dict[int, tuple[str, ...]]]:
    """Key, surname and date of every staged record by file and line."""
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    for table in TABLES:
        for file_id, line_number, *record in fuzzed.sql(
            f"select file_id, line_number, {table.staged[0]}, {table.staged[1]}, "
            f"cast({table.staged[2]} as varchar) from {STAGING}.{table.model}"
        ).fetchall():
            found.setdefault(file_id, {})[line_number] = tuple(record)
    return found


def test_the_end_of_the_build_names_what_is_warned_of(
    printed: str, fuzzed: duckdb.DuckDBPyConnection, reasons: dict[str, str]
) -> None:
    folder = "file_id bed_stay/FOLDER__2024-04__01.csv, refusal_reason a folder"
    assert folder in printed
    assert f"and {len(reasons) - 50} more" in printed
    assert fuzzed.sql(
        "select count(*) from quality.fct_feed_file where refusal_reason is not null"
    ).fetchall() == [(len(reasons),)]
    assert "sender_code NOSPELL, diagnosis_count 1, placed_count 0" in printed
    small = [line for line in printed.splitlines() if "usual_row_count" in line]
    # Those that were cut short here, and those that the city's senders sent in half.
    assert len(small) == 6
    named = "primary_care, feed_table long_term_condition, organisation_code 15F"
    assert any(f"feed {named}" in line for line in small)
    for named in (
        "CYP201CareContact, organisation_code RY6, period_start_date 2025-03-01",
        "CYP102ServiceTypeReferredTo, organisation_code RY6, "
        "period_start_date 2025-01-01, sound_row_count 0,",
        "CYP102ServiceTypeReferredTo, organisation_code RY6, "
        "period_start_date 2025-02-01, sound_row_count 1,",
    ):
        assert any(f"feed community_csds, feed_table {named}" in line for line in small)
    silent = [line for line in printed.splitlines() if " usual_count" in line]
    assert len(silent) == 2
    for named in (
        "feed community_csds, fact community_contact, month_start_date 2025-03-01",
        "feed acute_sus, fact emergency_attendance, month_start_date 2024-06-01",
    ):
        assert any(named in line for line in silent)


def test_a_table_that_is_mostly_in_quarantine_fails_the_build(failed: str) -> None:
    found = [line for line in failed.splitlines() if "failed_rule" in line]
    assert len(found) == 1
    assert (
        "feed community_csds, file_id CYP102ServiceTypeReferredTo/RY6__2025-02__"
    ) in found[0]
    assert "failed_rule malformed_line, row_count " in found[0]


def test_every_line_is_accounted_for_or_its_file_refused_with_a_reason(
    fuzzed: duckdb.DuckDBPyConnection, files: list[Fuzzed], reasons: dict[str, str]
) -> None:
    accounts = {
        row[0]: row[1:]
        for row in fuzzed.sql(
            f"select file_id, current_count, superseded_count, duplicate_count, "
            f"quarantined_count from {STAGING}.stg_feeds__row_accounts"
        ).fetchall()
    }
    wrong = []
    for file in files:
        if not reasons.get(file.file_id):
            account = accounts[file.file_id]
            lines = ROW_COUNT if file.mutation in HARMLESS else len(file.lines())
            # A line break inside quotes is part of a field.
            joined = 3 if file.mutation == "line_break" else 0
            if min(account) < 0 or not lines - joined <= sum(account) <= lines:
                wrong.append((file.mutation, lines, account))
    assert wrong == []
    assert accounts.keys() >= {file.file_id for file in files} - reasons.keys()
    assert (
        fuzzed.sql(
            f"select file_id from {STAGING}.stg_feeds__row_accounts where "
            f"delivered_count <> current_count + superseded_count + withdrawn_count "
            f"+ duplicate_count + quarantined_count"
        ).fetchall()
        == []
    )


def test_lines_that_were_left_alone_are_records(
    files: list[Fuzzed],
    reasons: dict[str, str],
    records: dict[str, dict[int, tuple[str, ...]]],
) -> None:
    checked = 0
    lost = []
    for file in files:
        if file.mutation not in OF_LINES or file.file_id in reasons:
            continue
        expected = {line.encode(): row for line, row in file.expected().items()}
        left_alone = {expected[line] for _, line in file.lines() if line in expected}
        staged = set(records.get(file.file_id, {}).values())
        checked += len(left_alone)
        lost += [(file.mutation, row) for row in left_alone - staged]
        if file.mutation == "untouched":
            assert sorted(staged) == sorted(expected.values())
    assert lost == []
    assert checked > 1500


def test_records_come_from_the_lines_they_name(
    files: list[Fuzzed], records: dict[str, dict[int, tuple[str, ...]]]
) -> None:
    for file in files:
        if file.mutation in OF_LINES:
            lines = dict(file.lines())
            expected = {line.encode(): row for line, row in file.expected().items()}
            for number, record in records.get(file.file_id, {}).items():
                assert expected.get(lines[number], record) == record, file


def test_columns_in_another_order_or_beside_the_contract_change_nothing(
    files: list[Fuzzed], records: dict[str, dict[int, tuple[str, ...]]]
) -> None:
    for file in files:
        if file.mutation in HARMLESS:
            staged = sorted(records[file.file_id].values())
            assert staged == sorted(file.expected().values()), file


def test_files_without_the_contract_are_refused_in_words(
    files: list[Fuzzed], reasons: dict[str, str]
) -> None:
    for file in files:
        if file.mutation in REFUSED:
            reason = reasons[file.file_id]
            assert REFUSED[file.mutation][0] in reason, file.mutation
            assert len(reason) < 1000
        elif file.mutation not in ("cut_file", "flipped_bytes"):
            assert file.file_id not in reasons, reasons[file.file_id]


def test_all_other_files_of_the_city_are_read_as_if_nothing_had_happened(
    fuzzed: duckdb.DuckDBPyConnection, tables: duckdb.DuckDBPyConnection
) -> None:
    def read(hub: duckdb.DuckDBPyConnection, query: str) -> set[tuple[object, ...]]:
        return set(hub.sql(query).fetchall())

    registered = f"select feed, file_id, sha256 from {STAGING}.stg_feeds__files"
    same = read(tables, registered) & read(fuzzed, registered)
    changed = read(tables, registered) - same
    assert len({feed for feed, *_ in changed}) > 10
    names = read(
        tables,
        "select table_name from information_schema.columns "
        "where table_name like 'stg_%' and column_name = 'file_id' "
        "and table_name not like 'stg_feeds__%'",
    )
    assert len(names) > 20
    # Of the tables silenced in a later month the earlier files speak instead.
    silenced = {
        *("CYP102ServiceTypeReferredTo", "CYP201CareContact"),
        *("emergency_care", "long_term_condition"),
    }
    files = {file_id for _, file_id, _ in same if file_id.split("/")[0] not in silenced}
    for (name,) in names:
        query = (
            "select file_id, count(*), sum(hash(record)) "
            f"from {STAGING}.{name} as record group by file_id"
        )
        undisturbed = {row for row in read(tables, query) if row[0] in files}
        assert {row for row in read(fuzzed, query) if row[0] in files} == undisturbed


@pytest.mark.parametrize(
    ("mutation", "rules"),
    [
        ("repeated_header", {"repeated_header"}),
        ("two_files_in_one", {"repeated_header"}),
        ("bad_bytes", {"not_utf8"}),
        ("latin_1_with_mark", {"not_utf8"}),
        ("long_line", {"line_too_long"}),
        ("missing_comma", {"malformed_line"}),
        ("cut_line", {"malformed_line"}),
        ("extra_comma", {"malformed_line"}),
        ("broken_quote", {"malformed_line"}),
    ],
)
def test_quarantine_says_what_is_wrong_with_a_line(
    fuzzed: duckdb.DuckDBPyConnection,
    files: list[Fuzzed],
    mutation: str,
    rules: set[str],
) -> None:
    mutated = [file.file_id for file in files if file.mutation == mutation]
    found = fuzzed.execute(
        f"select failed_rule, max(length(raw_row)) from {STAGING}.quarantine "
        f"where file_id in (select unnest(?)) group by failed_rule",
        [mutated],
    ).fetchall()
    assert {rule for rule, _ in found} == rules
    assert max(length for _, length in found) <= 1000


def test_an_episode_of_no_numbered_spell_is_quarantined(
    fuzzed: duckdb.DuckDBPyConnection,
) -> None:
    assert fuzzed.sql(
        f"select failed_rule from {STAGING}.quarantine "
        f"where file_id = 'apc_episode/NOSPELL__2024-04__01.csv'"
    ).fetchall() == [("spell_number_missing",)]


def test_absurd_dates_are_quarantined(
    fuzzed: duckdb.DuckDBPyConnection,
    files: list[Fuzzed],
    records: dict[str, dict[int, tuple[str, ...]]],
) -> None:
    mutated = [file for file in files if file.mutation == "absurd_date"]
    rules = {
        str(row[0])
        for row in fuzzed.execute(
            f"select distinct failed_rule from {STAGING}.quarantine "
            f"where file_id in (select unnest(?))",
            [[file.file_id for file in mutated]],
        ).fetchall()
    }
    # 9999-12-31 means no date.
    endings = ("_unreadable", "_out_of_range", "_date_missing")
    assert all(rule.endswith(endings) for rule in rules), rules
    assert any(rule.endswith("_out_of_range") for rule in rules)
    for file in mutated:
        days = {record[2] for record in records[file.file_id].values()}
        assert all(day.startswith("2024-04-") for day in days)


def test_a_line_that_is_not_utf8_is_kept_printable(
    fuzzed: duckdb.DuckDBPyConnection, files: list[Fuzzed]
) -> None:
    latin = [file.file_id for file in files if file.mutation == "latin_1_with_mark"]
    rows = fuzzed.execute(
        f"select raw_row from {STAGING}.quarantine where file_id in (select unnest(?))",
        [latin],
    ).fetchall()
    assert rows
    assert all("Bront\\xEB" in str(row[0]) for row in rows)


def test_damaged_parquet_is_refused_or_accounted_for(
    fuzzed: duckdb.DuckDBPyConnection, reasons: dict[str, str]
) -> None:
    accepted = fuzzed.sql(
        f"select count(*), count(*) filter (delivered_count = {ROW_COUNT}) "
        f"from {STAGING}.stg_feeds__row_accounts where file_id like 'bed_stay/D%'"
    ).fetchone()
    refused = [reason for file, reason in reasons.items() if "bed_stay/D" in file]
    assert accepted is not None
    assert accepted[0] == accepted[1]
    assert accepted[0] + len(refused) == 40
    assert any(reason.startswith("not readable as Parquet") for reason in refused)
    assert any(reason.startswith("damaged inside") for reason in refused)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("FOLDER__2024-04__01.csv", "a folder, not a file"),
        ("LOST__2024-04__01.csv", "not a file, or a link that leads nowhere"),
        ("HUGE__2024-04__01.csv", "file is larger than 1 GiB"),
        ("CUT__2024-04__01.parquet", "not readable as Parquet"),
        ("TEXT__2024-04__01.parquet", "not readable as Parquet"),
        (
            "NESTED__2024-04__01.parquet",
            "column is neither text, number nor date: surname",
        ),
        (
            "BYTES__2024-04__01.parquet",
            "neither text, number nor date: surname (binary)",
        ),
        ("NOTUTF8__2024-04__01.parquet", "damaged inside"),
        ("CASE__2024-04__01.parquet", "column appears twice: surname"),
        ("LESS__2024-04__01.parquet", "column missing: surname"),
    ],
)
def test_what_is_no_feed_file_is_refused_by_name(
    reasons: dict[str, str], name: str, reason: str
) -> None:
    assert reason in reasons[f"bed_stay/{name}"]


@pytest.mark.parametrize(
    ("provider", "others"),
    [("LONG", []), ("LONGLATIN", [(ROW_COUNT + 3, "not_utf8", 4)])],
)
def test_a_line_of_100_megabytes_costs_that_line_alone(
    fuzzed: duckdb.DuckDBPyConnection,
    records: dict[str, dict[int, tuple[str, ...]]],
    provider: str,
    others: list[tuple[int, str, int]],
) -> None:
    file_id = f"bed_stay/{provider}__2024-04__01.csv"
    assert sorted(records[file_id]) == [2, *range(4, ROW_COUNT + 3)]
    assert fuzzed.sql(
        f"select line_number, failed_rule, length(raw_row) from {STAGING}.quarantine "
        f"where file_id = '{file_id}' order by line_number"
    ).fetchall() == [(3, "line_too_long", 1000), *others]


def test_parquet_files_of_other_types_or_columns_keep_their_own_values(
    fuzzed: duckdb.DuckDBPyConnection,
    records: dict[str, dict[int, tuple[str, ...]]],
) -> None:
    types = [f"TYPE{number}" for number in range(1, 6)]
    for provider in (*types, "ORDER", "MORE", "ZONED", "BINARY"):
        ending = "csv" if provider == "BINARY" else "parquet"
        file_id = f"bed_stay/{provider}__2024-04__01.{ending}"
        days = sorted(record[2] for record in records[file_id].values())
        assert days == [f"2024-04-{day:02d}" for day in range(1, ROW_COUNT + 1)]
    assert fuzzed.sql(
        f"select local_patient_id from {STAGING}.stg_community_beds__bed_stays "
        f"where file_id like '%TYPE2%' or file_id like '%TYPE3%' order by all limit 4"
    ).fetchall() == [("0",), ("0.5",), ("1",), ("1.5",)]


def test_absurd_dates_of_parquet_files_are_quarantined(
    fuzzed: duckdb.DuckDBPyConnection,
) -> None:
    rules = fuzzed.sql(
        f"select failed_rule from {STAGING}.quarantine "
        f"where file_id = 'bed_stay/ABSURD__2024-04__01.parquet'"
    ).fetchall()
    assert len(rules) == ROW_COUNT
    assert {str(rule) for (rule,) in rules} == {
        "admission_date_unreadable",
        "admission_date_out_of_range",
        "admission_date_missing",
    }


def test_a_linked_folder_is_read(
    records: dict[str, dict[int, tuple[str, ...]]],
) -> None:
    assert len(records["patient_delay/LINKED__2024-04__01.csv"]) == ROW_COUNT
