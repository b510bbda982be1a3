"""Files as they come: read once, refused by name, replaced, changed, malformed."""

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Hub

from intelligence.feeds.landing import EncryptedFolder
from intelligence.feeds.layouts import Column, FeedTable
from intelligence.feeds.register import register_files

FILES = "vault.staging.stg_feeds__files"
BASE = "vault.staging.base_community_beds__bed_stock"
SELECTION = (
    "community_bed_purposes",
    "short_code_lists",
    "stg_feeds__columns",
    "stg_feeds__files",
    "stg_feeds__findings",
    "path:models/staging/community_beds",
    "path:models/staging/comparators",
)
HEADER = (
    "provider_code,site_code,site_name,site_postcode,bed_purpose,month_start,beds_open"
)
PURPOSE = "rehabilitation"
COMPARATORS = "comparator_months.csv"


def line(site: str, beds: object = 10, month: str = "2024-04-01") -> str:
    return f"RY6,{site},Site {site},XL1 1AA,{PURPOSE},{month},{beds}"


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / "community_beds" / "bed_stock" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def bed_hub(tmp_path: Path, make_hub: Callable[..., Hub]) -> Hub:
    write(tmp_path / "feeds", "RY6__2024-04__01.csv", line("A"), line("B"))
    hub = make_hub(tmp_path / "feeds")
    # As somebody may write it.
    hub.settings["HUB_FEEDS"] = f"{tmp_path}//./feeds/"
    return hub


def build(hub: Hub) -> None:
    """Build the staging of two feeds; other feeds' accounts are not asked for."""
    hub.build(*SELECTION)


def feeds(hub: Hub) -> Path:
    return Path(hub.settings["HUB_FEEDS"])


TABLES = {
    (table.feed, table.name): table
    for table in (
        FeedTable(
            feed="community_beds",
            name="bed_stock",
            delivery="period",
            reporting_period="month",
            columns=tuple(Column(name) for name in HEADER.split(",")),
        ),
        FeedTable(
            feed="comparators",
            name="comparator_month",
            delivery="published",
            published_file_name=COMPARATORS,
            columns=(Column("series"),),
        ),
    )
}


def register(root: Path, known: pa.Table | None = None) -> pa.Table:
    """The register of two feeds, one of them published."""
    with duckdb.connect() as connection:
        landed = EncryptedFolder(root.with_name(f"{root.name}_landed"), connection)
        return register_files(str(root), {}, TABLES, landed, b"key", known)


def registered(
    root: Path, known: pa.Table | None = None
) -> dict[str, dict[str, object]]:
    """The rows of the register by file_id."""
    return {row["file_id"]: row for row in register(root, known).to_pylist()}


def publish(folder: Path, count: int) -> None:
    """An edition of the one published file of the comparators."""
    path = folder / "comparators" / COMPARATORS
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "series,measure,month,count,denominator\n"
        f"England,emergency_admission,2024-04-01,{count},1000\n"
    )


def parquet(path: Path, *lines: str) -> Path:
    """The same records as Parquet."""
    names = HEADER.split(",")
    records = [dict(zip(names, text.split(","), strict=True)) for text in lines]
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


def test_an_updated_published_file_is_taken_and_a_vanished_one_is_not(
    tmp_path: Path,
) -> None:
    publish(tmp_path, 10)
    known = register(tmp_path)
    publish(tmp_path, 11)
    assert register(tmp_path, known) == register(tmp_path)
    (tmp_path / "comparators" / COMPARATORS).unlink()
    assert registered(tmp_path, known)[COMPARATORS]["is_changed_since_read"]


def test_what_was_read_stays_when_it_comes_again_in_another_format(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "RY6__2024-04__01.csv", line("A")).with_suffix(".parquet")
    path.with_suffix(".csv").unlink()
    parquet(path, line("A"))
    known = register(tmp_path)
    write(tmp_path, "RY6__2024-04__01.csv", line("A", 99))
    for change in (lambda: None, lambda: parquet(path, line("A", 98)), path.unlink):
        change()
        files = registered(tmp_path, known)
        assert files["bed_stock/RY6__2024-04__01.parquet"]["is_current"]
        refused = files["bed_stock/RY6__2024-04__01.csv"]
        assert refused["refusal_reason"] == (
            "the same submission was also sent in another format"
        )


def test_the_register_tells_nothing_of_the_rows_of_a_refused_file(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "RY6__2024-04__01.csv")
    path.write_text("9990000018,Featherstonehaugh,1940-02-29\n" * 2)
    path = parquet(path.with_name("RY6__2024-05__01.parquet"), line("A"))
    records = pq.read_table(path)
    name = pa.array([b"Featherstonehaugh \xeb"])
    text = pa.Array.from_buffers(pa.utf8(), 1, name.buffers())
    pq.write_table(records.set_column(2, "site_name", text), path)
    rows = register(tmp_path).to_pylist()
    assert [row["is_accepted"] for row in rows] == [False, False]
    assert "Featherstonehaugh" not in str(rows)
    assert "9990000018" not in str(rows)


