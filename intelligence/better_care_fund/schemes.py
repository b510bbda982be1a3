"""Schemes of the Better Care Fund, and the facts that they are held against.

What a scheme claims, the monthly facts of all wards, and the people whom a scheme
enrols by a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Scheme:
    """A scheme and its claims.

    pathway: the kind of event that it is meant to prevent. wards: codes; empty for the
    whole city. age_from, age_to: whole years, both included. ramp_months: from the
    start until it runs in full. claimed_effect: share of its people's events that it
    prevents when it runs in full, 0 to 1. claimed_prevented: events a year, when it
    runs in full. cost_a_year: pounds.
    """

    scheme_id: str
    scheme_name: str
    pathway: str
    wards: frozenset[str]
    age_from: int
    age_to: int
    start: date
    ramp_months: int
    claimed_people: int
    claimed_effect: float
    claimed_prevented: float
    cost_a_year: float


@dataclass(frozen=True)
class Panel:
    """Complete months of all wards: cells are age bands and sexes.

    wards: codes, sorted. first_month: of the series, which has no gaps. age_from:
    (cells,) lowest age of each cell. days: (months,) days of each month. people_days,
    and each of events: (wards, months, cells).
    """

    wards: tuple[str, ...]
    first_month: date
    age_from: Array
    days: Array
    people_days: Array
    events: Mapping[str, Array]


@dataclass(frozen=True)
class Strata:
    """People enrolled in one scheme, and similar people who are not; all (strata,).

    before, after: events in the year before the start, and in the year after the ramp;
    squares: sums over people of `after` squared.
    """

    members: Array
    member_before: Array
    member_after: Array
    member_squares: Array
    controls: Array
    control_before: Array
    control_after: Array
    control_squares: Array


class Number(NamedTuple):
    """A number with its interval; nan when it is not known."""

    value: float
    lower: float
    upper: float

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return bool(np.isfinite(self.value))


NOT_KNOWN = Number(float("nan"), float("nan"), float("nan"))


def months_between(first: date, last: date) -> int:
    """Whole calendar months from the month of one day to that of another."""
    return (last.year - first.year) * 12 + last.month - first.month


def wards_of(scheme: Scheme, panel: Panel) -> Array:
    """(wards,) booleans: where the scheme works."""
    return np.array(
        [not scheme.wards or ward in scheme.wards for ward in panel.wards], dtype=bool
    )


def cells_of(scheme: Scheme, panel: Panel) -> Array:
    """(cells,) booleans: the ages it is for."""
    inside: Array = panel.age_from >= scheme.age_from
    return inside & (panel.age_from <= scheme.age_to)
