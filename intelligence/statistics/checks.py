"""Arguments that statistical functions refuse, with an error that names each.

Every function raises ValueError for what makes no sense and returns the arguments as
arrays of floats, in the order in which they were given. A name in an error is that of
the argument of the function that was called.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def not_negative(**values: npt.ArrayLike) -> list[Array]:
    """Arrays of amounts: not below zero and not infinite; NaN (unknown) may be in."""
    arrays = [np.asarray(value, dtype=float) for value in values.values()]
    for name, array in zip(values, arrays, strict=True):
        if (array < 0).any():
            raise ValueError(f"{name} is below zero")
        if np.isinf(array).any():
            raise ValueError(f"{name} is infinite")
    return arrays


def known(**values: npt.ArrayLike) -> list[Array]:
    """Arrays of finite numbers, of either sign."""
    arrays = [np.asarray(value, dtype=float) for value in values.values()]
    for name, array in zip(values, arrays, strict=True):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has a value that is not a finite number")
    return arrays


def amounts(**values: npt.ArrayLike) -> list[Array]:
    """Arrays of known amounts: finite and not below zero."""
    not_negative(**values)
    return known(**values)


def above_zero(**values: npt.ArrayLike) -> list[Array]:
    """Arrays above zero and not infinite; NaN (unknown) may be in."""
    arrays = not_negative(**values)
    for name, array in zip(values, arrays, strict=True):
        if (array == 0).any():
            raise ValueError(f"{name} must be above zero")
    return arrays


def shares(**values: npt.ArrayLike) -> list[Array]:
    """Arrays of known shares, 0 to 1."""
    arrays = known(**values)
    for name, array in zip(values, arrays, strict=True):
        if ((array < 0) | (array > 1)).any():
            raise ValueError(f"{name} must be between 0 and 1")
    return arrays


def level_of(confidence: float, name: str = "confidence") -> float:
    """A level of confidence, between 0 and 1 and neither of them."""
    if not 0 < confidence < 1:
        raise ValueError(f"{name} must be between 0 and 1, such as 0.95")
    return float(confidence)


def same_length(**values: Array) -> None:
    """Arrays whose first axes are equally long."""
    lengths = {name: len(array) for name, array in values.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"lengths differ: {told}")


def in_order(months: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    """Months (n,), each after the one before it."""
    found = np.asarray(months).astype("datetime64[M]")
    if np.isnat(found).any():
        raise ValueError("months has a value that is no month")
    steps = np.diff(found.astype(np.int64))
    if (steps == 0).any():
        raise ValueError("months has a month twice")
    if (steps < 0).any():
        raise ValueError("months are not in order")
    return found
