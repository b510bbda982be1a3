"""Attacks on what the board is told, written apart from the code that protects it.

The attacker knows the rule, how areas and measures hang together, and everything that
is published. Each attack succeeds on counts that are only suppressed where small, and
fails on a release.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import Bounds as Box
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

from intelligence.disclosure.release import release
from publish.release import release as freeze

YEAR = date(2024, 4, 1)
# Wards, the team and the committee of each, which cut across one another.
TEAM_OF = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
COMMITTEE_OF = [0, 0, 1, 1, 1, 0, 2, 2, 2, 2, 1, 2]
WARDS = len(TEAM_OF)
FAR = 1e8
# The folder of a build to attack in place of the test city.
ATTACKED = os.environ.get("HUB_ATTACKED", "")


@dataclass(frozen=True)
class Told:
    """One published cell: the unknowns that it adds up, and its value or a marker."""

    name: str
    unknowns: tuple[int, ...]
    value: int | None
    truth: int
    is_withheld: bool = False


def says_now(value: int, truth: int) -> bool:
    """Whether a published count can be that of a true one by the rule."""
    return value == truth if value == 0 or truth < 8 else abs(value - truth) <= 2


@dataclass
class Attack:
    """The unknowns between what is published, solved for each suppressed cell."""

    told: list[Told]
    # Pairs of sums that are equal, and pairs of which the first is not the larger.
    equal: list[tuple[list[int], list[int]]] = field(default_factory=list)
    nested: list[tuple[list[int], list[int]]] = field(default_factory=list)
    is_rounded: bool = True

    def bounds_of(self, cell: Told) -> tuple[float, float]:
        """What the marker or the value says of a count, by the published rule."""
        if cell.is_withheld:
            # With its whole breakdown, of which nothing is told.
            return 0, FAR
        if cell.value is None:
            # The marker is the same for all; one that is not 1 to 7 protects another.
            return 1, FAR if cell.truth > 7 else 7
        if not self.is_rounded:
            return cell.value, cell.value
        if not says_now(cell.value, cell.truth):
            # Said again by a revision, from which it is no further than 9.
            return max(cell.value - 9, 0), cell.value + 9
        return (0, 0) if cell.value == 0 else (max(cell.value - 2, 8), cell.value + 2)

    def ranges(self, whole: bool = False) -> Iterator[tuple[Told, float, float]]:
        """Smallest and largest possible value of each suppressed cell."""
        sums = [list(cell.unknowns) for cell in self.told]
        sums += [one + other for one, other in self.equal + self.nested]
        size = 1 + max(map(max, sums))
        rows, low, high = [], [], []
        for cell in self.told:
            rows.append({unknown: 1.0 for unknown in cell.unknowns})
            least, most = self.bounds_of(cell)
            low.append(least)
            high.append(most)
        for pairs, least in ((self.equal, 0.0), (self.nested, -np.inf)):
            for one, other in pairs:
                rows.append(dict.fromkeys(one, 1.0) | dict.fromkeys(other, -1.0))
                low.append(least)
                high.append(0.0)
        places = [(at, place) for at, row in enumerate(rows) for place in row]
        values = [value for row in rows for value in row.values()]
        shape = (len(rows), size)
        matrix = csr_array((values, tuple(zip(*places, strict=True))), shape=shape)
        low_of, high_of = np.array(low), np.array(high)
        for at, cell in enumerate(self.told):
            if cell.value is not None:
                continue
            row = matrix[[at], :].toarray().ravel()
            ends = []
            for sign in (1, -1):
                if whole:
                    found = milp(
                        sign * row,
                        integrality=np.ones(size),
                        bounds=Box(0, FAR),
                        constraints=LinearConstraint(matrix, low_of, high_of),
                    )
                else:
                    floor = np.isfinite(low_of)
                    found = linprog(
                        sign * row,
                        A_ub=vstack([matrix, -matrix[floor]]),
                        b_ub=np.concatenate([high_of, -low_of[floor]]),
                        bounds=(0, FAR),
                    )
                assert found.status == 0, (cell.name, found.message)
                ends.append(sign * found.fun)
            least, most = np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6)
            assert least <= cell.truth <= most, (cell, least, most)
            yield cell, least, most

    def known(self, whole: bool = False) -> list[str]:
        """The suppressed cells that are known to within less than 3."""
        return [
            cell.name
            for cell, least, most in self.ranges(whole)
            if cell.truth > 0 and most - least < 3
        ]


def city(seed: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Atoms, sums and measures of a small city, as the models make them."""
    chance = np.random.default_rng(seed)
    means = {"0-19": 2.0, "20-64": 3.0, "65+": 4.0}
    atoms, sums = [], []
    by_age = {"seen": dict.fromkeys(means, 0), "kept": dict.fromkeys(means, 0)}
    areas = {"city": ["city"] * WARDS}
    areas["ward"] = [f"ward {ward}" for ward in range(WARDS)]
    areas["neighbourhood_team"] = [f"team {team}" for team in TEAM_OF]
    areas["community_committee"] = [f"committee {one}" for one in COMMITTEE_OF]
    measures = [
        ("all", "seen", tuple(means)),
        ("old", "seen", ("65+",)),
        ("kept", "kept", tuple(means)),
    ]
    for ward, (age, mean) in product(range(WARDS), means.items()):
        busy = 4 if ward % 3 == 0 else 0.5
        seen = int(chance.poisson(mean * busy))
        counts = {"seen": seen, "kept": int(chance.binomial(seen, 0.4))}
        for event, count in counts.items():
            by_age[event][age] += count
            atoms.append(_atom(event, "place", f"{ward}", age, count))
            for measure, counted, ages in measures:
                if counted == event and age in ages:
                    sums += [
                        _sum(measure, event, names[ward], kind, "place", f"{ward}", age)
                        for kind, names in areas.items()
                    ]
    for event, ages in by_age.items():
        for age, count in ages.items():
            atoms.append(_atom(event, "age", age, age, count))
            measure = "all" if event == "seen" else "kept"
            sums.append(_sum(measure, event, "city", "city", "age", age, age))
    nested = {"event": ["seen", "kept"], "counted_in_event": [None, "seen"]}
    return pa.Table.from_pylist(atoms), pa.Table.from_pylist(sums), pa.table(nested)


