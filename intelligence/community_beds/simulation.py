"""By how many beds Erlang's formulas are wrong, found by simulation.

The formulas leave out that arrivals vary over the week and that beds are needed by the
day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intelligence.statistics.checks import amounts, same_length
from intelligence.statistics.queues import WAITS, Array, beds_for, capacity

_SETTLING_DAYS, _DAYS, _REPLICAS, _LOADS = 600, 8_000, 6, 5
_NIGHTS_KEPT = 2_000


@dataclass(frozen=True)
class Queue:
    """What is simulated for one bed purpose.

    nights: (n,) observed lengths of stay, in days; weekday: (7,) relative arrivals,
    Monday first, mean 1.
    """

    nights: Array
    weekday: Array
    when_full: str


def simulated_chances(
    rng: np.random.Generator, queue: Queue, loads: Array, of_load: Array, beds: Array
) -> Array:
    """(lanes,) share of people who find no bed free on the day they need one.

    loads: (streams,) of arrivals; of_load: (lanes,) the stream each lane sees; beds:
    (lanes,). Each day people leave in the morning, then those who have waited longest
    come in, then those who arrive today; a stay of part of a day takes the bed for it.
    Raises ValueError for loads, beds or nights that are negative or no numbers, and
    without an observed night.
    """
    loads, beds, observed = amounts(loads=loads, beds=beds, nights=queue.nights)
    beds = beds.astype(np.int64)
    same_length(of_load=of_load, beds=beds)
    if len(observed) == 0:
        raise ValueError("nights has no length of stay")
    nights = np.maximum(queue.nights, 1).astype(np.int64)
    nights = np.sort(nights)[np.linspace(0, len(nights) - 1, _NIGHTS_KEPT).astype(int)]
    a_day = loads / nights.mean()
    window = int(nights.max()) + 1
    lanes = np.arange(len(beds))
    leaving = np.zeros((len(beds), window), dtype=np.int64)
    used, waiting, asked, without = (
        np.zeros(len(beds), dtype=np.int64) for _ in range(4)
    )
    for day in range(_SETTLING_DAYS + _DAYS):
        place = day % window
        used -= leaving[:, place]
        leaving[:, place] = 0
        came = rng.poisson(a_day * queue.weekday[day % 7])[of_load]
        free = beds - used
        from_queue = np.minimum(waiting, free)
        at_once = np.minimum(came, free - from_queue)
        enter = from_queue + at_once
        owner = np.repeat(lanes, enter)
        until = day + nights[rng.integers(0, _NIGHTS_KEPT, len(owner))]
        np.add.at(leaving, (owner, until % window), 1)
        used += enter
        if queue.when_full == WAITS:
            waiting += came - at_once - from_queue
        if day >= _SETTLING_DAYS:
            asked += came
            without += came - at_once
    return without / np.maximum(asked, 1)


def simulated_difference(
    rng: np.random.Generator,
    queue: Queue,
    chances: Sequence[float],
    load_range: tuple[float, float],
) -> dict[float, Array]:
    """For each chance the line (slope, intercept) of beds beyond Erlang on log load.

    The simulation runs at a few loads over the range, at the beds around what Erlang
    asks for, several times each; where its chance crosses the wanted one is compared
    with where Erlang's does, and a line through the differences evens out its noise.
    """
    low, high = max(load_range[0], 0.2), max(load_range[1], 0.2) * 1.01
    loads = np.geomspace(low, high, _LOADS)
    most = int(high + 8 * high**0.5) + 12
    carried = {c: capacity(c, queue.when_full, most) for c in chances}
    loosest, strictest = carried[max(chances)], carried[min(chances)]
    tried = [
        np.arange(
            max(int(beds_for(a, loosest)) - 3, 1), int(beds_for(a, strictest)) + 4
        )
        for a in loads
    ]
    stream = np.repeat(np.arange(_LOADS), [len(t) for t in tried])
    found = simulated_chances(
        rng,
        queue,
        np.tile(loads, _REPLICAS),
        (stream + _LOADS * np.arange(_REPLICAS)[:, None]).ravel(),
        np.tile(np.concatenate(tried), _REPLICAS),
    )
    found = found.reshape(_REPLICAS, -1).mean(axis=0)
    lines = {}
    for chance in chances:
        beyond = np.zeros(_LOADS)
        for n, (a, beds) in enumerate(zip(loads, tried, strict=True)):
            log_chance = np.log(np.maximum(found[stream == n], 1e-7))
            falling = np.minimum.accumulate(log_chance)
            crossing = np.interp(-np.log(chance), -falling, beds)
            beyond[n] = crossing - beds_for(a, carried[chance])
        lines[chance] = np.polyfit(np.log(loads), beyond, 1)
    return lines
