"""deaths: the register of deaths, in the order of registration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.stays import inside
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN, Array, Frame, chance, part, words
from synthetic_city.feeds.common import base_rows, choice, earlier, key, marked

_CAUSES = words("I259 I639 C349 J440 F03X J189 I500 C509 C189 R54X A419 K709 X599 G309")
_PLACES = ("hospital", "hospice", "care home", "home", "elsewhere")


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the one table of deaths."""
    yield _deaths(world)


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
