"""One bed at a time: fitting stays of one person around each other."""

from __future__ import annotations

import numpy as np

from synthetic_city.draw import OPEN, Array, Frame, take

# Wide enough for any day of a life after the shift in `_at`.
_SPAN = 2**17


def _at(person: Array, days: Array) -> Array:
    return person.astype(np.int64) * _SPAN + np.minimum(days, _SPAN - 70_000) + 60_000


def in_order(stay: Frame) -> Frame:
    """Stays by person and first day; ties by last day."""
    return take(stay, np.lexsort((stay["end"], stay["start"], stay["person"])))


def without_overlaps(stay: Frame) -> Frame:
    """Drop stays that begin on or before the last day of an earlier stay."""
    stay = in_order(stay)
    until = np.maximum.accumulate(_at(stay["person"], stay["end"]))
    before = np.r_[np.int64(-1), until[:-1]]
    return take(stay, np.flatnonzero(_at(stay["person"], stay["start"]) > before))


def around(fixed: Frame, stay: Frame, touching: bool) -> Frame:
    """Fit stays around fixed ones, which must be in order and free of overlaps.

    A stay that begins inside a fixed one is dropped; one that runs into the next fixed
    one ends the day before it. `touching` lets it begin or end on the very day.
    """
    if len(fixed["person"]) == 0 or len(stay["person"]) == 0:
        return stay
    slack = 0 if touching else 1
    start = _at(stay["person"], stay["start"])
    fixed_start = _at(fixed["person"], fixed["start"])
    fixed_end = _at(fixed["person"], fixed["end"])
    # A fixed stay that begins on the same day counts as earlier only when it may touch.
    side = "right" if touching else "left"
    following = np.searchsorted(fixed_start, start, side=side)  # type: ignore[call-overload]
    previous = following - 1
    same = (previous >= 0) & (fixed["person"][previous] == stay["person"])
    clear = ~same | (fixed_end[previous] + slack <= start)
    there = np.minimum(following, len(fixed_start) - 1)
    comes = (following < len(fixed_start)) & (fixed["person"][there] == stay["person"])
    limit = np.where(comes, fixed["start"][there] - slack, OPEN)
    fitted = dict(stay)
    fitted["end"] = np.minimum(stay["end"], limit)
    return take(fitted, np.flatnonzero(clear & (fitted["end"] >= stay["start"])))


def inside(stay: Frame, person: Array, days: Array) -> Array:
    """Whether each person is in a stay on a day (first and last day count)."""
    if len(stay["person"]) == 0:
        return np.zeros(len(person), dtype=bool)
    at = _at(person, days)
    last = np.searchsorted(_at(stay["person"], stay["start"]), at, side="right") - 1
    same = (last >= 0) & (stay["person"][last] == person)
    within: Array = same & (stay["end"][last] >= days)
    return within
