"""What each table of each feed must look like, and headers held against it.

The layouts are the sources' YAML.

A source's column may state under `config.meta`:
  other_names  other names under which senders and versions of the data set deliver it
  is_optional  true when a file may leave it out
  form         what its values are, one of FORMS in forms.py; dates, numbers need none
  codes        the code list of its values, as `seed` or `seed.column`
  otherwise    `empty` when a value that cannot be read, or is in no code list, is left
               out; else its row is refused, or left to the rules of the base_ model
  range        the least and the largest number that is plausible
  holds        what a value says of its whole file: sender, period_start or event_date;
               window_start and window_end where a file may cover up to a year that ends
               with its period; or nhs_number, in which Excel destroys digits
A source's table may state there:
  dates        form of the layout's own dates, if it is not yyyy-mm-dd
  layouts      versions of the data set: name -> columns (layout name -> delivered name)
               and codes (layout name -> delivered code -> code of this layout). The
               codes of a version that names no columns hold for all files: such a file
               cannot be told from others by its header.
"""

import difflib
import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from intelligence.feeds.forms import FORMS, Form

SOURCES = Path(__file__).parents[2] / "models" / "staging"
# Columns of a landed file beside those of its layout.
RESERVED = ("landed_id", "line_number", "raw_text", "line_defect")


_FORMS_OF_TYPES = {"date": "date", "integer": "number", "double": "number"}


class LayoutError(ValueError):
    """The sources' YAML says something that cannot be meant."""


@dataclass(frozen=True)
class Column:
    """One column of a feed table."""

    name: str
    data_type: str = "varchar"
    other_names: tuple[str, ...] = ()
    is_optional: bool = False
    is_identifier: bool = False
    holds: str | None = None
    form: str = "text"
    codes: str | None = None
    is_dispensable: bool = False
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Version:
    """Another version of a data set: its own names and codes for our columns."""

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedTable:
    """What one table of one feed must look like."""

    feed: str
    name: str
    delivery: str
    columns: tuple[Column, ...]
    reporting_period: str | None = None
    published_file_name: str | None = None
    dates: str | None = None
    versions: tuple[Version, ...] = ()

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names in the layout's order."""
        return tuple(column.name for column in self.columns)

    def holding(self, what: str) -> list[str]:
        """Return the names of the columns that hold `what`."""
        return [column.name for column in self.columns if column.holds == what]

    def forms(self, are_pseudonymised: bool = False) -> dict[str, Form]:
        """Return the form of each column.

        Feeds with pseudonyms have no NHS numbers, and areas in place of postcodes.
        """
        replaced = ("nhs_number", "postcode") if are_pseudonymised else ()
        return {
            column.name: Form(
                "local_number" if column.form in replaced else column.form,
                column.codes,
                column.is_dispensable,
            )
            for column in self.columns
        }

    def codes(self, version: str | None) -> dict[str, dict[str, str]]:
        """Return by column the codes of a version and those that hold for all files."""
        codes: dict[str, dict[str, str]] = {}
        for one in self.versions:
            if not one.columns or one.name == version:
                for column, meant in one.codes.items():
                    codes.setdefault(column, {}).update(meant)
        return codes


@dataclass(frozen=True)
class Match:
    """A header held against a layout.

    places: for each column of the layout its place in the header; None when absent.
    instead: for columns with several of their names in the header, the other places:
        national extracts keep a column of each version, all but one of them empty.
    """

    places: tuple[int | None, ...] = ()
    instead: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    version: str | None = None

    @functools.cached_property
    def wanted(self) -> list[int]:
        """The places in the header of all columns to be read."""
        others = (place for places in self.instead.values() for place in places)
        return sorted({one for one in self.places if one is not None} | set(others))

    @property
    def problem(self) -> str | None:
        """Why a file with this header is refused; None when it can be read."""
        if self.missing:
            return f"column missing: {', '.join(self.missing)}"
        if self.doubled:
            return f"column appears twice: {', '.join(self.doubled)}"
        return None


