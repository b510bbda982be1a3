"""Disclosure control of counts that share sums.

The rule is NHS England's "Disclosure control methodology for HES and ECDS": counts of 1
to 7 are suppressed, zero stays zero, all other counts are rounded to the nearest 5. A
suppressed count must also not follow from the sums that are published beside it. The
audit takes the view of an attacker who knows the rule and every sum: the smallest and
the largest count that agree with everything published (the attacker's subproblem of
Fischetti and Salazar 2001, "Solving the cell suppression problem on tabular data with
linear constraints"). Where they are too close, further cells are suppressed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Values = NDArray[np.float64]

LARGEST_SUPPRESSED = 7
ROUNDING_BASE = 5
# Largest distance of a rounded count from the true one.
ROUNDING_REACH = 2
MINIMUM_RANGE = 3
# Ranges up to this one could be smaller in whole numbers.
NEAR_MISS = 4
# Branches that an integer program may take; more would only spare single counts.
MOST_NODES = 5000
JOINT_PUSHES = 24
# What a linear program may miss a whole number by.
SLACK = 1e-6


@dataclass(frozen=True)
class Table:
    """Cells that are published together, and what is known of how they hang together.

    `cells` (n_cells by n_atoms, zeros and ones): the atoms, such as wards, that each
    cell adds up. `equal` and `at_most_zero` (rows of n_atoms): sums of atoms that are
    known to be 0, and known not to exceed 0. Atoms are not negative. `breakdown`
    (n_cells): the number of the breakdown that a cell is part of; a breakdown that
    cannot be protected is withheld whole.
    """

    cells: csr_array
    equal: csr_array
    at_most_zero: csr_array
    breakdown: Counts


@dataclass(frozen=True)
class Earlier:
    """What earlier releases already tell of cells (n_cells).

    Where `is_known`, the count lies between `lower` and `upper`, whatever is said now:
    to suppress it would hide nothing.
    """

    is_known: Flags
    lower: Values
    upper: Values


@dataclass(frozen=True)
class Protection:
    """Which cells (n_cells) are suppressed, and which only to protect others.

    `is_withheld`: suppressed with its whole breakdown, zeros included.
    """

    is_suppressed: Flags
    is_secondary: Flags
    is_withheld: Flags


def rounded(counts: Counts) -> Counts:
    """Counts to the nearest 5, as integers of the same shape.

    Raises ValueError for negative counts.
    """
    if np.any(counts < 0):
        raise ValueError("counts must not be negative")
    return (counts + ROUNDING_REACH) // ROUNDING_BASE * ROUNDING_BASE


def is_small(counts: Counts) -> Flags:
    """Whether a count must be suppressed by itself: 1 to 7."""
    return (counts >= 1) & (counts <= LARGEST_SUPPRESSED)


def protect(
    table: Table,
    counts: Counts,
    primary: Flags,
    withheld: Flags,
    earlier: Earlier | None = None,
) -> Protection:
    """Suppress what the rule and the audit ask for.

    `counts` are the true counts of the cells (n_cells), `primary` says which of them
    the rule suppresses, `withheld` which are not published anyway, `earlier` what the
    attacker knows already. Where no single cell is left whose suppression would help,
    the whole breakdown of the exposed cell is withheld. Raises ValueError for negative
    counts, counts that do not fit the table, and when nothing helps.
    """
    if earlier is None:
        nothing = np.zeros(len(counts))
        earlier = Earlier(nothing.astype(bool), nothing, nothing + np.inf)
    if table.cells.shape[0] != len(counts):
        raise ValueError("counts must have one entry per cell of the table")
    withheld = withheld.copy()
    suppressed = primary | withheld
    # Suppressing more only widens what is possible, so ranges once seen stay seen.
    seen = np.vstack([counts, counts]).astype(float)
    while True:
        lower, upper = published_bounds(counts, suppressed, withheld)
        attacker = _Attacker(
            table,
            np.where(earlier.is_known, earlier.lower, lower),
            np.where(earlier.is_known, earlier.upper, upper),
        )
        exposed = _exposed(attacker, counts, suppressed, seen)
        if not len(exposed):
            break
        settled = suppressed | earlier.is_known
        further = [attacker.weakest(cell, counts, settled) for cell in exposed]
        chosen = [cell for cell in further if cell is not None]
        if chosen:
            suppressed[chosen] = True
            continue
        breakdowns = table.breakdown[exposed][~withheld[exposed]]
        if not len(breakdowns):
            breakdowns = table.breakdown[~withheld]
        if not len(breakdowns):
            raise ValueError("a suppressed count cannot be protected")
        withheld |= table.breakdown == breakdowns.max()
        suppressed |= withheld & ~earlier.is_known
    return Protection(suppressed, suppressed & ~primary, withheld)


def published_bounds(
    counts: Counts, suppressed: Flags, withheld: Flags
) -> tuple[Values, Values]:
    """Lower and upper bound that each publication gives away of its count (n_cells).

    A count suppressed by itself is known to lie in 1 to 7. The marker is the same for
    counts suppressed to protect others; they are taken to be known not to be zero, and
    the audit even tells the attacker which ones they are. Of a breakdown withheld as a
    whole, and of a zero that was once suppressed, nothing is known.
    """
    published = rounded(counts).astype(float)
    lower = np.where(
        counts == 0, 0.0, np.maximum(published - ROUNDING_REACH, LARGEST_SUPPRESSED + 1)
    )
    upper = np.where(counts == 0, 0.0, published + ROUNDING_REACH)
    largest = np.where(is_small(counts), float(LARGEST_SUPPRESSED), np.inf)
    lower, upper = (
        np.where(suppressed, np.minimum(counts, 1.0), lower),
        np.where(suppressed, largest, upper),
    )
    return np.where(withheld, 0.0, lower), np.where(withheld, np.inf, upper)


def _exposed(
    attacker: _Attacker, counts: Counts, suppressed: Flags, seen: Values
) -> NDArray[np.int64]:
    """The suppressed cells that an attacker would know to within MINIMUM_RANGE.

    `seen` (2 by n_cells) holds the smallest and largest whole values found possible so
    far, and is widened by what is found here. Zeros that are withheld are no secret
    worth a range.
    """
    targets = np.flatnonzero(suppressed & (counts > 0))
    targets = targets[seen[1, targets] - seen[0, targets] < MINIMUM_RANGE]
    # Every solution in whole numbers is one way the counts may be. Pushing many cells
    # at once shows most of them to be wide enough.
    chance = np.random.default_rng(0)
    for number in range(JOINT_PUSHES):
        narrow = targets[seen[1, targets] - seen[0, targets] < MINIMUM_RANGE]
        push = np.zeros(len(counts))
        push[narrow] = chance.choice([-1.0, 1.0], len(narrow))
        if number < 2:
            push[narrow] = 2.0 * number - 1.0
        if len(narrow):
            _widen(seen, attacker.solution(push))
    return np.array(
        [cell for cell in map(int, targets) if _is_narrow(attacker, cell, seen)],
        dtype=np.int64,
    )


def _is_narrow(attacker: _Attacker, cell: int, seen: Values) -> bool:
    """Whether the attacker knows a cell to within MINIMUM_RANGE.

    A linear program says how wide the range is at most; only where that is little, and
    no whole solution has shown it, do whole numbers have to be searched.
    """
    for is_whole in (False, True):
        ends = []
        for sign in (1, -1):
            if seen[1, cell] - seen[0, cell] >= MINIMUM_RANGE:
                return False
            push = np.zeros(seen.shape[1])
            push[cell] = sign
            values = attacker.solution(push, is_whole)
            _widen(seen, values)
            ends.append(-sign * np.inf if np.isnan(values).any() else values[cell])
        width = np.floor(ends[1] + SLACK) - np.ceil(ends[0] - SLACK)
        if not MINIMUM_RANGE <= width <= NEAR_MISS:
            break
    return bool(width < MINIMUM_RANGE)


def _widen(seen: Values, values: Values) -> None:
    whole = np.round(values)
    if np.all(np.abs(values - whole) < SLACK):
        np.minimum(seen[0], whole, out=seen[0])
        np.maximum(seen[1], whole, out=seen[1])


class _Attacker:
    """Knows the table, the rule and what was published of each cell."""

    def __init__(self, table: Table, lower: Values, upper: Values) -> None:
        self.cells = table.cells
        known = table.equal.shape[0]
        nested = table.at_most_zero.shape[0]
        self.size = table.cells.shape[1]
        self.constraint = LinearConstraint(
            csr_array(vstack([table.cells, table.equal, table.at_most_zero])),
            np.concatenate([lower, np.zeros(known), np.full(nested, -np.inf)]),
            np.concatenate([upper, np.zeros(known + nested)]),
        )

    def solution(self, push: Values, is_whole: bool = False) -> Values:
        """The values of all cells where the sum of `push` times cells is smallest.

        Over whole atoms, if asked. Not a number where that sum has no bound.
        """
        found = milp(
            self.cells.T @ push,
            constraints=self.constraint,
            integrality=np.full(self.size, int(is_whole)),
            options={"node_limit": MOST_NODES} if is_whole else None,
        )
        if found.status == 3:
            return np.full(self.cells.shape[0], np.nan)
        # At the limit of nodes the best solution so far is taken: a range that might be
        # wider counts as narrow.
        if found.x is None:
            raise ValueError(f"the published cells contradict: {found.message}")
        return np.asarray(self.cells @ found.x)

    def weakest(self, cell: int, counts: Counts, settled: Flags) -> int | None:
        """The smallest published count that bounds `cell`, by dual values.

        None where only counts do that are settled (suppressed, or told before), or
        zeros, which stay published: hiding one would not widen what is known of the
        others.
        """
        bounded = np.isfinite(self.constraint.ub)
        rows = self.constraint.A
        push = self.cells[[cell], :].toarray().ravel()
        rests = np.zeros(rows.shape[0])
        for sign in (1, -1):
            found = linprog(
                sign * push,
                A_ub=vstack([rows[bounded], -rows[np.isfinite(self.constraint.lb)]]),
                b_ub=np.concatenate(
                    [
                        self.constraint.ub[bounded],
                        -self.constraint.lb[np.isfinite(self.constraint.lb)],
                    ]
                ),
                method="highs-ds",
            )
            if found.status == 0:
                duals = np.abs(found.ineqlin.marginals)
                rests[bounded] += duals[: bounded.sum()]
                rests[np.isfinite(self.constraint.lb)] += duals[bounded.sum() :]
        of_cells = rests[: len(counts)]
        free = np.flatnonzero((of_cells > SLACK) & ~settled & (counts > 0))
        return int(free[np.lexsort((free, counts[free]))[0]]) if len(free) else None
