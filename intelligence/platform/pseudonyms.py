"""Keyed pseudonyms: HMAC-SHA256 (RFC 2104, FIPS 198-1), cut to 128 bits.

The key never leaves Python. With 128 bits, two of ten million people share a pseudonym
with a probability below 10^-24.
"""

import hmac

import pyarrow as pa

PSEUDONYM_LENGTH = 32


def pseudonym(text: str, key: str) -> str:
    """Return the pseudonym of `text` under `key`: 32 hexadecimal digits."""
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()[:PSEUDONYM_LENGTH]


def add_pseudonyms(table: pa.Table, column: str, name: str, key: str) -> pa.Table:
    """Return `table` with a column `name` of the pseudonyms of text column `column`.

    Returns the same rows with one more column. Raises ValueError for a
    null.
    """
    values = table.column(column).to_pylist()
    if None in values:
        raise ValueError(f"{column} has a null, which has no pseudonym")
    return table.append_column(
        name, pa.array([pseudonym(value, key) for value in values], pa.string())
    )


def check_value(key: str) -> str:
    """Return a text that is the same for the same key and does not reveal it."""
    return pseudonym("check of the pseudonym key", key)


def derived_salt(key: str) -> pa.Table:
    """Return one row with the salt under which SQL hashes the keys of events.

    The salt is a pseudonym of a fixed text, so it does not reveal the key; it stays in
    the vault, so that event ids cannot be made from local numbers.
    """
    return pa.table({"salt": [pseudonym("salt of event ids", key)]})
