"""Records that go wrong between what happened and what is delivered.

A feed asks which of its records go wrong in a way, delivers them so and notes the
truth, which becomes truth/record.csv. How often is in `settings.GONE_WRONG`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from synthetic_city import settings
from synthetic_city.draw import Array, part

COLUMNS = ("kind", "feed", "table", "provider", "record", "other_record", "expected")


@dataclass
class GoneWrong:
    """Draws the records that go wrong, none in a city that is clean, and notes them."""

    city: settings.City
    noted: list[tuple[str, ...]] = field(default_factory=list)

    def pick(self, kind: str, able: Array) -> Array:
        """Positions of the records that go wrong in a way, in order.

        able: whether a record may; no longer so for those that are picked.
        """
        at = np.flatnonzero(able)
        if not self.city.dirty or len(at) == 0:
            return at[:0]
        wanted = round(settings.GONE_WRONG[kind].share * len(at))
        count = min(max(wanted, settings.GONE_WRONG_LEAST), len(at))
        rng = part(self.city.seed, f"records gone wrong: {kind}")
        chosen = np.sort(rng.choice(at, count, replace=False))
        able[chosen] = False
        return chosen

    def note(
        self,
        kind: str,
        feed: str,
        table: str,
        provider: str,
        records: Iterable[str],
        others: Iterable[str] = repeat(""),
        expected: Iterable[object] = repeat(""),
    ) -> None:
        """Note records by their delivered number, and what is to be said of them."""
        for record, other, what in zip(records, others, expected, strict=False):
            row = (kind, feed, table, provider, record, other, str(what))
            self.noted.append(row)


def numbered(prefix: str, number: Array, width: int) -> list[str]:
    """Delivered numbers: a prefix and a number padded with zeros."""
    return [f"{prefix}{n:0{width}d}" for n in number.tolist()]


def iso(days: Array) -> list[str]:
    """Days as ISO dates."""
    return [str(day) for day in days.astype("datetime64[D]")]
