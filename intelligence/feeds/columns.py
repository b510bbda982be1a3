"""Columns of delivered values in the forms that their layout states."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.feeds.forms import Form
from intelligence.feeds.values import Rows, are_plain_dates, text_bytes


def in_form(
    columns: Mapping[str, pa.Array],
    forms: Mapping[str, Form],
    rows: Rows,
    senders: Collection[str] = (),
) -> tuple[dict[str, pa.Array], dict[int, str]]:
    """Return the columns in their forms, and the defect of each row that has one.

    What was left out is counted, and so are codes that are in no list. The columns
    `senders` may also hold the sender that the file's name says.
    """
    result = dict(columns)
    defects: dict[int, str] = {}
    for name, form in forms.items():
        if name not in columns:
            continue
        places = _to_be_read(columns[name], form.name)
        if not len(places):
            continue
        is_whole = len(places) == len(columns[name])
        column = columns[name] if is_whole else columns[name].take(pa.array(places))
        encoded = column.dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        reads = form.others(texts)
        if not reads:
            continue
        at = np.asarray(encoded.indices.fill_null(len(texts))).astype(np.int64)
        these = replace(rows, files=rows.files[places])
        for kind in {one.kind for one in reads.values() if one.kind}:
            details: list[str | None] = [None] * (len(texts) + 1)
            for place, one in reads.items():
                if one.kind == kind:
                    details[place] = one.detail
            these.count(kind, name, at, details)
        for place, one in reads.items():
            if one.defect:
                code = texts[place].strip().upper()
                for row in places[at == place].tolist():
                    if name in senders and code in rows.labels[rows.files[row]].senders:
                        continue
                    defects.setdefault(row, f"{one.defect}: {name}")
        if all(one.value == texts[place] for place, one in reads.items()):
            continue
        values = [*texts, None]
        for place, one in reads.items():
            values[place] = one.value
        changed = pa.array(values, pa.string()).take(pa.array(at))
        result[name] = (
            changed if is_whole else _replaced(columns[name], places, changed)
        )
    return _without_placeholder_names(result, forms, rows), defects


def _to_be_read(column: pa.Array, form: str) -> npt.NDArray[np.int64]:
    """Return the places of the values that may not be in their form yet.

    Columns of numbers and names of records have too many different values for each of
    them to be read, and most dates plainly are in their form.
    """
    everything = np.arange(len(column))
    if form == "date":
        return np.flatnonzero(~are_plain_dates(column))
    if form not in ("nhs_number", "local_number"):
        return everything
    text = text_bytes(column)
    if text is None:
        return everything
    lengths, content = text
    if not len(lengths):
        return everything[:0]
    ends = np.cumsum(lengths)
    may_be_other = lengths > 0
    if form == "local_number":
        # No word for nothing ends in a digit.
        last = content[ends[may_be_other] - 1]
        may_be_other[may_be_other] = (last < ord("0")) | (last > ord("9"))
        return np.flatnonzero(may_be_other)
    is_ten = (lengths == 10) & np.asarray(pc.ascii_is_decimal(column).fill_null(False))
    # Placeholders repeat one digit, or begin with 1234.
    first, *more = (content[ends[is_ten] - back] for back in (10, 7, 4, 1))
    is_repeated = np.all([digit == first for digit in more], axis=0)
    may_be_other[is_ten] = is_repeated | (first == ord("1"))
    return np.flatnonzero(may_be_other)


def _replaced(
    column: pa.Array, places: npt.NDArray[np.int64], values: pa.Array
) -> pa.Array:
    """Return a column with other values at some places."""
    mask = np.zeros(len(column), bool)
    mask[places] = True
    return pc.replace_with_mask(column, pa.array(mask), values)


def _without_placeholder_names(
    columns: dict[str, pa.Array], forms: Mapping[str, Form], rows: Rows
) -> dict[str, pa.Array]:
    """Leave out names such as Male where the person's other name says nothing."""
    names = [name for name in columns if name in forms and forms[name].name == "name"]
    for name in names if len(names) > 1 else ():
        others = [_is_empty(columns[other]) for other in names if other != name]
        is_placeholder = np.all(others, axis=0)
        alone = columns[name].filter(pa.array(is_placeholder)).to_pylist()
        is_placeholder[is_placeholder] = [
            text is not None and forms[name].is_beside_nothing(text) for text in alone
        ]
        if is_placeholder.any():
            columns[name] = pc.if_else(pa.array(is_placeholder), None, columns[name])
            rows.count(
                "word_for_nothing", name, is_placeholder.astype(np.int64), [None, ""]
            )
    return columns


def _is_empty(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which values are null, or nothing but spaces."""
    is_empty = pc.or_(pc.equal(pc.binary_length(column), 0), pc.utf8_is_space(column))
    return np.asarray(is_empty.fill_null(True))
