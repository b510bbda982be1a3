"""Which changes a series has: of slope, steps, shocks that pass, and when.

A series is a straight line, known terms beside it (season, working days) and a few
changes out of all that are possible. Its errors are chance and a first-order
autoregression, in any mixture. Changes are chosen by penalised likelihood: from several
starts, each improved by adding, dropping and replacing single changes. The likelihood
is restricted (Patterson and Thompson 1971, Biometrika 58:545-54) and takes the best
correlation for every set of changes, because a change that is left out looks like
correlation: a penalty that rests on the correlation found without it would hide it.

The forms of changes are those of intervention analysis (Box and Tiao 1975, J Am Stat
Assoc 70:70-9; Chen and Liu 1993, J Am Stat Assoc 88:284-97). What the numbers below
lead to in simulated series is shown by `python -m studies.turning_points`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from intelligence.statistics.checks import known, same_length

Array = npt.NDArray[Any]
Model = tuple[int, ...]

SLOPE, STEP, RECENT, SHOCK, FADING, ONE_POINT = KINDS = (
    "slope",
    "step",
    "recent",
    "shock",
    "fading shock",
    "one point",
)
NOISES = (
    (0.0, 0.0, 0.0),
    (0.3, 0.0, 0.0),
    (0.5, 0.0, 0.0),
    (0.7, 0.0, 0.0),
    (0.85, 0.0, 0.0),
    (0.7, 0.25, 4.5),
    (0.7, 0.5, 4.5),
)
"""Autocorrelation of neighbouring errors, the share of their variance that is chance of
single points alone, and what it costs to assume such a mixture: without a cost no step
in five years could be told from it."""
SHORTEST_END_SLOPE, SHORTEST_SLOPE = 12, 9
"""Points of a slope at either end of a series, and between two changes: a slope within
much less than a year cannot be told from the season."""
SHORTEST_STEP = 6
"""Points of a level at either end, and between two steps. A later step is `RECENT`."""
SHORTEST_GAP = 3
"""Points between the ends of shocks and other jumps, and after a shock that is over."""
SHOCK_LENGTHS = (*range(2, 13), 15, 18)
LIFETIMES = (2, 2.5, 3, 4, 5, 6, 7, 8, 9.5, 11, 15, 20)
"""Points in which a fading shock falls to 1/e of its size."""
RETURNS = (4, 6, 8, 10, 12, 15, 18, 21, 24, 30)
"""Points in which a fading shock goes back in a straight line of the rate, whose log is
bent: as one of `RETURNING` does."""
RETURNING = 0.4
LEFT_OF_SHOCK = 0.1
"""A fading shock is over when less than this share of it is left."""

COST = dict(zip(KINDS, (8.5, 12.5, 7.0, 17.5, 15.5, 13.0), strict=True))
"""Twice the log likelihood that a change of a kind must gain before it counts for
anything: about the 95th percentile of the best of its kind in 108 points that have no
change and an autocorrelation of 0.8. It pays for the search over positions and lengths,
and grows with the logarithm of the points for kinds whose choices do."""
COST_OF_LENGTH = 1.2
MARGIN, FIRST_MARGIN = 6.0, 4.0
"""What each change must gain beyond its cost, and the first, which `p_value` tests."""
SECOND_COST = 6.6
"""Cost of a slope at the position of a step: its position is not searched, so it is the
99th percentile of chi-squared with one degree of freedom."""
GAIN_AT_P_1, GAIN_OF_A_FACTOR = 2.9, 2.35
"""The best gain in series without a change is above g with a probability of at most
exp(-(g + 2.9) / 2.35): fitted to simulated series of 36 to 240 points with
autocorrelations of 0 to 0.7. Where chance of the same size comes on top of an
autocorrelation of 0.7, p-values of 0.05 are 0.06."""
SHORT_SERIES = 1.5
"""By how much more a series of 30 points must gain; one of 60 or more need not."""
CRITICAL = {SLOPE: 8.0}
CRITICAL_JUMP = 7.35
"""By how much twice the log likelihood may fall short of its best within a 95 %
interval of a position. 7.35 for jumps (Hansen 2000, Econometrica 68:575-603). For a
slope theory has 3.84 (chi-squared); 8 holds where the correlation is underrated."""
CRITICAL_FORM = 3.84
"""The same for other lengths and forms of a shock (chi-squared, one degree)."""
ALTERNATIVE = 6.0
"""Positions of other forms of a change count when their criterion is this near."""
_NOTHING = 1e-4


@dataclass(frozen=True)
class Turn:
    """One change: its kinds, the first point after it, and when it was over.

    columns: (points, terms), what the change adds to a line, and kinds: of each term.
    They are SLOPE, STEP or both (perhaps with a fading shock on top), RECENT, or shocks
    alone. interval: 95 %, of the position. back: the first point at which a shock is
    over, else the number of points; back_interval: its 95 % interval. forms: (points,
    1) each, the other forms of a shock from this position on that fit nearly as well.
    """

    kinds: tuple[str, ...]
    position: int
    interval: tuple[int, int]
    back: int
    back_interval: tuple[int, int]
    columns: Array
    forms: tuple[Array, ...] = ()

    @property
    def is_shock(self) -> bool:
        """Whether it passed."""
        return set(self.kinds) <= {SHOCK, FADING}


@dataclass(frozen=True)
class Segmentation:
    """The turns of a series in order, and single points that are off (positions)."""

    turns: tuple[Turn, ...]
    odd_points: tuple[int, ...]


@dataclass(frozen=True)
class Strength:
    """How strongly a series speaks for a change: the best single one or pair.

    gain: of twice the log likelihood, less what it costs; position: where it begins.
    """

    gain: float
    position: int


def p_value(gain: float, size: int) -> float:
    """Chance of a gain this large in a series of this size without any change.

    It allows for the search over kinds, positions and lengths, and for autocorrelated
    errors. Raises ValueError for a gain that is no number.
    """
    known(gain=gain)
    short = SHORT_SERIES * max(60 / size - 1, 0.0)
    exponent = (short - gain - GAIN_AT_P_1) / GAIN_OF_A_FACTOR
    return float(np.exp(min(exponent, 0.0)))


def _returning(passed: Array) -> Array:
    """Log of a rate that goes back in a straight line, 1 at its start and then 0."""
    back = np.log1p(-RETURNING * np.maximum(1 - passed, 0.0))
    return np.asarray(back / np.log1p(-RETURNING))


class Candidates:
    """All changes that a series of these times may have, ready to be tried.

    base: (n, p), the terms of a series without change: level, slope and what else is
    known. time: (n,), increasing; positions are numbers of points, slopes and lengths
    are in units of time. kinds: those that are looked for. Raises ValueError for
    unknown numbers, times that do not increase, or no more points than terms.
    """

    def __init__(self, base: Array, time: Array, kinds: Sequence[str] = KINDS) -> None:
        """Make the columns of all changes, and what each correlation makes of them."""
        base, time = known(base=base, time=time)
        same_length(base=base, time=time)
        if (np.diff(time) <= 0).any():
            raise ValueError("time does not increase")
        self.size, self.terms = base.shape
        if self.size < self.terms + 4:
            raise ValueError("base has nearly as many terms as points")
        rows = [row for row in self._all(time) if row[0] in kinds]
        self.kind = np.array([KINDS.index(row[0]) for row in rows])
        self.of = {kind: self.kind == number for number, kind in enumerate(KINDS)}
        self.position = np.array([row[1] for row in rows])
        self.back = np.array([row[2] for row in rows])
        self.columns = np.array([row[3] for row in rows]).T.reshape(self.size, -1)
        self.cost = np.array([self._cost(row[0]) for row in rows])
        self.base = base
        # For each noise: errors made independent, the base taken out, and each column
        # of length one.
        apart = np.abs(time[:, None] - time)
        whiteners, bases, planes, constants = [], [], [], []
        for correlation, chance, cost in NOISES:
            alike = correlation**apart if correlation else np.eye(self.size)
            variance = (1 - chance) * alike + chance * np.eye(self.size)
            whitener = np.linalg.inv(np.linalg.cholesky(variance))
            basis, triangle = np.linalg.qr(whitener @ base)
            columns = whitener @ self.columns
            columns -= basis @ (basis.T @ columns)
            length = np.sqrt((columns**2).sum(axis=0))
            seen = length > _NOTHING
            whiteners.append(whitener)
            bases.append(basis)
            planes.append(np.where(seen, columns / np.where(seen, length, 1.0), 0.0))
            of_base = np.log(np.abs(np.diag(triangle))).sum()
            of_errors = np.log(np.diag(whitener)).sum()
            constants.append(cost + 2 * of_base - 2 * of_errors)
        self.whitener, self.basis = np.array(whiteners), np.array(bases)
        self.planes, self.constant = np.array(planes), np.array(constants)
        self._products: dict[int, Array] = {}

    def _cost(self, kind: str) -> float:
        grows = kind not in (SLOPE, RECENT)
        return COST[kind] + grows * COST_OF_LENGTH * float(np.log(self.size / 108))

    def _all(self, time: Array) -> Iterator[tuple[str, int, int, Array]]:
        """Kind, position, first point at which it is over, and column of each."""
        size, at = len(time), np.arange(len(time))
        for p in range(SHORTEST_END_SLOPE, size - SHORTEST_END_SLOPE):
            yield SLOPE, p, size, np.maximum(time - time[p], 0.0)
        for p in range(SHORTEST_STEP, size - 1):
            kind = STEP if p <= size - SHORTEST_STEP else RECENT
            yield kind, p, size, (at >= p).astype(float)
        for length in SHOCK_LENGTHS:
            for p in range(SHORTEST_STEP, size - length - SHORTEST_GAP + 1):
                column = (at >= p) & (at < p + length)
                yield SHOCK, p, p + length, column.astype(float)
        for p in range(SHORTEST_STEP, size - SHORTEST_STEP + 1):
            since = np.where(at >= p, time - time[p], 0.0)
            for shape in (
                *(np.exp(-since / lifetime) for lifetime in LIFETIMES),
                *(_returning(since / points) for points in RETURNS),
            ):
                over = (at >= p) & (shape < LEFT_OF_SHOCK)
                back = int(over.argmax()) if over.any() else size
                yield FADING, p, back, np.where(at >= p, shape, 0.0)
        for p in range(size):
            yield ONE_POINT, p, p + 1, (at == p).astype(float)

    def products(self, model: Model) -> Array:
        """Products of all planes with those of a model: (noises, all, model)."""
        for one in model:
            if one not in self._products:
                own = self.planes[:, :, one]
                self._products[one] = np.einsum("knm,kn->km", self.planes, own)
        return np.stack([self._products[one] for one in model], axis=2)


class _Search:
    """Criteria of sets of candidates (models) for one series: the smaller the better.

    A criterion is minus twice the log likelihood plus the costs of the changes.
    """

    def __init__(self, candidates: Candidates, values: Array) -> None:
        (values,) = known(values=values)
        same_length(values=values, time=candidates.whitener[0])
        self.all = candidates
        rest = candidates.whitener @ values
        fitted = np.einsum("knp,kn->kp", candidates.basis, rest)
        rest -= np.einsum("knp,kp->kn", candidates.basis, fitted)
        # Of a series without noise the tiniest remainder stays.
        smallest = 1e-12 * max(float(values @ values), 1e-12)
        self.left = np.maximum((rest**2).sum(axis=1), smallest)
        self.along = np.einsum("knm,kn->km", candidates.planes, rest)
        self.freedom = candidates.size - candidates.terms
        self.cost = candidates.cost + MARGIN
        self.smallest = smallest
        self._values: dict[Model, float] = {}
        self._additions: dict[Model, tuple[float, Model]] = {}

    def deviance(self, left: Array) -> Array:
        """Minus twice the log likelihood, (noises, ...), of squares left over."""
        constant = self.all.constant.reshape(-1, *[1] * (left.ndim - 1))
        found: Array = self.freedom * np.log(np.maximum(left, self.smallest)) + constant
        return found

    def beside(self, model: Model) -> tuple[Array, Array, Array, Array, Array]:
        """What each candidate adds to a model.

        Squares left by the model (noises,); candidates along what is left, and
        their squared length beside the model (noises, all); products with the
        model, and its inverse.
        """
        if not model:
            none = np.zeros((len(NOISES), len(self.all.kind), 0))
            size = np.ones(self.along.shape)
            return self.left, self.along, size, none, none[:, :0]
        products = self.all.products(model)
        own, along = products[:, list(model)], self.along[:, list(model)]
        inverse = np.linalg.inv(own + 1e-10 * np.eye(len(model)))
        solved = (inverse @ along[:, :, None])[:, :, 0]
        left = self.left - (along * solved).sum(axis=1)
        rest = self.along - (products @ solved[:, :, None])[:, :, 0]
        length = 1 - ((products @ inverse) * products).sum(axis=2)
        return left, rest, length, products, inverse

    def deviances_with_one_more(self, model: Model) -> Array:
        """Deviance, at the best noise, of a model and each candidate: (all,)."""
        left, rest, length, _, _ = self.beside(model)
        seen = length > _NOTHING
        gain = np.where(seen, rest**2 / np.where(seen, length, 1.0), 0.0)
        found: Array = self.deviance(left[:, None] - gain).min(axis=0)
        return found

    def costs(self, model: Model) -> float:
        """What the changes of a model cost; the second of a slope and a step less."""
        if not model:
            return 0.0
        total = sum(float(self.cost[one]) for one in model) + FIRST_MARGIN - MARGIN
        for one in model:
            if self.all.kind[one] == KINDS.index(SLOPE) and any(
                self.all.kind[other] == KINDS.index(STEP)
                and self.all.position[other] == self.all.position[one]
                for other in model
            ):
                total += SECOND_COST - float(self.cost[one])
        return total

    def value(self, model: Model) -> float:
        """The criterion of a model."""
        if model not in self._values:
            left = self.beside(model)[0]
            self._values[model] = float(self.deviance(left).min()) + self.costs(model)
        return self._values[model]

    def allowed(self, model: Model) -> npt.NDArray[np.bool_]:
        """Candidates that keep their distance from the changes of a model."""
        of, position, back = self.all.of, self.all.position, self.all.back
        is_jump = ~(of[SLOPE] | of[ONE_POINT])
        allowed = np.ones(len(position), dtype=bool)
        allowed[list(model)] = False
        for one in model:
            kind = KINDS[self.all.kind[one]]
            if kind == ONE_POINT:
                continue
            apart = np.abs(position - position[one])
            # A jump beside a change of slope is well away, or a step at the same point.
            other = is_jump if kind == SLOPE else of[SLOPE]
            same = of[STEP] if kind == SLOPE else of[SLOPE] & (kind == STEP)
            allowed &= ~(other & (apart < SHORTEST_STEP) & ~(same & (apart == 0)))
            if kind == SLOPE:
                allowed &= ~(of[SLOPE] & (apart < SHORTEST_SLOPE))
                continue
            # A shock may fade to another level.
            pair = {STEP: of[FADING], FADING: of[STEP]}.get(kind, False) & (apart == 0)
            ends = (position[one], back[one]) if kind == SHOCK else (position[one],)
            for end in ends:
                allowed &= ~(is_jump & (np.abs(position - end) < SHORTEST_GAP) & ~pair)
                allowed &= ~(of[SHOCK] & (np.abs(back - end) < SHORTEST_GAP))
            if kind in (STEP, RECENT):
                allowed &= ~((of[STEP] | of[RECENT]) & (apart < SHORTEST_STEP))
        return allowed

    def best_addition(self, model: Model) -> tuple[float, Model]:
        """The model with the one more change that makes its criterion best."""
        if model not in self._additions:
            deviances = self.deviances_with_one_more(model)
            values = deviances + self.cost + self.costs(model)
            if not model:
                values += FIRST_MARGIN - MARGIN
            for one in model:
                paired = self.all.position == self.all.position[one]
                paired &= self.all.of[SLOPE] | self.all.of[STEP]
                for other in np.flatnonzero(paired).tolist():
                    values[other] = deviances[other] + self.costs((*model, other))
            values[~self.allowed(model)] = np.inf
            best = int(values.argmin())
            self._additions[model] = (
                float(values[best]),
                tuple(sorted((*model, best))),
            )
        return self._additions[model]

    def improved(self, model: Model) -> tuple[float, Model]:
        """A model changed by single changes for as long as its criterion improves."""
        value = self.value(model)
        while True:
            tried = [self.best_addition(model)]
            for one in model:
                fewer = tuple(other for other in model if other != one)
                tried += [(self.value(fewer), fewer), self.best_addition(fewer)]
            best, changed = min(tried)
            if best >= value - 1e-9:
                return value, model
            value, model = best, changed

    def best_pair(self, kind: str) -> tuple[float, Model]:
        """The criterion of the best two changes of a kind, and the two.

        Of two that undo each other either alone explains little.
        """
        own = np.flatnonzero(self.all.of[kind])
        least = SHORTEST_SLOPE if kind == SLOPE else SHORTEST_STEP
        position = self.all.position[own]
        apart = position[None, :] - position[:, None] >= least
        if not apart.any():
            return np.inf, ()
        planes, along = self.all.planes[:, :, own], self.along[:, own]
        product = planes.transpose(0, 2, 1) @ planes
        free = 1 - product**2
        gain = along[:, :, None] ** 2 + along[:, None, :] ** 2
        gain -= 2 * product * along[:, :, None] * along[:, None, :]
        gain = np.where(apart & (free > _NOTHING), gain / np.maximum(free, _NOTHING), 0)
        deviances = self.deviance(self.left[:, None, None] - gain).min(axis=0)
        first, second = np.unravel_index(int(deviances.argmin()), deviances.shape)
        pair = int(own[first]), int(own[second])
        return float(deviances[first, second]) + self.costs(pair), pair

    def starts(self) -> Iterator[Model]:
        """No change, the best of each kind, and the best pairs of slopes and steps."""
        yield ()
        deviances = self.deviances_with_one_more(())
        for kind in KINDS[:-1]:
            own = np.flatnonzero(self.all.of[kind])
            if len(own):
                yield (int(own[deviances[own].argmin()]),)
        for kind in (SLOPE, STEP):
            _, pair = self.best_pair(kind)
            if pair:
                yield pair

    def best(self) -> Model:
        """The best model that any start leads to."""
        return min(self.improved(start) for start in dict.fromkeys(self.starts()))[1]

    # --- Intervals --------------------------------------------------------------------

    def near_best(self, rest: Model, kinds: Sequence[str]) -> Array:
        """Candidates of these kinds that fit beside `rest` nearly as well as any."""
        own = np.flatnonzero(np.any([self.all.of[kind] for kind in kinds], axis=0))
        deviances = self.deviances_with_one_more(rest)[own]
        critical = CRITICAL.get(kinds[0], CRITICAL_JUMP)
        found: Array = own[deviances <= deviances.min() + critical]
        return found

    def forms(self, rest: Model, position: int) -> Array:
        """Shocks from a position on that fit beside `rest` nearly as well as any."""
        shocks = self.all.of[SHOCK] | self.all.of[FADING]
        own = np.flatnonzero(shocks & (self.all.position == position))
        deviances = self.deviances_with_one_more(rest)[own]
        found: Array = own[deviances <= deviances.min() + CRITICAL_FORM]
        return found

    def lasting_interval(self, rest: Model) -> tuple[int, int]:
        """Positions at which a slope, a step or both explain what `rest` does not."""
        deviances = self.deviances_with_one_more(rest)
        forms: list[tuple[float, Array]] = []
        for kind in (SLOPE, STEP):
            own = np.flatnonzero(self.all.of[kind])
            if len(own):
                value = float(deviances[own].min() + self.cost[own[0]])
                near = self.near_best(rest, (kind,))
                forms.append((value, self.all.position[near]))
        if len(forms) == 2:
            forms.append(self._both(rest))
        best = min(value for value, _ in forms)
        positions = np.concatenate(
            [near for value, near in forms if value <= best + ALTERNATIVE]
        )
        return int(positions.min()), int(positions.max())

    def _both(self, rest: Model) -> tuple[float, Array]:
        """Best criterion of a step and a slope at one point, and points nearly so."""
        step, slope = (np.flatnonzero(self.all.of[kind]) for kind in (STEP, SLOPE))
        step = step[np.isin(self.all.position[step], self.all.position[slope])]
        left, along, length, products, inverse = self.beside(rest)
        planes = self.all.planes
        shared = np.einsum("knm,knm->km", planes[:, :, step], planes[:, :, slope])
        shared -= ((products[:, step] @ inverse) * products[:, slope]).sum(axis=2)
        a, b, first, second = (
            along[:, step],
            along[:, slope],
            length[:, step],
            length[:, slope],
        )
        free = first * second - shared**2
        gain = a**2 * second + b**2 * first - 2 * a * b * shared
        gain = np.where(free > _NOTHING, gain / np.maximum(free, _NOTHING), 0.0)
        deviances = self.deviance(left[:, None] - gain).min(axis=0)
        value = float(deviances.min()) + float(self.cost[step[0]]) + SECOND_COST
        near = deviances <= deviances.min() + CRITICAL_JUMP
        return value, self.all.position[step[near]]


def strength(candidates: Candidates, values: Array) -> Strength:
    """How strongly values (n,) speak for any change; see `Strength` and `p_value`.

    The best single change or pair of slopes or steps. Single points that are off are
    taken out first where they gain more than a change.
    """
    search = _Search(candidates, values)
    single = candidates.of[ONE_POINT]
    model: Model = ()
    while True:
        deviances = search.deviances_with_one_more(model)
        value = np.where(search.allowed(model), deviances + candidates.cost, np.inf)
        changes = np.where(single, np.inf, value)
        best, odd = int(changes.argmin()), int(value.argmin())
        without = float(search.deviance(search.beside(model)[0]).min())
        if best == odd or without - value[odd] < FIRST_MARGIN or len(model) > 5:
            break
        model = (*model, odd)
    gain, position = without - float(changes[best]), int(candidates.position[best])
    if not model:
        for kind in (SLOPE, STEP):
            value_of_pair, pair = search.best_pair(kind)
            if without - (value_of_pair - FIRST_MARGIN) > gain:
                gain = without - (value_of_pair - FIRST_MARGIN)
                position = int(candidates.position[pair[0]])
    return Strength(gain, position)


def segment(candidates: Candidates, values: Array) -> Segmentation:
    """The changes of a series (n,), for one that is known to have any; may find none.

    Raises ValueError for values that are no numbers or not as many as there are times.
    """
    search = _Search(candidates, values)
    model = search.best()
    groups: list[list[int]] = []
    odd: list[int] = []
    over = -1
    for one in sorted(model, key=lambda n: (candidates.position[n], n)):
        kind, position = KINDS[candidates.kind[one]], int(candidates.position[one])
        if kind == ONE_POINT:
            odd.append(position)
            continue
        shock = kind in (SHOCK, FADING)
        # A shock that changes its shape while it lasts is one shock.
        if groups and (
            (shock and position < over)
            or (not shock and candidates.position[groups[-1][0]] == position)
        ):
            groups[-1].append(one)
        else:
            groups.append([one])
            over = -1
        if shock:
            over = max(over, int(candidates.back[one]))
    return Segmentation(
        tuple(_turn(search, model, group) for group in groups), tuple(odd)
    )


def _turn(search: _Search, model: Model, group: Sequence[int]) -> Turn:
    """A change of one or more candidates, with its intervals."""
    candidates, size = search.all, search.all.size
    kinds = tuple(KINDS[candidates.kind[one]] for one in group)
    position = int(candidates.position[group[0]])
    back = size
    back_interval = (size, size)
    forms: tuple[Array, ...] = ()
    if set(kinds) <= {SHOCK, FADING}:
        rest = tuple(one for one in model if one != group[0])
        near = search.near_best(rest, (KINDS[candidates.kind[group[0]]],))
        places = candidates.position[near]
        low, high = int(places.min()), int(places.max())
        last = max(group, key=lambda one: candidates.back[one])
        rest = tuple(one for one in model if one != last)
        ends = candidates.back[search.near_best(rest, (KINDS[candidates.kind[last]],))]
        back = int(candidates.back[last])
        back_interval = min(int(ends.min()), back), max(int(ends.max()), back)
        if len(group) == 1:
            forms = tuple(
                candidates.columns[:, [other]]
                for other in search.forms(rest, position)
                if other != group[0]
            )
    else:
        rest = tuple(one for one in model if one not in group)
        if RECENT in kinds:
            places = candidates.position[search.near_best(rest, (RECENT, STEP))]
            low, high = int(places.min()), int(places.max())
        else:
            low, high = search.lasting_interval(rest)
    return Turn(
        kinds,
        position,
        (min(low, position), max(high, position)),
        back,
        back_interval,
        candidates.columns[:, list(group)],
        forms,
    )
