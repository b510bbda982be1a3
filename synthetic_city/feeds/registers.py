"""primary_care, deaths, opt_outs and care_homes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import (
    OPEN,
    Array,
    Frame,
    chance,
    expand,
    part,
    stack,
    take,
    words,
)
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    key,
    marked,
)
from synthetic_city.registrations import REMOVALS
from synthetic_city.stays import inside
from synthetic_city.world import World
from synthetic_city.write import FeedTable

_GP = "primary_care"
_GP_PROVIDERS = ("15F",)
_CAUSES = words("I259 I639 C349 J440 F03X J189 I500 C509 C189 R54X A419 K709 X599 G309")
_PLACES = ("hospital", "hospice", "care home", "home", "elsewhere")


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of primary_care, deaths, opt_outs and care_homes."""
    yield _persons(world)
    yield _addresses(world)
    yield _practices(world)
    yield _mergers(world)
    yield _conditions(world)
    yield _deaths(world)
    yield from _opt_outs(world)
    yield _homes(world)
    yield _vacancies(world)


def _on_change(world: World, *days: Array) -> tuple[Array, Array]:
    """Row and month for the first delivery and each change inside the period.

    The first of `days` is when the row begins; rows older than the period come in the
    first file. Days that are OPEN bring no delivery.
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

    A changed surname makes a second version; a number that was later merged away has a
    version of its own until the merger.
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
        _GP,
        "PDS_Person",
        _GP_PROVIDERS,
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
        _GP,
        "PDS_Address",
        _GP_PROVIDERS,
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
        _GP,
        "PDS_Patient_Care_Practice",
        _GP_PROVIDERS,
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
        _GP,
        "PDS_Person_Merger",
        _GP_PROVIDERS,
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
    """Everybody's conditions on the last day of each quarter, while registered."""
    city, held = world.city, world.health.condition
    who, quarters = world.people.person, world.city.quarters
    person = held["person"]
    end = np.where(who["last_day"] >= city.last_day, OPEN, who["last_day"])[person]
    first = np.maximum(
        held["diagnosed"], np.maximum(who["arrival"][person], city.first_day)
    )
    begin = np.searchsorted(quarters.last, first, side="left")
    finish = np.searchsorted(quarters.last, end, side="right")
    # Somebody who dies on a quarter's last day is off the list.
    at, ordinal = expand(np.maximum(np.minimum(finish, len(quarters)) - begin, 0))
    quarter = begin[at] + ordinal
    rng = world.rng("conditions without number")
    missing = chance(rng, settings.MISSING_NUMBER[_GP], len(person))
    return FeedTable(
        _GP,
        "long_term_condition",
        _GP_PROVIDERS,
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


def place_of_death(world: World, person: Array, death: Array) -> Array:
    """Position in _PLACES of where each person died."""
    hospital = world.hospital.stays()
    in_hospital = inside(hospital, person, death)
    bed = world.community.bed
    order = np.lexsort((bed["start"], bed["person"]))
    stays = {k: bed[k][order] for k in ("person", "start", "end")}
    in_bed = inside(stays, person, death)
    in_home = world.residence.home_at(person, death) >= 0
    rng = part(world.city.seed, "place of death")
    elsewhere = np.where(
        chance(rng, 0.08, len(person)),
        1,
        np.where(chance(rng, 0.05, len(person)), 4, 3),
    )
    place = np.where(in_home, 2, elsewhere)
    place = np.where(in_bed, 1, place)
    return np.where(in_hospital, 0, place)


def death_records(world: World) -> Frame:
    """Deaths in the order of registration: person, registered, number, nhs_number."""
    who = world.people.person
    rng = part(world.city.seed, "death registrations")
    person = np.flatnonzero((who["death"] < OPEN) & (who["household"] >= 0))
    wait = (
        2
        + rng.poisson(5, len(person))
        + chance(rng, 0.06, len(person)) * rng.integers(20, 90, len(person))
    )
    registered = who["death"][person] + wait
    known = registered <= world.city.last_day
    person, registered = person[known], registered[known]
    order = np.lexsort((person, registered))
    person, registered = person[order], registered[order]
    size = len(person)
    number = world.registers.nhs_number[person]
    other = world.registers.nhs_number[rng.integers(0, world.people.count, size)]
    number = np.where(chance(rng, settings.WRONG_NUMBER, size), other, number)
    number = np.where(chance(rng, settings.MISSING_NUMBER["deaths"], size), 0, number)
    return {"person": person, "registered": registered, "nhs_number": number}


def _deaths(world: World) -> FeedTable:
    record = death_records(world)
    person = record["person"]
    death = world.people.person["death"][person]
    rng = part(world.city.seed, "causes of death")
    row = world.residence.at(person, death)
    size = len(person)
    return FeedTable(
        "deaths",
        "Deaths",
        ("ONS",),
        base_rows(
            np.arange(size),
            world.city.months.of(record["registered"]),
            0,
            person=person,
            nhs_number=record["nhs_number"],
            registered_date=record["registered"],
            died_date=death,
            postcode=world.residence.row["postcode"][row],
            place=place_of_death(world, person, death),
            cause=rng.integers(0, len(_CAUSES), size),
        ),
        {
            "NHS Number": "nhs(b.nhs_number)",
            "DEC_FORENAMES": "p.forename",
            "DEC_SURNAME": "p.surname",
            "DEC_DATE_OF_BIRTH": "p.birth_date",
            "DEC_SEX": "cast(p.sex as varchar)",
            "DEC_POSTCODE": "a.postcode",
            "LSOA_OF_RESIDENCE_CODE": "a.lsoa21",
            "REG_DATE_OF_DEATH": "b.died_date",
            "REG_DATE": "b.registered_date",
            "REG_NUMBER": key("D", "b.record", 7),
            "POD_ESTABLISHMENT_TYPE": choice(_PLACES, "b.place"),
            "POD_NHS_ESTABLISHMENT": "case when b.place = 0 then '1' else '2' end",
            "S_UNDERLYING_COD_ICD10": choice(_CAUSES, "b.cause"),
        },
        "join person as p on p.id = b.person join postcode as a on a.id = b.postcode",
        own_key={"REG_NUMBER": marked("REG_NUMBER")},
        revised={"S_UNDERLYING_COD_ICD10": "'R99X'"},
        broken=(
            {"REG_DATE_OF_DEATH": earlier("DEC_DATE_OF_BIRTH", 5)},
            {"REG_NUMBER": "null"},
            {"REG_DATE_OF_DEATH": "null"},
        ),
        event=True,
    )


def _opt_outs(world: World) -> Iterator[FeedTable]:
    months, who = world.city.months, world.people.person
    for name, provider, day in (
        ("national_data_opt_out", "NHSE", world.registers.opt_out_day),
        ("type_1_opt_out", "15F", world.registers.type_1_day),
    ):
        person = np.flatnonzero(day < OPEN)
        begin = months.of(day[person])
        # A Type 1 opt-out leaves the list with the patient; the national one stays.
        end = (
            who["last_day"][person] if provider == "15F" else np.full(len(person), OPEN)
        )
        gone = end < world.city.last_day
        finish = np.where(
            gone, months.of(np.minimum(end, world.city.last_day)), len(months)
        )
        at, ordinal = expand(np.maximum(finish - begin, 0))
        month = begin[at] + ordinal
        columns = {"nhs_number": "nhs(p.nhs_number)"}
        joins = "join person as p on p.id = b.record"
        base = base_rows(person[at], month, 0)
        if provider == "15F":
            columns["practice_code"] = "g.code"
            joins += (
                " left join practice_spell as q on q.id = b.practice"
                " left join practice as g on g.id = q.practice"
            )
            base["practice"] = world.registers.practice_at(
                person[at], months.last[month]
            )
        yield FeedTable(
            "opt_outs",
            name,
            (provider,),
            base,
            columns,
            joins,
            own_key={"nhs_number": "null"},
            revised={},
            # Without fault: an opt-out that cannot be read stops the build.
            broken=(),
        )


def _homes(world: World) -> FeedTable:
    quarters, home = world.city.quarters, world.homes.home
    count = len(home["beds"])
    record = np.tile(np.arange(count), len(quarters))
    quarter = np.repeat(np.arange(len(quarters)), count)
    listed = home["opened"][record] <= quarters.last[quarter]
    record, quarter = record[listed], quarter[listed]
    return FeedTable(
        "care_homes",
        "home",
        ("CQC",),
        base_rows(record, quarter, 0),
        {
            "cqc_location_id": "h.cqc",
            "home_name": "h.name",
            "postcode": "a.postcode",
            "lsoa_code": "a.lsoa21",
            "care_home_type": (
                "case when h.nursing then 'nursing' else 'residential' end"
            ),
            "registered_beds": "cast(h.beds as integer)",
            "opened_date": "h.opened_date",
            "closed_date": as_of("h.closed_date"),
        },
        "join home as h on h.id = b.record join postcode as a on a.id = h.postcode",
        own_key={"cqc_location_id": marked("cqc_location_id")},
        revised={"registered_beds": "t.registered_beds + 4"},
        broken=(
            {"cqc_location_id": "null"},
            {"registered_beds": "-10"},
            {"care_home_type": "'hotel'"},
        ),
        quarterly=True,
    )


def _vacancies(world: World) -> FeedTable:
    city, home = world.city, world.homes.home
    mondays = city.days[(city.days + 3) % 7 == 0]
    occupied = world.homes.occupied(city.days)[:, mondays - city.first_day]
    rng = world.rng("vacancies")
    shape = occupied.shape
    beds = home["beds"][:, None]
    usable = np.maximum(beds - rng.poisson(0.03 * beds, shape), occupied)
    running = (home["opened"][:, None] <= mondays) & (home["closed"][:, None] > mondays)
    answered = running & (rng.random(shape) < 0.96)
    at, week = np.nonzero(answered)
    return FeedTable(
        "care_homes",
        "vacancy",
        ("CQC",),
        base_rows(
            at * len(mondays) + week,
            city.months.of(mondays[week]),
            0,
            home=at,
            week_date=mondays[week],
            usable=usable[at, week],
            occupied=occupied[at, week],
        ),
        {
            "cqc_location_id": "h.cqc",
            "week_start": "b.week_date",
            "beds_available": "cast(b.usable as integer)",
            "beds_occupied": "cast(b.occupied as integer)",
            "beds_vacant": "cast(b.usable - b.occupied as integer)",
        },
        "join home as h on h.id = b.home",
        own_key={"cqc_location_id": marked("cqc_location_id")},
        revised={
            "beds_vacant": "t.beds_vacant + 1",
            "beds_available": "t.beds_available + 1",
        },
        broken=(
            {"beds_vacant": "-2"},
            {"cqc_location_id": "null"},
            {"week_start": "null"},
        ),
        event=True,
    )