def test_what_cannot_be_looked_into_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "RY6__2024-04__01.csv", line("A"))
    (tmp_path / "comparators").write_text("a file where a folder should be")
    look = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "bed_stock":
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    files = registered(tmp_path)
    assert {name: file["refusal_reason"] for name, file in files.items()} == {
        "bed_stock": "cannot be read: Permission denied",
        ".": "cannot be read: Not a directory",
    }


def test_files_that_cannot_be_read_are_refused_by_name(bed_hub: Hub) -> None:
    root = feeds(bed_hub)
    (root / "community_beds/bed_stock/RY6__2024-06__01.csv").write_bytes(b"")
    (root / "community_beds/bed_stock/RY6__2024-07__01.csv").write_text("a,b\n1,2\n")
    (root / "community_beds/bed_stock/RY6__2024-08__01.parquet").write_bytes(b"PAR1")
    (root / "community_beds/bed_stock/April.csv").write_text(HEADER + "\n")
    (root / "community_beds/bed_stock/RY6__2024-09__01.xlsx").write_bytes(
        b"PK\x03\x04 xl/workbook"
    )
    write(root, "4999999992__2024-09__01.csv", line("A"))
    (root / "community_beds/beds").mkdir()
    (root / "community_beds/beds/RY6__2024-04__01.csv").write_text(HEADER + "\n")
    (root / "ambulance").mkdir()
    (root / "ambulance/runs.csv").write_text("a\n1\n")
    build(bed_hub)
    reasons = dict(
        bed_hub.rows(
            f"select file_id, refusal_reason from {FILES} where not is_accepted"
        )
    )
    assert reasons["bed_stock/RY6__2024-06__01.csv"] == "file is empty"
    assert "column missing: provider_code" in str(
        reasons["bed_stock/RY6__2024-07__01.csv"]
    )
    assert str(reasons["bed_stock/RY6__2024-08__01.parquet"]).startswith(
        "not readable as Parquet"
    )
    assert "PROVIDER__YYYY-MM__NN" in str(reasons["bed_stock/April.csv"])
    assert "not readable as .xlsx" in str(reasons["bed_stock/RY6__2024-09__01.xlsx"])
    assert "PROVIDER__" in str(reasons["bed_stock/4999999992__2024-09__01.csv"])
    assert reasons["beds/RY6__2024-04__01.csv"] == "the feed has no table of this name"
    assert reasons["ambulance/runs.csv"] == "there is no feed of this name"
    assert bed_hub.rows(f"select distinct file_id from {BASE}") == [
        ("bed_stock/RY6__2024-04__01.csv",)
    ]


def test_malformed_lines_are_quarantined_one_by_one(bed_hub: Hub) -> None:
    write(
        feeds(bed_hub),
        "RY6__2024-05__01.csv",
        line("A", month="2024-05-01"),
        "RY6,B,too few fields",
        line("C", month="2024-05-01") + ",one too many",
        'RY6,D,"quote left open,XL1 1AA,rehabilitation,2024-05-01,1',
        f'RY6,E,"Quoted ""site"", ward 2",XL1 1AA,{PURPOSE},2024-05-01,7',
        line("F", "many", month="2024-05-01"),
    )
    build(bed_hub)
    rows = bed_hub.rows(
        f"select line_number, site_name, failed_rule, raw_row from {BASE} "
        f"where file_id like '%2024-05%' order by line_number"
    )
    assert [(row[0], row[2]) for row in rows] == [
        (2, None),
        (3, "malformed_line"),
        (4, "malformed_line"),
        (5, "malformed_line"),
        (6, None),
        (7, "beds_open_unreadable"),
    ]
    assert rows[4][1] == 'Quoted "site", ward 2'
    assert rows[1][3] == "RY6,B,too few fields"


def test_a_date_may_be_followed_by_a_time_and_by_nothing_else(bed_hub: Hub) -> None:
    tails = {
        "": True,
        " 00:00:00": True,
        "T00:00:00.000Z": True,
        "Z": True,
        "+01:00": True,
        "\u00a0": True,
        "\t": True,
        " garbage": False,
        " 2024-06-01": False,
        "/2024": False,
    }
    write(
        feeds(bed_hub),
        "RY6__2024-05__01.csv",
        *(line(f"S{n}", month="2024-05-01" + tail) for n, tail in enumerate(tails)),
    )
    build(bed_hub)
    rows = bed_hub.rows(
        f"select failed_rule from {BASE} "
        f"where file_id like '%2024-05%' order by line_number"
    )
    assert [rule is None for (rule,) in rows] == list(tails.values())


