"""Every number of an opt-out list is read, and a list that is not whole is stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Hub

from synthetic_city.city.registrations import never_issued_numbers

SELECTION = (
    "stg_feeds__columns",
    "stg_feeds__files",
    "organisation_successors",
    "stg_feeds__submissions",
    "path:models/staging/opt_outs",
    "output_purposes",
)
# As people and tools write them: with blanks, hyphens, no-break spaces, as a float.
NUMBERS = {
    "9990000018": "9990000018",
    "999 000 0026": "9990000026",
    " 999-000-0034 ": "9990000034",
    "999\u00a0000\u00a00042": "9990000042",
    "9990000050.0": "9990000050",
}
UNREADABLE = ("9990000019", "not known", '""', "9990000018,a field too many")


def send(
    hub: Hub,
    month: str,
    *numbers: str,
    submission: int = 1,
    header: str = "nhs_number",
    repeated_headers: int = 0,
) -> None:
    """Put a month's two lists in place, both of these people."""
    folder = Path(hub.settings["HUB_FEEDS"]) / "opt_outs"
    for table, provider, more, value in (
        ("national_data_opt_out", "NHSE", "", ""),
        ("type_1_opt_out", "15F", ",practice_code", ",B86001"),
    ):
        path = folder / table / f"{provider}__{month}__{submission:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [header + more, *(number + value for number in numbers)]
        lines += [lines[0]] * repeated_headers
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_lists_are_read_as_people_write_them_and_stop_the_build_when_not_whole(
    tmp_path: Path, make_hub: Callable[..., Hub]
) -> None:
    hub = make_hub(tmp_path / "feeds")
    send(hub, "2024-04", *NUMBERS)
    hub.build(*SELECTION)
    for opt_out in ("national_data", "type_1"):
        assert hub.rows(
            f"select nhs_number from vault.staging.stg_opt_outs__{opt_out}_opt_outs "
            f"order by nhs_number"
        ) == [(number,) for number in NUMBERS.values()]
    # A list that is far too short, and the same once more.
    for month in ("2024-05", "2024-06"):
        send(hub, month, *list(NUMBERS)[:1])
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
    send(hub, "2024-07", *NUMBERS, *UNREADABLE)
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
    # A header once more names nobody, but a refused list may name somebody new.
    send(hub, "2024-07", *NUMBERS, submission=2, repeated_headers=1)
    send(hub, "2024-08", *NUMBERS, header="number")
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
    # The readable list came, but then one that was too long by mistake.
    send(hub, "2024-08", *NUMBERS, submission=2)
    send(hub, "2024-09", *map(str, never_issued_numbers(1, 50).tolist()))
    send(hub, "2024-10", *NUMBERS)
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
    send(hub, "2024-09", *NUMBERS, submission=2)
    hub.build(*SELECTION)
    # Half a list, and a list of a month that has not begun.
    many = list(map(str, never_issued_numbers(1, 200).tolist()))
    send(hub, "2024-11", *NUMBERS, *many)
    send(hub, "2024-12", *NUMBERS, *many[:190])
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
    send(hub, "2025-01", *NUMBERS, *many[:197])
    hub.build(*SELECTION)
    send(hub, "2031-01", *NUMBERS, *many)
    with pytest.raises(AssertionError, match="FAIL 2 assert_lists_of_opt_outs"):
        hub.build(*SELECTION)
