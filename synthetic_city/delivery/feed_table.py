"""What a feed hands over for delivery: true rows, and SQL for each delivered column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthetic_city.draw import Frame


@dataclass(frozen=True)
class FeedTable:
    """One table of a feed.

    base: true rows, with provider (position in `providers`), period (position) and
        record (the same number wherever the same record is sent again). Where a record
        is sent under several numbers, `key` tells them apart. Rows whose `counted`
        column, if there is one, is false are left out of the truth's counts.
    columns: column as delivered -> SQL over `b` (the base) and the joined lookups;
        `b.nn` is the submission number, `b.period_end` the period's last day.
    event: a record belongs to one period, so it may come late or be corrected later.
    own_key: expressions over `t` that give a row a key that no true row has.
    revised: expressions over `t` of a version that was or will be corrected.
    broken: sets of expressions over `t`, each of which breaks one rule; a table without
        any has no malformed lines either.
    """

    feed: str
    name: str
    providers: tuple[str, ...]
    base: Frame
    columns: Mapping[str, str]
    joins: str
    own_key: Mapping[str, str]
    revised: Mapping[str, str]
    broken: tuple[Mapping[str, str], ...]
    quarterly: bool = False
    event: bool = False
