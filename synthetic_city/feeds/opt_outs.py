"""opt_outs: everyone with a national data opt-out or a Type 1 opt-out, each month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN, Array, Frame, expand
from synthetic_city.feeds.common import base_rows


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of opt_outs."""
    yield _national(world)
    yield _type_1(world)


def _national(world: World) -> FeedTable:
    """The national opt-out stays listed, even after death or departure."""
    day = world.registers.opt_out_day
    person, month = _listed(world, day, np.full(len(day), OPEN))
    return _opt_outs(
        "national_data_opt_out",
        "NHSE",
        base_rows(person, month, 0),
        {"nhs_number": "nhs(p.nhs_number)"},
        "join person as p on p.id = b.record",
    )


def _type_1(world: World) -> FeedTable:
    """The Type 1 opt-out leaves the practice's list with the patient."""
    person, month = _listed(
        world, world.registers.type_1_day, world.people.person["last_day"]
    )
    last = world.city.months.last[month]
    return _opt_outs(
        "type_1_opt_out",
        "15F",
        base_rows(person, month, 0, practice=world.registers.practice_at(person, last)),
        {"nhs_number": "nhs(p.nhs_number)", "practice_code": "g.code"},
        "join person as p on p.id = b.record "
        "left join practice_spell as q on q.id = b.practice "
        "left join practice as g on g.id = q.practice",
    )


def _listed(world: World, day: Array, until: Array) -> tuple[Array, Array]:
    """Person and month for each month in which a person is on the list.

    day, until: (people,) the day of opting out (OPEN if never), and the day after which
    the list no longer has the person.
    """
    months, last = world.city.months, world.city.last_day
    person = np.flatnonzero(day < OPEN)
    begin = months.of(day[person])
    end = until[person]
    finish = np.where(end < last, months.of(np.minimum(end, last)), len(months))
    at, ordinal = expand(np.maximum(finish - begin, 0))
    return person[at], begin[at] + ordinal


def _opt_outs(
    name: str, provider: str, base: Frame, columns: dict[str, str], joins: str
) -> FeedTable:
    return FeedTable(
        "opt_outs",
        name,
        (provider,),
        base,
        columns,
        joins,
        own_key={"nhs_number": "null"},
        revised={},
        # No broken rows: an opt-out that cannot be read stops the build.
        broken=(),
    )
