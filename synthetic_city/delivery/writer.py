"""Decide which rows go into which file.

A true row may come late, twice, in an earlier version, or only in a resubmission; some
rows break rules and some files hold a malformed line. How often is in `settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from synthetic_city import settings
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.delivery.files import (
    CORRECTED,
    DUPLICATE,
    FIRST_BROKEN,
    REVISED,
    WITHDRAWN,
    Dirt,
    FileWriter,
)
from synthetic_city.draw import Array, Frame, Periods, Rng, chance, part, take


@dataclass
class Writer:
    """Writes feed tables below `feeds` and keeps the truth's counts."""

    city: settings.City
    con: duckdb.DuckDBPyConnection
    feeds: Path
    tables_of_feed: Mapping[str, int]
    counts: list[tuple[str, str, str, str, int, int]] = field(default_factory=list)
    dirt: list[Dirt] = field(default_factory=list)
    rows_written: dict[str, int] = field(default_factory=dict)

    def deliver(self, table: FeedTable) -> None:
        """Write all files of a table; a table without rows sends no file."""
        if len(table.base["record"]) == 0:
            return
        city = self.city
        periods = city.quarters if table.quarterly else city.months
        rng = part(city.seed, f"delivery of {table.feed}.{table.name}")
        # A provider resubmits all tables of a feed and period together.
        again_rng = part(city.seed, f"resubmissions of {table.feed}")
        shape = (len(table.providers), len(city.months))
        by_month = again_rng.random(shape) < settings.RESUBMITTED_FILES
        resubmitted = by_month[:, :: 3 if table.quarterly else 1].ravel()
        base = _in_file_order(rng, table, len(periods))
        group = base["provider"] * len(periods) + base["period"]
        again = resubmitted[group].astype(np.int64)
        late = settings.LATE_TO_RESUBMISSION
        revised = settings.REVISED_IN_RESUBMISSION
        lacking = (again == 1) & chance(rng, late + revised, len(group))
        old = lacking & chance(rng, revised / (late + revised), len(group))
        rows, files = _rows_of_files(group, again, lacking)
        extras = self._extras(rng, table, group, again, old)
        corrected = extras[2] == CORRECTED
        self._count(table, base, periods, extras[0][corrected], extras[1][corrected])
        malformed = self._files_with_malformed_lines(rng, table, len(np.unique(files)))
        self.rows_written[f"{table.feed}.{table.name}"] = FileWriter(
            self.con, self.feeds, city, self.dirt
        ).write(table, periods, base, (rows, files), extras, malformed)

    def _extras(
        self, rng: Rng, table: FeedTable, group: Array, again: Array, old: Array
    ) -> tuple[Array, Array, Array]:
        """Rows beyond the true ones: base row, file and what is done to it.

        They are exact duplicates, corrections that come a period later, `old` versions
        in a first submission, rows the resubmission withdraws, and broken rules.
        """
        size = len(group)
        final = group * 2 + again
        parts: list[tuple[Array, Array, int]] = []
        twice = np.flatnonzero(chance(rng, settings.DUPLICATED, size))
        parts.append((twice, final[twice], DUPLICATE))
        before = np.flatnonzero(old)
        parts.append((before, group[before] * 2, REVISED))
        first = np.flatnonzero(again == 1)
        gone = first[chance(rng, settings.WITHDRAWN_IN_RESUBMISSION, len(first))]
        parts.append((gone, group[gone] * 2, WITHDRAWN))
        if table.event:
            at = np.flatnonzero(chance(rng, settings.CORRECTED_NEXT_PERIOD, size))
            sent = np.unique(group)
            follows = np.isin(group[at] + 1, sent)
            periods = len(self.city.quarters if table.quarterly else self.city.months)
            follows &= (group[at] + 1) % periods > 0
            at = at[follows]
            later = np.searchsorted(group, group[at] + 1)
            parts.append((at, final[later], CORRECTED))
        if table.broken:
            most = settings.RULE_BREAKING_MOST * max(self.city.people / 20_000, 0.25)
            count = int(
                min(max(settings.RULE_BREAKING * size, len(table.broken)), most)
            )
            at = np.sort(rng.integers(0, size, count))
            for number in range(len(table.broken)):
                of_it = at[number :: len(table.broken)]
                parts.append((of_it, final[of_it], FIRST_BROKEN + number))
        rows = np.concatenate([p[0] for p in parts])
        files = np.concatenate([p[1] for p in parts])
        mods = np.concatenate([np.full(len(p[0]), p[2]) for p in parts])
        order = np.argsort(files, kind="stable")
        return rows[order], files[order], mods[order]

    def _count(
        self,
        table: FeedTable,
        base: Frame,
        periods: Periods,
        corrected: Array,
        files: Array,
    ) -> None:
        """Count true records by provider and period, and by their last period."""
        counted = base.get("counted", np.ones(len(base["record"]), dtype=bool))
        kept = np.flatnonzero(counted)
        group = np.r_[
            base["provider"][kept] * len(periods) + base["period"][kept], files // 2
        ]
        key = base.get("key", base["record"])
        record = np.r_[key[kept], key[corrected]]
        last = np.full(int(record.max(initial=0)) + 1, -1)
        np.maximum.at(last, record, group)
        in_group = np.bincount(group, minlength=len(periods) * len(table.providers))
        of_last = np.bincount(last[last >= 0], minlength=len(in_group))
        for at in np.flatnonzero(in_group).tolist():
            provider, period = divmod(at, len(periods))
            self.counts.append(
                (
                    table.feed,
                    table.name,
                    periods.label[period],
                    table.providers[provider],
                    int(in_group[at]),
                    int(of_last[at]),
                )
            )

    def _files_with_malformed_lines(
        self, rng: Rng, table: FeedTable, files: int
    ) -> set[int]:
        if self.city.parquet or not table.broken:
            return set()
        wanted = -(
            -settings.MALFORMED_LINES_PER_FEED // self.tables_of_feed[table.feed]
        )
        return set(rng.choice(files, size=min(wanted, files), replace=False).tolist())


def _in_file_order(rng: Rng, table: FeedTable, periods: int) -> Frame:
    """True rows by provider, period and record; some events come a period later."""
    base = dict(table.base)
    if table.event:
        late = chance(rng, settings.LATE_TO_NEXT_PERIOD, len(base["period"]))
        late &= base["period"] < periods - 1
        base["period"] = base["period"] + late
    return take(base, np.lexsort((base["record"], base["period"], base["provider"])))


def _rows_of_files(group: Array, again: Array, lacking: Array) -> tuple[Array, Array]:
    """Base row and file (group * 2 + submission - 1) of every ordinary row, by file.

    The last submission has all rows; a first one before it lacks those of `lacking`.
    """
    first = np.flatnonzero((again == 1) & ~lacking)
    rows = np.r_[np.arange(len(group)), first]
    files = np.r_[group * 2 + again, group[first] * 2]
    order = np.argsort(files, kind="stable")
    return rows[order], files[order]
