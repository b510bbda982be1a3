"""primary_care: PDS extracts of the registered population, and their conditions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.registrations import REMOVALS
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN, Array, Frame, chance, expand, stack, take
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
)

_FEED = "primary_care"
_PROVIDERS = ("15F",)


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of primary_care."""
    yield _persons(world)
    yield _addresses(world)
    yield _practices(world)
    yield _mergers(world)
    yield _conditions(world)


def _on_change(world: World, *days: Array) -> tuple[Array, Array]:
    """Row and month for the first delivery and each change inside the period.

    The first of `days` is when the row begins; rows older than the period come in the
    first file. OPEN days cause no delivery.
    """
    months = world.city.months
    pairs: list[Array] = []
    for changed in days:
        rows = np.flatnonzero(changed <= world.city.last_day)
        if len(pairs):
            rows = rows[changed[rows] >= world.city.first_day]
        pairs.append(rows * len(months) + months.of(changed[rows]))
    pair = np.unique(np.concatenate(pairs))
    return pair // len(months), pair % len(months)


def person_versions(world: World) -> Frame:
    """Versions of PDS records: person, name, number, from_day, to_day, death.

    A changed surname makes a second version; a number that was merged later has its own
    version until the merger.
    """
    who, registers = world.people.person, world.registers
    resident = who["household"] >= 0
    size = world.people.count
    everyone = np.arange(size)
    changed = (
        resident & (who["former_surname"] >= 0) & (who["surname_day"] > who["arrival"])
    )
    changed &= who["surname_day"] <= np.minimum(who["last_day"], world.city.last_day)
    begin = np.where(changed, who["surname_day"], who["arrival"])
    rows = np.flatnonzero(resident)
    current = {
        "person": rows,
        "old_name": np.zeros(len(rows), dtype=bool),
        "old_number": np.zeros(len(rows), dtype=bool),
        "from_day": begin[rows],
        "to_day": np.full(len(rows), OPEN),
        "death": who["death"][rows],
    }
    rows = np.flatnonzero(changed)
    former = {
        "person": rows,
        "old_name": np.ones(len(rows), dtype=bool),
        "old_number": np.zeros(len(rows), dtype=bool),
        "from_day": who["arrival"][rows],
        "to_day": who["surname_day"][rows] - 1,
        "death": np.full(len(rows), OPEN),
    }
    rows = everyone[
        resident & (registers.old_number > 0) & (registers.merged_day < OPEN)
    ]
    merged = {
        "person": rows,
        "old_name": np.zeros(len(rows), dtype=bool),
        "old_number": np.ones(len(rows), dtype=bool),
        "from_day": np.maximum(who["arrival"][rows], who["birth"][rows]),
        "to_day": registers.merged_day[rows],
        "death": np.full(len(rows), OPEN),
    }
    return stack([current, former, merged])


def _persons(world: World) -> FeedTable:
    version = person_versions(world)
    at, month = _on_change(
        world, version["from_day"], version["to_day"], version["death"]
    )
    row = take(version, at)
    who = world.people.person
    texts = np.where(
        row["old_name"],
        who["former_surname"][row["person"]],
        who["surname"][row["person"]],
    )
    return FeedTable(
        _FEED,
        "PDS_Person",
        _PROVIDERS,
        base_rows(
            at,
            month,
            0,
            person=row["person"],
            old_number=row["old_number"],
            surname=texts,
            from_date=row["from_day"],
            to_date=row["to_day"],
            died_date=row["death"],
        ),
        {
            "RowID": "'P' || cast(b.record as varchar)",
            "NHS Number": (
                "nhs(case when b.old_number then p.old_number else p.nhs_number end)"
            ),
            "Given Name": "p.forename",
            "Family Name": "k.text",
            "Date of Birth": "p.birth_date",
            "Gender": "cast(p.sex as varchar)",
            "Ethnic Category": "p.ethnic",
            "Date of Death": as_of("b.died_date"),
            "Person Business Effective From Date": "b.from_date",
            "Person Business Effective To Date": as_of("b.to_date"),
        },
        "join person as p on p.id = b.person join name as k on k.id = b.surname",
        own_key={"NHS Number": "null"},
        revised={"Ethnic Category": "'Z'"},
        broken=(
            {"NHS Number": "null"},
            {"NHS Number": "'1234567890'"},
            {
                "NHS Number": 't."NHS Number"',
                "Person Business Effective From Date": "null",
            },
        ),
    )