def plain(name: str) -> str:
    """Return a column's name without what never matters: case, spaces, punctuation."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def match_header(
    table: FeedTable,
    header: Sequence[str],
    stated: Mapping[str, str] | None = None,
    version: str | None = None,
) -> Match:
    """Find the columns of `table` in `header`.

    `stated` gives the names that a sender's dialect states (layout name -> delivered
    name); they come first, then the layout's own names, those of a version, and other
    names. `version` is the version that the dialect states; else the version with most
    of its own names in the header is taken.
    """
    stated = stated or {}
    keys = [plain(name) for name in header]
    first = {key: place for place, key in reversed(list(enumerate(keys))) if key}
    times = Counter(keys)
    of_version = _version(table, first, version)
    taken: dict[str, int] = {}
    instead: dict[str, tuple[int, ...]] = {}
    used: set[str] = set()
    own = {column.name: [column.name] for column in table.columns}
    other = {
        column.name: [
            *_named_so(of_version, column),
            *column.other_names,
            *(name for one in table.versions for name in _named_so(one, column)),
        ]
        for column in table.columns
    }
    # A name that a column bears itself is not looked for as another's other name.
    for names in ({name: [text] for name, text in stated.items()}, own, other):
        for column in table.columns:
            for name in names.get(column.name, []):
                key = plain(name)
                if key not in first or key in used:
                    continue
                used.add(key)
                if column.name not in taken:
                    taken[column.name] = first[key]
                else:
                    instead[column.name] = (
                        *instead.get(column.name, ()),
                        first[key],
                    )
    unexpected = tuple(
        name for name, key in zip(header, keys, strict=True) if key and key not in used
    )
    left_out = [column for column in table.columns if column.name not in taken]
    # A misspelt name would otherwise pass for a column left out. Another number is no
    # misspelling: LSOA 2011 and 2021.
    misspelt = {
        ours
        for ours, theirs in near_misses(
            [column.name for column in left_out if column.is_optional], unexpected
        ).items()
        if abs(len(plain(ours)) - len(plain(theirs))) <= 2
        and re.sub(r"[^0-9]", "", ours) == re.sub(r"[^0-9]", "", theirs)
    }
    return Match(
        places=tuple(taken.get(column.name) for column in table.columns),
        instead=instead,
        missing=tuple(
            f"{column.name} (stated as {stated[column.name]})"
            if column.name in stated
            else column.name
            for column in left_out
            if not column.is_optional or column.name in misspelt
        ),
        doubled=tuple(
            column.name
            for column in table.columns
            if column.name in taken and times[keys[taken[column.name]]] > 1
        ),
        absent=tuple(
            column.name
            for column in left_out
            if column.is_optional and column.name not in misspelt
        ),
        unexpected=unexpected,
        version=of_version.name if of_version else None,
    )


def _named_so(version: Version | None, column: Column) -> list[str]:
    """Return the name of a column in a version of the data set, if it has its own."""
    name = version.columns.get(column.name) if version else None
    return [name] if name else []


def _version(
    table: FeedTable, header: Mapping[str, int], stated: str | None
) -> Version | None:
    """Return the version of a data set that a header is of, if it is not our layout."""
    if stated is not None:
        return next((one for one in table.versions if one.name == stated), None)
    found = [
        (
            sum(
                plain(theirs) in header and plain(ours) not in header
                for ours, theirs in one.columns.items()
            ),
            one,
        )
        for one in table.versions
    ]
    count, best = max(found, key=lambda pair: pair[0], default=(0, None))
    return best if count else None


def near_misses(columns: Iterable[str], header: Iterable[str]) -> dict[str, str]:
    """Return for each of `columns` the name in `header` that it looks like, if any.

    Four fifths of the letters must be the same (Ratcliff and Obershelp).
    """
    names = {plain(name): name for name in header if plain(name)}
    near = {}
    for column in columns:
        close = difflib.get_close_matches(plain(column), names, 1, 0.8)
        if close:
            near[column] = names[close[0]]
    return near


@functools.cache
def feed_tables(folder: Path = SOURCES) -> dict[tuple[str, str], FeedTable]:
    """Read the layouts of all feed tables from the sources' YAML below `folder`."""
    tables = {}
    for path in sorted(folder.glob("*/_*__sources.yml")):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), loader)
        for source in content["sources"]:
            for node in source["tables"]:
                table = _table(source["name"], node)
                tables[table.feed, table.name] = table
    return tables


def _table(feed: str, node: Mapping[str, object]) -> FeedTable:
    """Return the layout of one table of a source's YAML."""
    meta = _meta(node)
    columns = tuple(_column(column) for column in node["columns"])  # type: ignore[attr-defined]
    table = FeedTable(
        feed=feed,
        name=str(node["name"]),
        delivery=str(meta["delivery"]),
        columns=columns,
        reporting_period=meta.get("reporting_period"),  # type: ignore[arg-type]
        published_file_name=meta.get("file"),  # type: ignore[arg-type]
        dates=meta.get("dates"),  # type: ignore[arg-type]
        versions=tuple(
            Version(str(name), one.get("columns", {}), one.get("codes", {}))
            for name, one in meta.get("layouts", {}).items()  # type: ignore[attr-defined]
        ),
    )
    known = set(table.names)
    for version in table.versions:
        strangers = (version.columns.keys() | version.codes.keys()) - known
        if strangers:
            raise LayoutError(
                f"{feed}.{table.name}: layout {version.name} names columns that the "
                f"table does not have: {', '.join(sorted(strangers))}"
            )
    if set(RESERVED) & known:
        raise LayoutError(f"{feed}.{table.name} has a column of a reserved name")
    return table


def _column(node: Mapping[str, object]) -> Column:
    meta = _meta(node)
    config = node.get("config") or {}
    data_type = str(node["data_type"])
    form = meta.get("form") or _FORMS_OF_TYPES.get(data_type)
    if form not in FORMS:
        raise LayoutError(f"the column {node['name']} states no form that is known")
    return Column(
        name=str(node["name"]),
        data_type=data_type,
        other_names=tuple(meta.get("other_names", ())),  # type: ignore[arg-type]
        is_optional=bool(meta.get("is_optional", False)),
        is_identifier="identifier" in config.get("tags", ()),  # type: ignore[attr-defined]
        holds=meta.get("holds"),  # type: ignore[arg-type]
        form=str(form),
        codes=meta.get("codes"),  # type: ignore[arg-type]
        is_dispensable=meta.get("otherwise") == "empty",
        range=tuple(meta["range"]) if "range" in meta else None,  # type: ignore[arg-type]
    )


def _meta(node: Mapping[str, object]) -> Mapping[str, object]:
    config = node.get("config") or {}
    return config.get("meta") or {}  # type: ignore[attr-defined]
