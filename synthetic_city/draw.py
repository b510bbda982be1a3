"""Random draws and table handling shared by all parts.

A `Frame` is a dict of equally long numpy arrays. Days are integers since 1970-01-01;
`OPEN` marks an end that has not come yet, and becomes null in the feeds.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Frame = dict[str, Array]
Rng = np.random.Generator

OPEN = 2**30
YEAR = 365.25  # days


def part(seed: int, name: str) -> Rng:
    """The generator of one named part.

    Each name has its own child of the seed, as `SeedSequence.spawn` makes them, so a
    new part never changes the numbers of another.
    """
    key = zlib.crc32(name.encode())
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))


def day(text: str) -> int:
    """Days since 1970-01-01 of an ISO date."""
    return int(np.datetime64(text, "D").astype(int))


def words(text: str) -> list[str]:
    """The words of a list written as running text."""
    return text.split()


def ladder_draw(rng: Rng, ladder: Array, size: int) -> Array:
    """Draw `size` positions on a ladder of cumulative probabilities."""
    position: Array = np.searchsorted(ladder, rng.random(size), side="right")
    return position


def pick(rng: Rng, weights: Sequence[float] | Array, size: int) -> Array:
    """Draw `size` indices with the given weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float))
    return ladder_draw(rng, cumulative / cumulative[-1], size)


def pick_by_row(rng: Rng, weights: Array, row: Array) -> Array:
    """Draw one column index per element of `row`, weighted by that row of `weights`.

    weights: (rows, columns), non-negative, no row all zero. row: (n,) ints.
    """
    cumulative = np.cumsum(weights, axis=1)
    cumulative = cumulative / cumulative[:, -1:]
    columns = weights.shape[1]
    ladder = (cumulative + np.arange(len(weights))[:, None]).ravel()
    position = np.searchsorted(ladder, row + rng.random(len(row)), side="right")
    column: Array = np.minimum(position - row * columns, columns - 1)
    return column


def chance(rng: Rng, probability: Array | float, size: int) -> Array:
    """Draw `size` booleans, true with the given probability."""
    drawn: Array = rng.random(size) < probability
    return drawn


def expand(counts: Array) -> tuple[Array, Array]:
    """Owner index and ordinal (from 0) of `counts[i]` children of each i."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - np.repeat(first, counts)


def rank_in_group(group: Array) -> Array:
    """Ordinal (from 0) of each element within its group; `group` must be sorted."""
    if len(group) == 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    sizes = np.diff(np.r_[starts, len(group)])
    return np.arange(len(group)) - np.repeat(starts, sizes)


def take(frame: Frame, index: Array) -> Frame:
    """The rows of a frame at `index` (positions or a boolean mask)."""
    return {name: column[index] for name, column in frame.items()}


def stack(frames: Sequence[Frame]) -> Frame:
    """Frames with the same columns, one below the other."""
    return {name: np.concatenate([f[name] for f in frames]) for name in frames[0]}


def poisson_events(rng: Rng, expected: Array) -> Array:
    """Owner index of each event, `expected[i]` events on average for owner i."""
    return np.repeat(np.arange(len(expected)), rng.poisson(expected))


@dataclass(frozen=True)
class Calendar:
    """Daily weights of a kind of event, for drawing dates inside a window."""

    first_day: int
    cumulative: Array

    @classmethod
    def of(
        cls,
        days: Array,
        weekday: Sequence[float],
        winter: float,
        yearly_trend: float,
    ) -> Calendar:
        """Weights from weekday (Monday first), winter peak (share), yearly trend."""
        of_week = (days + 3) % 7
        of_year = 2 * np.pi * (days.astype(float) % 365.25 - 15) / 365.25
        weight = np.asarray(weekday)[of_week] * (1 + winter * np.cos(of_year))
        weight = weight * (1 + yearly_trend) ** ((days - days[0]) / 365.25)
        return cls(int(days[0]), np.r_[0.0, np.cumsum(weight) / weight.sum()])

    def draw(self, rng: Rng, first: Array, last: Array) -> Array:
        """One day per window [first, last], inside the calendar's own days."""
        low = self.cumulative[first - self.first_day]
        high = self.cumulative[last - self.first_day + 1]
        at = low + (high - low) * rng.random(len(first))
        drawn = np.searchsorted(self.cumulative, at, side="right") - 1
        inside: Array = np.clip(drawn + self.first_day, first, last)
        return inside


@dataclass(frozen=True)
class Periods:
    """Reporting periods: first day, last day and label (first month) of each."""

    first: Array
    last: Array
    label: tuple[str, ...]

    @classmethod
    def between(cls, first_day: int, last_day: int, months: int) -> Periods:
        """Periods of so many months each that cover [first_day, last_day]."""
        start = np.datetime64(first_day, "D").astype("datetime64[M]")
        stop = np.datetime64(last_day, "D").astype("datetime64[M]") + 1
        firsts = np.arange(start, stop, months)
        nexts = firsts + months
        return cls(
            firsts.astype("datetime64[D]").astype(np.int64),
            nexts.astype("datetime64[D]").astype(np.int64) - 1,
            tuple(str(m) for m in firsts),
        )

    def __len__(self) -> int:
        """Count the periods."""
        return len(self.first)

    def of(self, days: Array) -> Array:
        """Period index of each day; days before or after go to the nearest period."""
        index = np.searchsorted(self.first, days, side="right") - 1
        nearest: Array = np.clip(index, 0, len(self.first) - 1)
        return nearest

    def roll(self, start: Array, end: Array) -> tuple[Array, Array]:
        """Owner and period index for every period that [start, end] touches."""
        begin, finish = self.of(start), self.of(np.minimum(end, self.last[-1]))
        owner, ordinal = expand(np.maximum(finish - begin + 1, 0))
        return owner, begin[owner] + ordinal