def test_a_new_submission_replaces_the_old_until_it_is_withdrawn(
    bed_hub: Hub,
) -> None:
    publish(feeds(bed_hub), 10)
    build(bed_hub)
    with bed_hub.open() as connection:
        connection.execute(f"update {BASE} set site_name = 'as first read'")
    write(feeds(bed_hub), "RY6__2024-05__01.csv", line("A", month="2024-05-01"))
    publish(feeds(bed_hub), 11)
    build(bed_hub)
    assert bed_hub.rows(
        "select event_count from vault.staging.base_comparators__comparator_months"
    ) == [(11,)]
    assert bed_hub.rows(f"select file_id, site_name from {BASE} order by all") == [
        ("bed_stock/RY6__2024-04__01.csv", "as first read"),
        ("bed_stock/RY6__2024-04__01.csv", "as first read"),
        ("bed_stock/RY6__2024-05__01.csv", "Site A"),
    ]
    second = write(feeds(bed_hub), "RY6__2024-04__02.csv", line("A", 12))
    build(bed_hub)
    assert bed_hub.rows(f"select file_id, beds_open from {BASE} order by all") == [
        ("bed_stock/RY6__2024-04__02.csv", 12),
        ("bed_stock/RY6__2024-05__01.csv", 10),
    ]
    second.with_name(second.name + ".control").write_text("withdrawn: sent too early")
    second.unlink()
    build(bed_hub)
    assert bed_hub.rows(f"select file_id, site_name from {BASE} order by all") == [
        ("bed_stock/RY6__2024-04__01.csv", "Site A"),
        ("bed_stock/RY6__2024-04__01.csv", "Site B"),
        ("bed_stock/RY6__2024-05__01.csv", "Site A"),
    ]


def test_a_refused_submission_replaces_nothing_until_it_is_mended(
    tmp_path: Path,
) -> None:
    def states(known: pa.Table | None) -> tuple[pa.Table, dict[str, str]]:
        """The register, and what became of each file by period and submission."""
        found = register(tmp_path, known)
        assert not any(found["is_changed_since_read"].to_pylist())
        return found, {
            Path(row["file_id"]).stem.removeprefix("RY6__"): (
                "current" if row["is_current"] else row["refusal_reason"] or "replaced"
            )
            for row in found.to_pylist()
        }

    write(tmp_path, "RY6__2024-04__01.csv", line("A"))
    known, found = states(None)
    assert found == {"2024-04__01": "current"}
    bad = [write(tmp_path, f"RY6__2024-{name}.csv") for name in ("04__02", "05__01")]
    for path in bad:
        path.write_bytes(b"")
    no_rows = "file is empty"
    known, found = states(known)
    assert found == {
        "2024-04__01": "current",
        "2024-04__02": no_rows,
        "2024-05__01": no_rows,
    }
    for path in bad:
        write(tmp_path, path.name, line("B", month=path.name[5:12] + "-01"))
    _, found = states(known)
    assert found == {
        "2024-04__01": "replaced",
        "2024-04__02": "current",
        "2024-05__01": "current",
    }


@pytest.mark.parametrize("happening", ["changed", "gone"])
def test_a_file_that_changed_after_it_was_read_fails_the_build(
    bed_hub: Hub, happening: str
) -> None:
    build(bed_hub)
    path = feeds(bed_hub) / "community_beds" / "bed_stock" / "RY6__2024-04__01.csv"
    write(feeds(bed_hub), "RY6__2024-05__01.csv", line("A", month="2024-05-01"))
    if happening == "changed":
        path.write_text(path.read_text().replace("10", "11"))
    else:
        path.unlink()
    result = bed_hub.dbt("build", "--select", *SELECTION)
    assert result.returncode != 0
    assert "assert_no_file_changed_after_it_was_read" in result.stdout
    assert bed_hub.rows(f"select file_id from {FILES} where is_changed_since_read") == [
        ("bed_stock/RY6__2024-04__01.csv",)
    ]
    write(feeds(bed_hub), "RY6__2024-04__02.csv", line("A", 11))
    build(bed_hub)
    assert bed_hub.rows(f"select file_id, beds_open from {BASE} order by all") == [
        ("bed_stock/RY6__2024-04__02.csv", 11),
        ("bed_stock/RY6__2024-05__01.csv", 10),
    ]


def test_csv_and_parquet_give_the_same_records(
    hub: Hub, make_city: Callable[..., Path], make_hub: Callable[..., Hub]
) -> None:
    """The same city delivered as Parquet is staged as the same records."""
    other = make_hub(make_city("parquet") / "feeds")
    result = other.dbt(
        *("build", "--select", "+path:models/staging"),
        *("--exclude-resource-type", "test", "unit_test"),
    )
    assert result.returncode == 0, result.stdout[-4000:]
    query = (
        "select table_name from information_schema.tables "
        "where table_catalog = 'vault' and table_name like 'stg%' "
        "and table_name not like 'stg\\_feeds%' escape '\\'"
    )
    models = [str(row[0]) for row in hub.rows(query)]
    assert len(models) > 35
    for model in sorted(models):
        content = (
            f"select count(*), bit_xor(hash(records)) from (select * "
            f"exclude (file_id, line_number) from vault.staging.{model}) as records"
        )
        assert other.rows(content) == hub.rows(content), model
