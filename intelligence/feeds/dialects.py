"""How one sender's files differ from the layout, stated in a small file beside them.

`<feeds>/<feed>/<SENDER>.yml` holds for all tables of a feed, `<feeds>/<feed>/<table>/
<SENDER>.yml` for one; the latter wins, key by key. A dialect may state
  columns    layout name -> delivered name
  dates      the form of all dates, or layout name -> form (FORMS in values.py)
  codes      layout name -> delivered code -> code of the layout
  time_zone  zone of times that do not say theirs, such as UTC
  layout     version of the data set, one of those that the source's YAML lists
  senders    codes of the organisations whose records the files hold
  encoding, delimiter  of text files, if they are not recognised
"""

import codecs
import hashlib
import json
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from intelligence.feeds.layouts import FeedTable
from intelligence.feeds.records import DELIMITERS
from intelligence.feeds.values import FORMS

ENDING = ".yml"
_TEXTS = ("time_zone", "layout", "encoding", "delimiter")
KEYS = ("columns", "dates", "codes", "senders", *_TEXTS)


class DialectError(ValueError):
    """A dialect file cannot be used; the message names the file and says why."""


@dataclass(frozen=True)
class Dialect:
    """What a sender's files of one table are to be read by; empty when none is stated.

    dates: layout name -> form; the key "" is the form of all other dates.
    """

    file_ids: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    senders: tuple[str, ...] = ()
    time_zone: str | None = None
    layout: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def signature(self) -> str | None:
        """The same text for the same dialect; None when nothing is stated."""
        if not self.file_ids:
            return None
        stated = json.dumps(
            {key: getattr(self, key) for key in KEYS}, sort_keys=True, default=dict
        )
        return hashlib.sha256(stated.encode()).hexdigest()[:16]


NO_DIALECT = Dialect()


def dialect_of(
    folder: str,
    table: FeedTable,
    sender: str,
    dialects: Collection[str],
    tables: Mapping[tuple[str, str], FeedTable],
) -> Dialect:
    """Return what is stated for the files of `sender` in `table`.

    `folder` is the feed's, `dialects` are the paths of all dialects. Raises
    DialectError, which concerns all these files.
    """
    content: dict[str, object] = {}
    found = []
    for file_id in (f"{sender}{ENDING}", f"{table.name}/{sender}{ENDING}"):
        path = f"{folder}/{file_id}"
        if path in dialects:
            stated = _read(Path(path), file_id)
            if "/" in file_id:
                _check(stated, file_id, [table])
            else:
                of_feed = [one for one in tables.values() if one.feed == table.feed]
                _check(stated, file_id, of_feed)
                stated = _of_table(stated, table)
            content |= stated
            found.append(file_id)
    if not found:
        return NO_DIALECT
    dates = content.get("dates", {})
    return Dialect(
        file_ids=tuple(found),
        columns=content.get("columns", {}),  # type: ignore[arg-type]
        dates={"": dates} if isinstance(dates, str) else dates,  # type: ignore[arg-type]
        codes=content.get("codes", {}),  # type: ignore[arg-type]
        senders=tuple(content.get("senders", ())),  # type: ignore[arg-type]
        **{key: content.get(key) for key in _TEXTS},  # type: ignore[arg-type]
    )


def _read(path: Path, file_id: str) -> dict[str, object]:
    """Read a dialect file; all its scalars are text, as 01 and NO must stay."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise DialectError(f"dialect {file_id}: not readable as YAML{where}") from None
    except OSError as error:
        raise DialectError(f"dialect {file_id}: {error.strerror}") from None
    if not isinstance(content, dict):
        raise DialectError(
            f"dialect {file_id}: it must state at least one of {', '.join(KEYS)}"
        )
    return content


def _check(
    content: Mapping[str, object], file_id: str, tables: list[FeedTable]
) -> None:
    """Raise DialectError for whatever of a dialect cannot be meant."""

    def refuse(what: str) -> None:
        raise DialectError(f"dialect {file_id}: {what}")

    for key in content:
        if key not in KEYS:
            refuse(f"'{key}' is not one of {', '.join(KEYS)}")
    names = {name for table in tables for name in table.names}
    for key in ("columns", "codes", "dates"):
        stated = content.get(key, {})
        if key == "dates" and isinstance(stated, str):
            stated = {"": stated}
        if not isinstance(stated, dict):
            refuse(f"{key} must be a mapping from the layout's column names")
            continue
        for name, value in stated.items():
            if name and name not in names:
                refuse(f"{key} names {name}, which is not a column of the layout")
            if key == "columns" and not isinstance(value, str):
                refuse(f"columns: {name} must be given one delivered column name")
            if key == "codes" and (
                not isinstance(value, dict)
                or not all(isinstance(code, str) for code in value.values())
            ):
                refuse(f"codes: {name} must map delivered codes to the layout's")
            if key == "dates" and value not in FORMS:
                refuse(f"'{value}' is not a date format; these are: {', '.join(FORMS)}")
    if not isinstance(content.get("senders", []), list):
        refuse("senders must be a list of organisation codes")
    for key in _TEXTS:
        if not isinstance(content.get(key, ""), str):
            refuse(f"{key} must be a single text")
    zone, layout = content.get("time_zone"), content.get("layout")
    if zone is not None:
        try:
            zoneinfo.ZoneInfo(str(zone))
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            refuse(f"'{zone}' is not a time zone, such as UTC or Europe/London")
    versions = {one.name for table in tables for one in table.versions}
    if layout is not None and layout not in versions:
        known = ", ".join(sorted(versions)) or "none besides that of the sources' YAML"
        refuse(f"'{layout}' is not another layout of this feed; there are {known}")
    if "delimiter" in content and content["delimiter"] not in DELIMITERS:
        refuse('delimiter must be one of , | ; or a tab in double quotes ("\\t")')
    if "encoding" in content:
        try:
            codecs.lookup(str(content["encoding"]))
        except LookupError:
            refuse(f"'{content['encoding']}' is not an encoding that Python knows")


def _of_table(content: Mapping[str, object], table: FeedTable) -> dict[str, object]:
    """Return what a feed's dialect says of the columns of one table."""
    names = set(table.names)
    kept: dict[str, object] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            value = {name: one for name, one in value.items() if name in names}
        if key == "layout" and value not in {one.name for one in table.versions}:
            continue
        kept[key] = value
    return kept
