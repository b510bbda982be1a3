"""How good linkage is and how sure that is, from a sample with hidden numbers."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intelligence.statistics.rates import Interval, wilson_limits

Array = npt.NDArray[np.float64]
KEYS = ("feed", "breakdown", "category")
COUNTS = (
    "record_count",
    "linked_count",
    "probability_count",
    "blind_count",
    "blind_linked_count",
    "blind_right_count",
    "blind_elsewhere_count",
)


def share_limits(counts: pa.Table) -> pa.Table:
    """The limits of the linked share, and precision and recall with their limits.

    counts: KEYS and COUNTS, one row per group. Returns KEYS, `linked_share_lower` and
    `_upper` (95 %, Wilson), and `estimated_precision` and `estimated_recall`, each with
    `_lower` and `_upper`, all 0 to 1; null where nothing can be said. Raises ValueError
    where a count is above its total.
    """
    found = counts.select(KEYS)
    count = {name: counts[name].to_numpy().astype(float) for name in COUNTS}
    columns = {
        f"linked_share_{side}": values
        for side, values in wilson_limits(count["linked_count"], count["record_count"])
        ._asdict()
        .items()
    }
    for name, values in {**columns, **estimates(count)}.items():
        masked = pa.array(values, mask=np.isnan(values))
        found = found.append_column(name, masked)
    return found


def estimates(count: dict[str, Array]) -> dict[str, Array]:
    """Precision and recall of what is linked: the value and both limits of each.

    count: COUNTS, an element per group. The sample says how often probability finds the
    right person, another one, and another one where the person is not known. Records
    without a link are of people on no register or have been missed, in a proportion
    that the sample suggests and that the limits leave open: at one end all were missed,
    at the other none. Links by number are taken to be right, in the lower limit to be
    wrong as often as those by probability. NaN where nothing is linked or sampled.
    """
    linked, probable = count["linked_count"], count["probability_count"]
    numbered = linked - probable
    unlinked = count["record_count"] - linked
    blind, blind_linked = count["blind_count"], count["blind_linked_count"]
    wrong = blind_linked - count["blind_right_count"]
    with np.errstate(divide="ignore", invalid="ignore"):
        right_share = count["blind_right_count"] / blind
        wrong_share = np.where(blind_linked > 0, wrong / blind_linked, 0.0)
        elsewhere_share = count["blind_elsewhere_count"] / blind
        right_limits = wilson_limits(count["blind_right_count"], blind)
        wrong_limits = _limits(wrong, blind_linked)
        elsewhere_limits = wilson_limits(count["blind_elsewhere_count"], blind)
        # Records that numbers did not settle, of people on the register.
        registered = np.minimum(
            probable * (1 - wrong_share) / np.maximum(right_share, 0.01),
            probable + unlinked,
        )
        strangers = probable + unlinked - registered
        false = probable * wrong_share + np.minimum(
            elsewhere_share * strangers, probable
        )
        precision = 1 - np.minimum(false / linked, 1)
        most_strangers = unlinked / np.maximum(1 - elsewhere_limits.upper, 0.01)
        most_false = linked * wrong_limits.upper + np.minimum(
            elsewhere_limits.upper * most_strangers, probable
        )
        precision_lower = 1 - np.minimum(most_false / linked, 1)
        precision_upper = 1 - probable * wrong_limits.lower / linked
        missed = np.minimum(registered * (1 - right_share), unlinked)
        right = linked * precision
        recall = right / (right + missed + false)
        fewest_right = linked * precision_lower
        recall_lower = fewest_right / (linked + unlinked)
        most_right = numbered + probable * (1 - wrong_limits.lower)
        fewest_missed = np.minimum(
            probable * (1 / np.maximum(right_limits.upper, 0.01) - 1), unlinked
        )
        # Even fewer by chance, since a group has few of them (Poisson).
        fewest_missed = np.maximum(fewest_missed - 1.96 * np.sqrt(fewest_missed), 0)
        recall_upper = most_right / (linked + fewest_missed)
    unknown = (linked == 0) | (blind == 0)
    found = {
        "estimated_precision": precision,
        "estimated_precision_lower": np.minimum(precision_lower, precision),
        "estimated_precision_upper": np.maximum(precision_upper, precision),
        "estimated_recall": recall,
        "estimated_recall_lower": np.minimum(recall_lower, recall),
        "estimated_recall_upper": np.maximum(recall_upper, recall),
    }
    return {
        name: np.where(unknown, np.nan, np.clip(values, 0, 1))
        for name, values in found.items()
    }


def _limits(count: Array, total: Array) -> Interval:
    """Wilson limits, of nothing at all 0 to 1."""
    limits = wilson_limits(count, total)
    return Interval(
        np.nan_to_num(limits.lower, nan=0), np.nan_to_num(limits.upper, nan=1)
    )
