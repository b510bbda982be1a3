"""Beds and the people who need them: Erlang's formulas, and their inverse.

They hold when people come at random at a steady rate (A. K. Erlang 1917; W. Feller,
Introduction to Probability Theory, vol. 1, XVII.7). A load in erlangs is people a day
times days of stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from intelligence.statistics.checks import amounts, known, level_of

Array = npt.NDArray[Any]

WAITS, IS_REFUSED = "waits", "is refused"


def erlang_b(load: float, beds: int) -> float:
    """Chance (0 to 1) that a person is refused because all beds are taken.

    load: people a day times days of stay (erlangs), 0 or more. A person who finds no
    bed goes elsewhere; the length of stay may have any distribution (Erlang-B). Raises
    ValueError for a load that is negative or no number, or a negative number of beds.
    """
    return float(_refused(np.array([load]), beds)[-1, 0])


def erlang_c(load: float, beds: int) -> float:
    """Chance (0 to 1) that a person must wait for a bed because all are taken.

    load and errors as for `erlang_b`; lengths of stay are exponential (Erlang-C). 1
    when the load is as much as the beds or more: then the queue grows without end.
    """
    return float(_waiting(np.array([load]), beds)[-1, 0])


def _refused(load: Array, beds: int) -> Array:
    """(beds + 1, loads) Erlang-B of 0, 1, ... beds, by the stable recursion."""
    if beds < 0 or (load < 0).any():
        raise ValueError("a load and a number of beds cannot be negative")
    known(load=load)
    rows = np.ones((beds + 1, len(load)))
    for n in range(1, beds + 1):
        rows[n] = load * rows[n - 1] / (n + load * rows[n - 1])
    return rows


def _waiting(load: Array, beds: int) -> Array:
    """(beds + 1, loads) Erlang-C of 0, 1, ... beds."""
    refused = _refused(load, beds)
    idle = 1 - load / np.maximum(np.arange(beds + 1)[:, None], 1e-9)
    chance = refused / (refused + (1 - refused) * np.maximum(idle, 0))
    return np.where(idle > 0, chance, 1.0)


def capacity(chance_of_no_bed: float, when_full: str, most_beds: int) -> Array:
    """(most_beds + 1,) greatest load that 0, 1, ... beds carry within this chance.

    Loads in erlangs, by inverting Erlang's formulas. chance_of_no_bed: above 0 and
    below 1. when_full: "waits" (Erlang-C) or "is refused" (Erlang-B). Raises ValueError
    for anything else and for a negative number of beds.
    """
    level_of(chance_of_no_bed, "chance_of_no_bed")
    if most_beds < 0:
        raise ValueError("most_beds cannot be negative")
    formula = {WAITS: _waiting, IS_REFUSED: _refused}.get(when_full)
    if formula is None:
        raise ValueError(f"when_full is neither '{WAITS}' nor '{IS_REFUSED}'")
    beds = np.arange(most_beds + 1)
    low, high = np.zeros(most_beds + 1), np.maximum(beds, 1) * 2.0
    # However many people come, one bed at a time is still free for 1 - chance of them.
    high = np.maximum(high, (beds + 1) / (1 - chance_of_no_bed))
    for _ in range(60):
        middle = (low + high) / 2
        fits = formula(middle, most_beds)[beds, beds] <= chance_of_no_bed
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    low[0] = 0
    return low


def beds_for(load: Array, carried: Array) -> Array:
    """Beds, with fractions, that carry each load; round up for whole beds.

    load: any shape, in erlangs; carried: `capacity` by number of beds, for more beds
    than any load needs. Raises ValueError for a load that is negative, no number, or
    more than the last number of beds carries.
    """
    load, carried = amounts(load=load, carried=carried)
    if load.size and load.max() > carried[-1]:
        raise ValueError(
            f"load {load.max():.6g} is more than the {len(carried) - 1} beds of carried"
            f" carry ({carried[-1]:.6g})"
        )
    beds: Array = np.interp(load, carried, np.arange(len(carried)))
    return beds