def _atom(
    event: str, division: str, part: str, age: str, count: int
) -> dict[str, object]:
    return {
        "family": "seen",
        "event": event,
        "division": division,
        "atom_part": part,
        "age_group": age,
        "amount": count,
        "contributor_count": count,
        "financial_year_start_date": YEAR,
    }


def _sum(
    measure: str, event: str, area: str, kind: str, division: str, part: str, age: str
) -> dict[str, object]:
    return {
        "family": "seen",
        "measure_id": measure,
        "neighbourhood_id": area,
        "geography_type": kind,
        "part_type": "all" if division == "place" else division,
        "part": "all" if division == "place" else part,
        "event": event,
        "division": division,
        "atom_part": part,
        "age_group": age,
        "financial_year_start_date": YEAR,
    }


Key = tuple[str, ...]
ATOM = ("event", "division", "atom_part", "age_group")
CELL = ("measure_id", "neighbourhood_id", "part_type", "part")


def view(
    atoms: list[dict[str, Any]],
    sums: list[dict[str, Any]],
    nested: dict[str, str],
    released: dict[Key, int | None] | None,
) -> Attack:
    """The attacker's view of a release, or without one of small counts hidden."""
    amounts = {tuple(row[k] for k in ATOM): row["amount"] for row in atoms}
    unknown = {name: number for number, name in enumerate(amounts)}
    cells: dict[Key, list[Key]] = {}
    for row in sums:
        cells.setdefault(tuple(row[k] for k in CELL), []).append(
            tuple(row[k] for k in ATOM)
        )
    told = []
    for name, added in cells.items():
        truth = sum(amounts[atom] for atom in added)
        value = (
            (None if 1 <= truth <= 7 else truth) if released is None else released[name]
        )
        unknowns = tuple(unknown[atom] for atom in added)
        told.append(Told(" ".join(name), unknowns, value, truth))
    equal = []
    for event, age in {(name[0], name[3]) for name in unknown}:
        divided: dict[str, list[int]] = {}
        for name, number in unknown.items():
            if name[0] == event and name[3] == age:
                divided.setdefault(name[1], []).append(number)
        one, *others = divided.values()
        equal += [(one, other) for other in others]
    inside = []
    for name, number in unknown.items():
        whole = (nested.get(name[0]), *name[1:])
        if whole in unknown and amounts[name] <= amounts[whole]:
            inside.append(([number], [unknown[whole]]))
    # A zero is told, but where its whole breakdown is withheld.
    of = {cell.name: _breakdown(name) for cell, name in zip(told, cells, strict=True)}
    withheld = {of[one.name] for one in told if one.value is None and not one.truth}
    told = [replace(cell, is_withheld=of[cell.name] in withheld) for cell in told]
    return Attack(told, equal, inside, is_rounded=released is not None)


