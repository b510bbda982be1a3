"""Draws of what is uncertain: rates of admission and lengths of stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from intelligence.statistics.checks import amounts
from intelligence.statistics.queues import Array


def dispersion(counts: Array) -> float:
    """Variance over mean of counts (periods,) of like periods (Pearson), at least 1.

    1 for fewer than two periods or no event; ValueError for negative counts.
    """
    (counts,) = amounts(counts=counts)
    if len(counts) < 2 or counts.sum() == 0:
        return 1.0
    return max(float(counts.var(ddof=1) / counts.mean()), 1.0)


@dataclass(frozen=True)
class Purpose:
    """Draws for one bed purpose.

    admissions: (draws, years) per year at today's rates. nights: (draws,) mean length
    of stay. delay_share: (draws,) share of nights that were a delay. queue_nights,
    weekday: as in `simulation.Queue`.
    """

    admissions: Array
    nights: Array
    delay_share: Array
    queue_nights: Array
    weekday: Array


def draw_purpose(
    rng: np.random.Generator,
    admissions: Array,
    person_years: Array,
    people: Array,
    stays: Mapping[str, Array],
    draws: int,
) -> Purpose:
    """Draw what is uncertain about one bed purpose.

    admissions, person_years: (cells,) by age and sex; people: (years, cells) projected;
    stays: nights and delay_nights of ended stays, weekday (0 Monday) of admission and
    month (a number) of discharge. Raises ValueError for negative or unknown numbers and
    where a person-year is 0 but has admissions.
    """
    admissions, person_years, people = amounts(
        admissions=admissions, person_years=person_years, people=people
    )
    amounts(nights=stays["nights"], delay_nights=stays["delay_nights"])
    if ((person_years == 0) & (admissions > 0)).any():
        raise ValueError("person_years is zero in a cell that has admissions")
    months = stays["month"]
    spread = dispersion(np.bincount(months - months.min(initial=0)))
    # Mean and variance of the counts as seen; a cell without admissions stays empty.
    shape = np.maximum(admissions / spread, 1e-12)
    drawn = rng.gamma(shape, spread, (draws, len(admissions)))
    rates = drawn / np.maximum(person_years, 1e-9)
    nights, delays = stays["nights"], stays["delay_nights"]
    means, delay_shares = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        weight = rng.poisson(1.0, len(nights))
        total = max(float((weight * nights).sum()), 1e-9)
        means[draw] = total / max(int(weight.sum()), 1)
        delay_shares[draw] = float((weight * delays).sum()) / total
    weekday = np.bincount(stays["weekday"], minlength=7) + 1.0
    return Purpose(
        rates @ people.T, means, delay_shares, nights, weekday / weekday.mean()
    )
