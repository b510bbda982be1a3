"""The truth about delays: what each organisation listed, missed or got wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_city.city.delays import ORGANISATIONS, Delays
from synthetic_city.draw import OPEN, Array, Frame
from synthetic_city.tables import to_arrow


def write_delay_truth(delays: Delays, last_day: int, folder: Path) -> None:
    """Write `delay.parquet` and `delay_list.parquet`."""
    true = delays.true
    count = len(true["person"])
    ended = np.where(true["end"] > last_day, OPEN, true["end"])
    table = to_arrow(
        {
            "delay_number": np.arange(count),
            "true_person_id": true["person"],
            "stay_start_date": true["stay_start"],
            "start_date": true["start"],
            "end_date": ended,
        }
    )
    _write(
        table,
        {
            "bed_organisation_code": _texts(ORGANISATIONS, true["bed"]),
            "reason_code": _texts(delays.pair_reason, true["pair"]),
            "responsible_body": _texts(delays.pair_body, true["pair"]),
            "next_setting": _texts(delays.all_settings, true["setting"]),
        },
        folder / "delay.parquet",
    )
    _write_lists(delays, count, folder / "delay_list.parquet")


def _write_lists(delays: Delays, count: int, path: Path) -> None:
    """One row per delay and organisation, listed or not."""
    listed: Frame = delays.listed
    organisations = len(ORGANISATIONS)
    entry = np.full(count * organisations, -1)
    entry[listed["delay"] * organisations + listed["organisation"]] = np.arange(
        len(listed["delay"])
    )
    missed = entry < 0
    delay, organisation = np.divmod(np.arange(len(entry)), organisations)
    codes = _texts(ORGANISATIONS, organisation)
    table = to_arrow(
        {
            "delay_number": delay,
            "is_listed": ~missed,
            # `OPEN` becomes an empty date.
            "start_date": np.where(missed, OPEN, listed["start"][entry]),
            "end_date": np.where(missed, OPEN, listed["end"][entry]),
        }
    )
    ids = [
        None if number < 0 else f"{ORGANISATIONS[who]}-W{number}"
        for who, number in zip(organisation, entry, strict=True)
    ]
    _write(
        table,
        {
            "organisation_code": codes,
            "delay_id": pa.array(ids, pa.string()),
            "reason_code": _texts(delays.pair_reason, listed["pair"][entry], missed),
            "responsible_body": _texts(delays.pair_body, listed["pair"][entry], missed),
        },
        path,
    )


def _texts(
    texts: list[str] | tuple[str, ...], position: Array, missing: Array | None = None
) -> pa.Array:
    """Texts at `position` (n,), null where `missing` (n,)."""
    return pa.array(texts).take(pa.array(position, mask=missing))


def _write(table: pa.Table, texts: dict[str, pa.Array], path: Path) -> None:
    for name, column in texts.items():
        table = table.append_column(name, column)
    pq.write_table(table, path)