def _breakdown(name: Key) -> Key:
    """A measure by a kind of area or part: "ward:E05011387", "ward 3" are wards."""
    measure, area, part_type, _ = name
    return measure, re.split("[: ]", area)[0], part_type


def attack_on(seed: int, protected: bool) -> Attack:
    """The view of a small city: of its release, or of small counts that are hidden."""
    atoms, sums, measures = city(seed)
    released = {
        tuple(row[k] for k in CELL): row["released_count"]
        for row in release(atoms, sums, measures).to_pylist()
    }
    return view(
        atoms.to_pylist(),
        sums.to_pylist(),
        {"kept": "seen"},
        released if protected else None,
    )


@pytest.mark.parametrize("seed", range(3))
def test_sums_give_away_small_counts_that_are_only_hidden(seed: int) -> None:
    assert attack_on(seed, protected=False).known()


@pytest.mark.parametrize("seed", range(3))
def test_sums_give_away_nothing_of_a_release(seed: int) -> None:
    """Overlapping areas, complements of 65 and over, parts of totals, nested counts."""
    attack = attack_on(seed, protected=True)
    hidden = [cell for cell in attack.told if cell.value is None]
    assert hidden
    assert len(hidden) < len(attack.told)
    assert attack.known() == []


def test_whole_numbers_give_away_nothing_of_a_release() -> None:
    assert attack_on(0, protected=True).known(whole=True) == []


@pytest.mark.parametrize("is_linked", [False, True])
def test_delays_on_lists_are_as_many_as_delays_of_wards(is_linked: bool) -> None:
    """Four wards tell that there are at least 42, which leaves few to the lists."""
    wards, lists = [13, 13, 8, 8], {"acute": 35, "mental health": 7}
    atoms, sums = [], []
    for ward, count in enumerate(wards):
        atoms.append(_atom("delay", "place", f"{ward}", "all", count))
        for area, kind in ((f"ward {ward}", "ward"), ("city", "city")):
            sums.append(_sum("delay", "delay", area, kind, "place", f"{ward}", "all"))
    for name, count in lists.items():
        atoms.append(_atom("listed", "part", name, "all", count))
        told = _sum("listed", "listed", "city", "city", "part", name, "all")
        sums += [told, {**told, "part_type": "all", "part": "all"}]
    if not is_linked:
        for row in (*atoms, *sums):
            row["family"] = row["event"]
    nested = {
        "event": ["delay", "listed"],
        "counted_in_event": pa.nulls(2, pa.string()),
    }
    released = release(
        pa.Table.from_pylist(atoms), pa.Table.from_pylist(sums), pa.table(nested)
    )
    attack = view(atoms, sums, {}, counts_of(released))
    attack.equal.append(([0, 1, 2, 3], [4, 5]))
    assert (attack.known() == []) is is_linked