def _addresses(world: World) -> FeedTable:
    row = world.residence.row
    local = np.flatnonzero(row["lsoa"] >= 0)
    row = take(row, local)
    at, month = _on_change(world, row["from_day"], row["to_day"])
    return FeedTable(
        _FEED,
        "PDS_Address",
        _PROVIDERS,
        base_rows(
            at,
            month,
            0,
            person=row["person"][at],
            postcode=row["postcode"][at],
            home=row["home"][at],
            from_date=row["from_day"][at],
            to_date=row["to_day"][at],
        ),
        {
            "RowID": "'A' || cast(b.record as varchar)",
            "NHS Number": "nhs(p.nhs_number)",
            "Postcode": "a.postcode",
            "Usual Address Business Effective From Date": "b.from_date",
            "Usual Address Business Effective To Date": as_of("b.to_date"),
            "derCqcCareHomeCode": "h.cqc",
            "derLocalAuthorityOfResidence": f"'{settings.LOCAL_AUTHORITY}'",
            "derCurrentyr2021LSOAofResidence_FromPostcode": "a.lsoa21",
        },
        "join person as p on p.id = b.person join postcode as a on a.id = b.postcode "
        "left join home as h on h.id = b.home",
        own_key={"NHS Number": "null"},
        revised={"Postcode": "null"},
        broken=(
            {"NHS Number": "null"},
            {
                "NHS Number": 't."NHS Number"',
                "Usual Address Business Effective From Date": "null",
            },
        ),
    )


def _practices(world: World) -> FeedTable:
    spell = world.registers.practice
    at, month = _on_change(world, spell["from_day"], spell["to_day"])
    return FeedTable(
        _FEED,
        "PDS_Patient_Care_Practice",
        _PROVIDERS,
        base_rows(at, month, 0, person=spell["person"][at]),
        {
            "RowID": "'G' || cast(b.record as varchar)",
            "NHS Number": "nhs(p.nhs_number)",
            "Primary Care Provider": "g.code",
            "Primary Care Provider Business Effective From Date": "q.from_day_date",
            "Primary Care Provider Business Effective To Date": as_of("q.to_day_date"),
            "Reason for Removal": (
                "case when q.to_day_date <= b.period_end_date then "
                f"{choice(REMOVALS, 'q.reason')} end"
            ),
        },
        "join practice_spell as q on q.id = b.record join practice as g on g.id = "
        "q.practice "
        "join person as p on p.id = b.person",
        own_key={"NHS Number": "null"},
        revised={"Primary Care Provider": "'SY0000'"},
        broken=(
            {"NHS Number": "null"},
            {
                "NHS Number": 't."NHS Number"',
                "Primary Care Provider Business Effective From Date": "null",
            },
        ),
    )


def _mergers(world: World) -> FeedTable:
    registers = world.registers
    person = np.flatnonzero((registers.old_number > 0) & (registers.merged_day < OPEN))
    return FeedTable(
        _FEED,
        "PDS_Person_Merger",
        _PROVIDERS,
        base_rows(
            person,
            world.city.months.of(registers.merged_day[person]),
            0,
            merged_date=registers.merged_day[person],
        ),
        {
            "RowID": "'M' || cast(b.record as varchar)",
            "NHS Number": "nhs(p.nhs_number)",
            "Superseded NHS Number": "nhs(p.old_number)",
            "Person Merger Business Effective From Date": "b.merged_date",
        },
        "join person as p on p.id = b.record",
        own_key={"Superseded NHS Number": "null"},
        revised={
            "Person Merger Business Effective From Date": earlier(
                "Person Merger Business Effective From Date", 1
            )
        },
        broken=(
            {"Superseded NHS Number": "null"},
            {"Superseded NHS Number": "'1234567890'"},
        ),
    )


def _conditions(world: World) -> FeedTable:
    """Conditions of registered people on the last day of each quarter."""
    city, held = world.city, world.health.condition
    who, quarters = world.people.person, world.city.quarters
    person = held["person"]
    end = np.where(who["last_day"] >= city.last_day, OPEN, who["last_day"])[person]
    first = np.maximum(
        held["diagnosed"], np.maximum(who["arrival"][person], city.first_day)
    )
    begin = np.searchsorted(quarters.last, first, side="left")
    finish = np.searchsorted(quarters.last, end, side="right")
    # A person who dies on the last day of a quarter is no longer on the list.
    at, ordinal = expand(np.maximum(np.minimum(finish, len(quarters)) - begin, 0))
    quarter = begin[at] + ordinal
    rng = world.rng("conditions without number")
    missing = chance(rng, settings.MISSING_NUMBER[_FEED], len(person))
    return FeedTable(
        _FEED,
        "long_term_condition",
        _PROVIDERS,
        base_rows(
            at,
            quarter,
            0,
            person=person[at],
            condition=held["condition"][at],
            practice=world.registers.practice_at(person[at], quarters.last[quarter]),
            counted=~missing[at],
            diagnosed_date=held["diagnosed"][at],
            resolved_date=held["resolved"][at],
        ),
        {
            "nhs_number": "case when b.counted then nhs(p.nhs_number) end",
            "practice_code": "g.code",
            "condition_code": choice(world.health.codes, "b.condition"),
            "diagnosis_date": "b.diagnosed_date",
            "resolved_date": as_of("b.resolved_date"),
        },
        "join person as p on p.id = b.person "
        "left join practice_spell as q on q.id = b.practice left join practice as g "
        "on g.id = q.practice",
        own_key={"condition_code": "t.condition_code || '_withdrawn'"},
        revised={"diagnosis_date": earlier("diagnosis_date", 30)},
        broken=(
            {"condition_code": "'unknown'"},
            {"condition_code": "null"},
            {"diagnosis_date": FUTURE},
        ),
        quarterly=True,
    )
