"""Columns of delivered values in the forms that their layout states."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from intelligence.feeds.forms import Form
from intelligence.feeds.values import Rows, is_plain_date, text_bytes


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
        reads = [form.read(text) for text in texts]
        at = np.asarray(encoded.indices.fill_null(len(reads))).astype(np.int64)
        these = replace(rows, files=rows.files[places])
        for kind in {one.kind for one in reads if one.kind}:
            details = [one.detail if one.kind == kind else None for one in reads]
            these.count(kind, name, at, [*details, None])
        for place, one in enumerate(reads):
            if one.defect:
                code = texts[place].strip().upper()
                for row in places[at == place].tolist():
                    if name in senders and code in rows.labels[rows.files[row]].senders:
                        continue
                    defects.setdefault(row, f"{one.defect}: {name}")
        if all(one.value == text for one, text in zip(reads, texts, strict=True)):
            continue
        values = pa.array([*(one.value for one in reads), None], pa.string())
        changed = values.take(pa.array(at))
        result[name] = (
            changed if is_whole else _replaced(columns[name], places, changed)
        )
    return _without_placeholder_names(result, forms, rows), defects


def _to_be_read(column: pa.Array, form: str) -> npt.NDArray[np.int64]:
    """Return the places of the values that may not be in their form yet.

    Columns of numbers and names of records have too many different values for each of
    them to be read.
    """
    everything = np.arange(len(column))
    if form == "date" and is_plain_date(column):
        return everything[:0]
    if form not in ("nhs_number", "local_number"):
        return everything
    text = text_bytes(column)
    if text is None:
        return everything
    lengths, content = text
    if not len(lengths):
        return everything[:0]
    ends = np.cumsum(lengths)
    is_digit = (content >= ord("0")) & (content <= ord("9"))
    if form == "local_number":
        # No word for nothing ends in a digit.
        is_plain = lengths == 0
        is_plain[~is_plain] = is_digit[ends[~is_plain] - 1]
        return np.flatnonzero(~is_plain)
    counts = np.concatenate(([0], np.cumsum(is_digit)))
    digits = counts[ends] - counts[ends - lengths]
    # Placeholders repeat one digit, or begin with 1234.
    first, last = np.zeros((2, len(lengths)), np.uint8)
    is_ten = (lengths == 10) & (digits == 10)
    first[is_ten] = content[ends[is_ten] - 10]
    last[is_ten] = content[ends[is_ten] - 1]
    return np.flatnonzero(
        ~is_ten & (lengths > 0)
        | is_ten & (first == last)
        | is_ten & (first == ord("1"))
    )


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
    for name in names:
        encoded = columns[name].dictionary_encode()
        is_word = np.array(
            [
                *map(forms[name].is_beside_nothing, encoded.dictionary.to_pylist()),
                False,
            ]
        )
        if not is_word.any():
            continue
        at = np.asarray(encoded.indices.fill_null(len(is_word) - 1)).astype(np.int64)
        is_placeholder = is_word[at]
        for other in names:
            if other != name:
                is_empty = pc.equal(pc.utf8_trim_whitespace(columns[other]), "")
                is_placeholder &= np.asarray(is_empty.fill_null(True))
        if len(names) > 1 and is_placeholder.any():
            columns[name] = pc.if_else(pa.array(is_placeholder), None, columns[name])
            rows.count(
                "word_for_nothing", name, is_placeholder.astype(np.int64), [None, ""]
            )
    return columns