@pytest.fixture(scope="module")
def attacked(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built test city, or the build in the folder that HUB_ATTACKED names."""
    if not ATTACKED:
        yield request.getfixturevalue("tables")
        return
    with duckdb.connect() as connection:
        for zone in ("hub", "board"):
            path = Path(ATTACKED) / f"{zone}.duckdb"
            connection.sql(f"attach '{path}' as {zone} (read_only)")
        connection.sql("use hub")
        yield connection


def rows(tables: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Rows of the build as dictionaries."""
    found = tables.sql(query)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def attack_on_built(
    attacked: duckdb.DuckDBPyConnection, family: str, year: str, protected: bool
) -> Attack:
    """One family of a financial year with every sum that the board tells of it."""
    these = f"family = '{family}' and financial_year_start_date = '{year}'"
    released = {
        tuple(row[k] for k in CELL): row["released_count"]
        for row in rows(
            attacked,
            "select * from board.board.fct_board_count where period_start_date "
            f"between date '{year}' and date '{year}' + interval 364 day",
        )
    }
    nested = rows(
        attacked,
        "select distinct event, counted_in_event from reference.board_measures "
        "where counted_in_event is not null",
    )
    return view(
        rows(attacked, f"select * from intermediate.int_board__atoms where {these}"),
        rows(attacked, f"select * from intermediate.int_board__sums where {these}"),
        {row["event"]: row["counted_in_event"] for row in nested},
        released if protected else None,
    )


@pytest.mark.skipif(bool(ATTACKED), reason="the test below takes every family and year")
@pytest.mark.parametrize("protected", [False, True])
def test_sums_of_the_built_board(
    attacked: duckdb.DuckDBPyConnection, protected: bool
) -> None:
    attack = attack_on_built(attacked, "index_discharge", "2024-04-01", protected)
    assert (attack.known() == []) is protected


@pytest.mark.skipif(not ATTACKED, reason="HUB_ATTACKED names no build: takes minutes")
def test_sums_of_every_family_and_year_of_a_built_board(
    attacked: duckdb.DuckDBPyConnection,
) -> None:
    of_year = [
        (row["family"], str(row["year"]))
        for row in rows(
            attacked,
            "select distinct family, financial_year_start_date as year "
            "from intermediate.int_board__sums order by all",
        )
    ]
    attacks = {one: attack_on_built(attacked, *one, True) for one in of_year}
    suppressed = {
        one: sum(cell.value is None for cell in attack.told)
        for one, attack in attacks.items()
    }
    print("suppressed cells:", suppressed)
    assert any(suppressed.values())
    known = {one: found for one in of_year if (found := attacks[one].known())}
    assert known == {}
    # The same attack on counts of which only the small ones are left out.
    assert any(attack_on_built(attacked, *one, False).known() for one in of_year)


def test_ratios_give_back_no_more_than_released_counts(
    attacked: duckdb.DuckDBPyConnection,
) -> None:
    """Ratio times expected is the count: true in the hub, rounded on the board."""
    (hub,) = rows(
        attacked,
        "select count(*) as found from neighbourhood.fct_neighbourhood_indicator "
        "where observed between 1 and 7 and abs(ratio * expected - observed) < 0.01",
    )
    assert hub["found"] > 100
    inverted = rows(
        attacked,
        "select state, ratio * expected as inverted, released_count, ratio, "
        "ratio_lower, ratio_upper, rate, rate_lower, rate_upper "
        "from board.board.fct_board_indicator",
    )
    assert {row["state"] for row in inverted} >= {"released", "suppressed", "zero"}
    for row in inverted:
        if row["state"] == "suppressed":
            assert {v for k, v in row.items() if k != "state"} == {None}
        elif row["ratio"] is not None:
            assert row["inverted"] == pytest.approx(row["released_count"], abs=1e-4)
            assert row["released_count"] % 5 == 0


def test_no_table_of_the_board_has_a_figure_beside_a_marker(
    attacked: duckdb.DuckDBPyConnection,
) -> None:
    """A share, a rate or a chart point beside a suppressed count would give it away."""
    public = {"total_count", "expected", "year"}
    looked_at = 0
    for (table,) in attacked.sql(
        "select table_name from information_schema.tables where table_catalog = 'board'"
    ).fetchall():
        columns = dict(
            attacked.sql(
                "select column_name, data_type from information_schema.columns "
                f"where table_catalog = 'board' and table_name = '{table}'"
            ).fetchall()
        )
        if "state" not in columns:
            continue
        looked_at += 1
        figures = [
            name
            for name, kind in columns.items()
            if kind in ("DOUBLE", "BIGINT", "INTEGER")
            and name not in public
            and "funnel" not in name
        ]
        for figure in figures:
            (found,) = attacked.sql(
                f"select count(*) from board.board.{table} where "
                f"state in ('suppressed', 'unknown') and {figure} is not null"
            ).fetchall()
            assert found == (0,), (table, figure)
    assert looked_at >= 5


def test_months_are_released_as_whole_series_of_at_least_8(
    attacked: duckdb.DuckDBPyConnection,
) -> None:
    """A year less eleven months gives away the twelfth, so all must be large."""
    series = rows(
        attacked,
        "select measure_id, count(*) as months, min(released_count) as least "
        "from board.board.fct_board_month group by measure_id",
    )
    assert series
    assert {row["months"] % 12 for row in series} == {0}
    assert all(row["least"] == 0 or row["least"] >= 10 for row in series)


def freeze_release(table: pa.Table, folder: Path, day: str, revised: str = "") -> None:
    """Put a release into the ledger in `folder`."""
    board = folder.with_name(day) / "board.duckdb"
    board.parent.mkdir(parents=True)
    with duckdb.connect(str(board)) as connection:
        connection.sql("create schema board.board")
        connection.register("told", table)
        connection.sql(
            "create table board.board.fct_board_count as select *, "
            "financial_year_start_date as period_start_date, "
            "date '2025-03-31' as period_end_date from told"
        )
    freeze(board, folder, day, "test", revised)


City = tuple[pa.Table, pa.Table, pa.Table]


def only(tables: City, *kinds: str) -> City:
    """A city that tells of some kinds of areas only."""
    atoms, sums, measures = tables
    told = [row for row in sums.to_pylist() if row["geography_type"] in kinds]
    return atoms, pa.Table.from_pylist(told), measures


def late(tables: City, seed: int) -> City:
    """The same city after records came in late and others were withdrawn."""
    chance = np.random.default_rng(seed)
    atoms = tables[0].to_pylist()
    by_age: dict[tuple[str, str], int] = {}
    for row in atoms:
        if row["division"] == "place":
            change = int(chance.choice([-2, -1, 0, 0, 0, 0, 1, 2, 12]))
            row["amount"] = row["contributor_count"] = max(row["amount"] + change, 0)
            age = row["event"], row["age_group"]
            by_age[age] = by_age.get(age, 0) + row["amount"]
    for row in atoms:
        if row["division"] == "age":
            count = by_age[row["event"], row["age_group"]]
            row["amount"] = row["contributor_count"] = count
    return pa.Table.from_pylist(atoms), *tables[1:]


def counts_of(table: pa.Table) -> dict[Key, int | None]:
    """The published count, or marker, of each cell of a release."""
    return {
        tuple(row[k] for k in CELL): row["released_count"] for row in table.to_pylist()
    }


def known_from_both(
    before: pa.Table, told_before: City, today: pa.Table, told_today: City
) -> list[str]:
    """What the earlier release tells of counts that today's suppresses.

    The attacker takes what may be as it was to be as it was.
    """
    atoms = told_today[0].to_pylist()
    nested = {"kept": "seen"}
    first, second = (
        view(atoms, tables[1].to_pylist(), nested, counts_of(release_of))
        for release_of, tables in ((before, told_before), (today, told_today))
    )
    unchanged = [
        cell
        for cell in first.told
        if cell.value is not None and says_now(cell.value, cell.truth)
    ]
    return Attack(second.told + unchanged, second.equal, second.nested).known()


WITHOUT_COMMITTEES = ("city", "ward", "neighbourhood_team")


# Seeds in which the second release must hide more than the first did.
@pytest.mark.parametrize("seed", [0, 3, 7, 8, 9])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_release_with_a_new_breakdown_gives_away_nothing_with_the_one_before(
    tmp_path: Path, seed: int, is_late: bool
) -> None:
    """What a second release hides, the first may have told."""
    whole = city(seed)
    few = only(whole, *WITHOUT_COMMITTEES)
    first = release(*few)
    folder = tmp_path / "releases"
    freeze_release(first, folder, "2025-05-01")
    today = late(whole, seed) if is_late else whole
    if not is_late:
        assert known_from_both(first, few, release(*today), today)
    second = release(*today, folder, ["2024/25"])
    assert known_from_both(first, few, second, today) == []
    new = [
        row
        for row in second.to_pylist()
        if row["geography_type"] == "community_committee"
    ]
    assert any(row["state"] == "released" for row in new)
    if is_late:
        assert counts_of(second) != counts_of(release(*few, folder))


def test_a_measure_that_was_withdrawn_comes_back_as_it_was(tmp_path: Path) -> None:
    """Two releases ago is not too long ago to subtract."""
    whole = city(0)
    folder = tmp_path / "releases"
    freeze_release(release(*whole), folder, "2025-05-01")
    atoms, sums, measures = whole
    others = [{**row, "family": "other"} for row in atoms.to_pylist()]
    without = [
        {**row, "family": "other", "measure_id": f"other {row['measure_id']}"}
        for row in sums.to_pylist()
    ]
    second = release(
        pa.Table.from_pylist(others), pa.Table.from_pylist(without), measures, folder
    )
    freeze_release(second, folder, "2025-06-01")
    today = late(whole, 1)
    assert counts_of(release(*today)) != counts_of(release(*whole))
    assert counts_of(release(*today, folder)) == counts_of(release(*whole))


def test_a_year_is_not_stated_anew_without_counts_that_it_told_of(
    tmp_path: Path,
) -> None:
    """Their sums stay known, but not to a build that does not count them."""
    whole = city(0)
    folder = tmp_path / "releases"
    freeze_release(release(*whole), folder, "2025-05-01")
    with pytest.raises(ValueError, match="2024/25 cannot be stated anew"):
        release(*only(whole, *WITHOUT_COMMITTEES), folder, ["2024/25"])
    release(*only(whole, *WITHOUT_COMMITTEES), folder)


def test_a_later_build_says_what_was_released(tmp_path: Path) -> None:
    """Records that come late would otherwise be the difference of two releases."""
    atoms, sums, measures = city(0)
    first = release(atoms, sums, measures)
    folder = tmp_path / "releases"
    freeze_release(first, folder, "2025-05-01")
    grown_atoms = atoms.to_pylist()
    for row in grown_atoms:
        if row["event"] == "seen" and row["age_group"] == "65+":
            row["amount"] += 3 * (row["division"] == "age" or row["atom_part"] == "1")
    grown = pa.Table.from_pylist(grown_atoms)

    def said(table: pa.Table) -> list[tuple[object, ...]]:
        return [
            (row["neighbourhood_id"], row["state"], row["released_count"])
            for row in table.to_pylist()
        ]

    assert said(release(grown, sums, measures)) != said(first)
    assert said(release(grown, sums, measures, folder)) == said(first)
    revised = release(grown, sums, measures, folder, ["2024/25"])
    differing = [
        (one, other)
        for one, other in zip(said(first), said(revised), strict=True)
        if one != other and other[1] != "suppressed"
    ]
    assert differing == []
