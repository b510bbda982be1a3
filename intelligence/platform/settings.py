"""Hold what a user sets to what the project knows, before anything is built.

Every problem is one sentence that names the setting and what it may be. Keys are never
repeated in it.
"""

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml
from dbt_common.exceptions import DbtRuntimeError

VAULT_KEY = "DBT_ENV_SECRET_VAULT_KEY"
PSEUDONYM_KEY = "DBT_ENV_SECRET_PSEUDONYM_KEY"
MINIMUM_KEY_LENGTH = 32
# A key of one repeated word, or of equal letters, is no secret.
MINIMUM_KEY_CHARACTERS = 8
MEMORY = re.compile(r"[0-9]+(\.[0-9]+)? ?([KMGT]i?B)", re.IGNORECASE)
DAYS = ("as_of_date", "first_month", "earliest_date", "latest_date")
CHOICES = {
    "coarse_period": ("quarter", "year"),
    "coarse_geography": ("ward", "neighbourhood_team", "community_committee", "city"),
    "coarse_shift_days": range(1, 366),
}


class SettingError(DbtRuntimeError):
    """A setting is not what it may be; the message says which and what to do."""


def secret(name: str) -> str:
    """Return the secret in environment variable `name`.

    Raises SettingError when it is missing or could be guessed.
    """
    value = os.environ.get(name, "")
    problem = None
    if not value:
        problem = "is not set"
    elif not re.fullmatch(r"[!-~]+", value):
        problem = "has blanks, or characters that are not printable ASCII"
    elif len(value) < MINIMUM_KEY_LENGTH:
        problem = "is too short"
    elif len(set(value)) < MINIMUM_KEY_CHARACTERS:
        problem = f"has fewer than {MINIMUM_KEY_CHARACTERS} different characters"
    if problem:
        raise SettingError(
            f"{name} {problem}: put a random secret of at least {MINIMUM_KEY_LENGTH} "
            "characters there ('make secrets' creates the file .secrets.env; load it "
            "with 'set -a; . ./.secrets.env; set +a')."
        )
    return value


def check_secrets() -> None:
    """Refuse secrets that are missing, could be guessed, or are the same."""
    if secret(VAULT_KEY) == secret(PSEUDONYM_KEY):
        raise SettingError(
            f"{VAULT_KEY} and {PSEUDONYM_KEY} are the same: use two different secrets, "
            "so that whoever may open the vault cannot also make pseudonyms."
        )


def check_build_folder(folder: str) -> None:
    """Refuse a HUB_BUILD that DuckDB would not take for the name of a folder."""
    odd = sorted(set(re.findall(r"[?*\[\]'\"\\\x00-\x1f]", folder)))
    if odd:
        raise SettingError(
            f"HUB_BUILD must be a folder without {' '.join(map(repr, odd))} in its "
            "path: databases cannot be opened there."
        )


def check_feeds_folders() -> None:
    """Refuse folders of feeds that DuckDB would not find the files of."""
    for name in ("HUB_FEEDS", "HUB_REFERENCE", "HUB_PUBLISHED_DELAYS"):
        if re.search(r"[\\\x00-\x1f]", os.environ.get(name, "")):
            raise SettingError(
                f"{name} must be a folder without backslashes or line breaks in its "
                "path: files cannot be found there."
            )


def check_memory(limit: str) -> None:
    """Refuse a HUB_MEMORY that DuckDB would not understand."""
    if not MEMORY.fullmatch(limit.strip()):
        raise SettingError(
            "HUB_MEMORY must be a number and a unit, such as 8GB; it is " + repr(limit)
        )


def check_variables(given: Mapping[str, object], project: Path) -> None:
    """Refuse variables (`--vars`, VARS) that the project in folder `project` has not.

    Their types must be those of the defaults in dbt_project.yml, and days be days.
    """
    text = (project / "dbt_project.yml").read_text(encoding="utf-8")
    defaults = yaml.safe_load(text).get("vars", {})
    for name, value in given.items():
        if name not in defaults:
            raise SettingError(
                f"There is no variable {name!r}: dbt_project.yml lists all of them."
            )
        kind = type(defaults[name])
        kinds: tuple[type, ...] = (kind,)
        if kind in (int, float):
            kinds = (int, float)
        if name in DAYS:
            kinds = (str, date)
        if not isinstance(value, kinds) or isinstance(value, bool) != (kind is bool):
            raise SettingError(
                f"The variable {name} must be like its default, "
                f"{defaults[name]!r}; it is {value!r}."
            )
        if name in CHOICES and value not in CHOICES[name]:
            choices = CHOICES[name]
            may_be = (
                f"from {choices[0]} to {choices[-1]}"
                if isinstance(choices, range)
                else f"one of {', '.join(map(str, choices))}"
            )
            raise SettingError(
                f"The variable {name} must be {may_be}; it is {value!r}."
            )
    known = {**defaults, **given}
    days = {name: _day(name, known[name]) for name in DAYS if name in known}
    if not {"first_month", "as_of_date"} <= days.keys():
        return
    if days["first_month"].day != 1:
        raise SettingError(
            "The variable first_month must be the first day of a month; it is "
            f"{days['first_month']}."
        )
    if days["first_month"] > days["as_of_date"]:
        raise SettingError(
            f"The variable first_month ({days['first_month']}) is after as_of_date "
            f"({days['as_of_date']}): there would be nothing to build."
        )


def _day(name: str, value: object) -> date:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or str(day) != str(value) or not 1900 <= day.year <= 2099:
        raise SettingError(
            f"The variable {name} must be a day between 1900 and 2099, such as "
            f"2025-03-31; it is {str(value)!r}."
        )
    return day
