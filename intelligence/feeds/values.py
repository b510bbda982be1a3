"""Delivered values in the layout's own form, and what they say against their file.

Only what is stated is changed: dates in a form that the layout or the sender's dialect
names, codes that a dialect or a version of the data set maps, and times with a zone,
which become Leeds's local time. Everything else stays as delivered and is judged later,
but it is counted here what a look at the whole file shows: dates in another form, what
Excel has destroyed, a sender or period that is not the one in the file's name.
"""

import re
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LOCAL_ZONE = zoneinfo.ZoneInfo("Europe/London")
# An event may be told a year late, and be booked for the month after its period.
EARLIER_DAYS, LATER_DAYS = 366, 31
# A file may cover so many days that end with its period.
LONGEST_WINDOW_DAYS = 366
_MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_TIME = r"(?P<tail>[T ]\s*\d{1,2}:.*|Z|[+-]\d\d:?\d\d)?"
_ZONE = re.compile(r".*\d(Z|[+-]\d\d:?\d\d)$")
# Forms that a dialect may state. Two-digit years are none: which century is meant
# cannot be known of a date of birth.
FORMS = {
    "yyyy-mm-dd": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    "yyyy/mm/dd": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    "yyyymmdd": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    "dd/mm/yyyy": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "dd-mm-yyyy": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
    "dd.mm.yyyy": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "dd-Mon-yyyy": r"(?P<d>\d{1,2})[- /](?P<mon>[A-Za-z]{3,9})[- /,]+(?P<y>\d{4})",
    "mm/dd/yyyy": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    "Excel serial": r"(?P<serial>\d{4,5})(\.\d+)?",
}
TWO_DIGIT_YEAR = "two-digit year"
OTHER_FORM = "no form of a date"
_PATTERNS = {form: re.compile(rf"{text}{_TIME}") for form, text in FORMS.items()}
_TWO_DIGITS = re.compile(
    rf"(\d{{1,2}}[-/. ](\d{{1,2}}|[A-Za-z]{{3,9}})[-/. ]\d\d){_TIME}"
)
_SCIENTIFIC = r"^\s*\d(\.\d+)?[Ee]\+\d+\s*$"

# What is found in a file: (kind, column, detail) -> number of its records.
Findings = Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Reading:
    """How the values of some files are read.

    dates: column -> form that is stated for its dates; "" is the form of all others.
    layout_dates: form of the layout's own dates; columns that stay in it are read too.
    """

    dates: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    time_zone: str | None = None
    layout_dates: str | None = None


@dataclass(frozen=True)
class Label:
    """What the name of a file says, and its sender's dialect."""

    senders: tuple[str, ...] = ()
    period_start: date | None = None
    period_end: date | None = None


# A city has few different dates, which every month's files repeat.
@lru_cache(maxsize=2**17)
def iso_date(text: str, form: str, time_zone: str | None = None) -> str | None:
    """Return a date in `form` as yyyy-mm-dd and the time that follows it, if any.

    A time with a zone, or any time if `time_zone` is given, becomes local time. None
    when the text is no date of this form.
    """
    text = text.strip().replace("\u00a0", " ").strip()
    found = _PATTERNS[form].fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    tail = parts["tail"] or ""
    try:
        if parts.get("serial"):
            day = date(1899, 12, 30) + timedelta(days=int(parts["serial"]))
        elif parts.get("mon"):
            month = _MONTHS.index(parts["mon"][:3].casefold()) + 1
            day = date(int(parts["y"]), month, int(parts["d"]))
        else:
            day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except (ValueError, OverflowError):
        return None
    if tail and (_ZONE.fullmatch(text) or time_zone):
        return _local(day, tail, time_zone)
    return day.isoformat() + tail


def _local(day: date, tail: str, time_zone: str | None) -> str:
    """Return the local time of a day and a time with a zone; as it is if unreadable."""
    as_delivered = day.isoformat() + tail
    text = re.sub(r"^[T ]\s*(\d):", r"T0\1:", tail).replace(" ", "T", 1)
    try:
        moment = datetime.fromisoformat(day.isoformat() + text.replace(" ", ""))
    except ValueError:
        return as_delivered
    if moment.tzinfo is None:
        if time_zone is None:
            return as_delivered
        moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(time_zone))
    try:
        return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError):
        return as_delivered


def form_of(text: str) -> str | None:
    """Return the form that a text looks like as a date; None when it is like none.

    Where the month and the day cannot be told apart the day comes first.
    """
    text = text.strip()
    for form in FORMS:
        if iso_date(text, form) is not None:
            return form
    return TWO_DIGIT_YEAR if _TWO_DIGITS.fullmatch(text) else None


def read_date(text: str, forms: Iterable[str], time_zone: str | None) -> str:
    """Return a delivered date as yyyy-mm-dd if it is in one of `forms` or in that form.

    What looks like a date of one form is read by no later one: 13/02/2025 is no date
    where the month comes first, even if the layout has the day first.
    """
    for form in dict.fromkeys((*forms, "yyyy-mm-dd")):
        found = iso_date(text, form, time_zone)
        if found is not None:
            return found
        if _PATTERNS[form].fullmatch(text.strip()):
            break
    return text


def canonical(
    columns: Mapping[str, pa.Array],
    dates: Iterable[str],
    reading: Reading,
    rows: "Rows",
) -> dict[str, pa.Array]:
    """Return the columns with dates and codes in the layout's form.

    Dates that are left in another form are counted.
    """
    result = dict(columns)
    for name, codes in reading.codes.items():
        if name in columns:
            known = {_folded(code): meant for code, meant in codes.items()}
            result[name] = _mapped(
                columns[name],
                lambda text, known=known: known.get(_folded(text), text),  # type: ignore[misc]
            )[0]
    for name in dates:
        if name not in columns:
            continue
        stated = reading.dates.get(name, reading.dates.get(""))
        forms = [form for form in (stated, reading.layout_dates) if form]
        if rows.forms is not None:
            values, places = _different(columns[name])
            looks = [
                (form_of(value) or OTHER_FORM) if value.strip() else None
                for value in (*values, "")
            ]
            seen = replace(rows, found=rows.forms)
            seen.count("form", name, places, looks)
        is_read = np.full(len(rows.files), True)
        if rows.forms is None and not forms:
            is_read = ~are_plain_dates(columns[name])
            if not is_read.any():
                continue
        changed, values, places = _mapped(
            columns[name].filter(pa.array(is_read)),
            lambda text, forms=forms: read_date(text, forms, reading.time_zone),  # type: ignore[misc]
        )
        result[name] = pc.replace_with_mask(columns[name], pa.array(is_read), changed)
        looks = [None if _is_iso(value) else form_of(value) for value in values]
        if any(looks):
            these = replace(rows, files=rows.files[is_read])
            others = [None if look == TWO_DIGIT_YEAR else look for look in looks]
            these.count("date_form", name, places, others)
            short = ["" if look == TWO_DIGIT_YEAR else None for look in looks]
            these.count("two_digit_year", name, places, short)
    return result


def examine(
    columns: Mapping[str, pa.Array],
    holding: Callable[[str], list[str]],
    rows: "Rows",
    may_be_scientific: bool,
) -> None:
    """Count what the canonical values say against their files."""
    for what, say, kind in (
        ("sender", _other_sender, "other_sender"),
        ("sender", _other_letters, "sender_in_other_letters"),
        ("period_start", _other_period, "other_period"),
        ("window_start", _begins_in_another, "other_period"),
        ("window_end", _ends_in_another, "other_period"),
        ("event_date", _outside_period, "outside_period"),
    ):
        for name in holding(what):
            if name in columns:
                values, places = _different(columns[name])
                rows.count(kind, name, places, [*map(str.strip, values), None], say)
    for name in holding("nhs_number"):
        if name in columns:
            rows.count("lost_zero", name, _is_short(columns[name]), [None, ""])
    if may_be_scientific:
        for name, column in columns.items():
            text = text_bytes(column)
            if text is not None and not (text[1] == ord("+")).any():
                continue
            is_so = pc.match_substring_regex(column, _SCIENTIFIC).fill_null(False)
            if pc.any(is_so).as_py():
                places = np.asarray(is_so).astype(np.int64)
                rows.count("scientific_number", name, places, [None, ""])


@dataclass(frozen=True)
class Rows:
    """Of which file each row is; what the files' names say; what is found in them.

    files: for each row the position of its file in `labels` and `found`.
    forms: if given, the forms of all delivered dates are counted there, by file.
    """

    files: npt.NDArray[np.int64]
    labels: list[Label]
    found: list[Findings]
    forms: list[Findings] | None = None

    def count(
        self,
        kind: str,
        column: str,
        places: npt.NDArray[np.int64],
        values: Sequence[str | None],
        say: Callable[[Label, str], str | None] = lambda _, value: value,
    ) -> None:
        """Count rows by file and by what `say` says of their value; None is nothing.

        `places` gives the place of each row's value in `values`.
        """
        is_said = np.array([value is not None for value in values])[places]
        pairs = self.files[is_said] * len(values) + places[is_said]
        for pair, count in zip(
            *(part.tolist() for part in np.unique(pairs, return_counts=True)),
            strict=True,
        ):
            file, place = divmod(pair, len(values))
            detail = say(self.labels[file], str(values[place]))
            if detail is not None:
                self.found[file][kind, column, detail] += count


def _other_sender(label: Label, code: str) -> str | None:
    is_other = code and label.senders and code.upper() not in label.senders
    return "" if is_other else None


def _other_letters(label: Label, code: str) -> str | None:
    return "" if code not in label.senders and code.upper() in label.senders else None


def _other_period(label: Label, text: str) -> str | None:
    day = _day(text)
    if day is None or label.period_start is None or day == label.period_start:
        return None
    return f"{day:%Y-%m}"


def _begins_in_another(label: Label, text: str) -> str | None:
    """The month in which a window begins, if it cannot be that of the file's period.

    It may be that of the period or an earlier one, so that it has twelve months.
    """
    day = _day(text)
    if day is None or label.period_start is None or label.period_end is None:
        return None
    earliest = label.period_end - timedelta(days=LONGEST_WINDOW_DAYS)
    return None if earliest < day <= label.period_start else f"{day:%Y-%m}"


def _ends_in_another(label: Label, text: str) -> str | None:
    """The month in which a window ends, if that is not in the file's period."""
    day = _day(text)
    if day is None or label.period_start is None or label.period_end is None:
        return None
    return None if label.period_start <= day <= label.period_end else f"{day:%Y-%m}"


def _outside_period(label: Label, text: str) -> str | None:
    day = _day(text)
    if day is None or label.period_start is None or label.period_end is None:
        return None
    if day < label.period_start - timedelta(days=EARLIER_DAYS):
        return "earlier"
    is_later = (day - label.period_end).days > LATER_DAYS
    return "later" if is_later else None


def _is_iso(text: str) -> bool:
    return not text or iso_date(text, "yyyy-mm-dd") is not None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def filled(column: pa.Array, other: pa.Array) -> pa.Array:
    """Return a column with the values of another where it has none."""
    is_empty = pc.or_kleene(
        pc.is_null(column), pc.equal(pc.utf8_trim_whitespace(column), "")
    )
    return pc.if_else(is_empty, other, column)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _mapped(
    column: pa.Array, change: Callable[[str], str]
) -> tuple[pa.Array, list[str], npt.NDArray[np.int64]]:
    """Change the different values of a column, each once.

    Returns the column, its different values after the change, and for each row the
    place of its value among them, that of null being the last.
    """
    values, rows = _different(column)
    values = [change(value) for value in values]
    changed = pa.array([*values, None], pa.string()).take(pa.array(rows))
    return changed, [*values, ""], rows


def _different(column: pa.Array) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return a column's different values, and for each row the place of its value.

    The place of null is the one after the last.
    """
    encoded = column.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    return values, np.asarray(encoded.indices.fill_null(len(values))).astype(np.int64)


def are_plain_dates(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which values are empty or look like yyyy-mm-dd and nothing else.

    Years before 1901 and after 2099 do not: they may be placeholders.
    """
    text = text_bytes(column)
    if text is None:
        return np.full(len(column), False)
    lengths, content = text
    is_plain: npt.NDArray[np.bool_] = lengths == 0
    is_ten = lengths == 10
    if not (is_plain | is_ten).all():
        content = content[np.repeat(is_ten, lengths)]
    days = content.reshape(-1, 10)
    # The four bytes of a year, as one number.
    years = np.ascontiguousarray(days[:, :4]).view(">u4")[:, 0]
    numbers = days[:, [0, 1, 2, 3, 5, 6, 8, 9]] - ord("0")
    is_plain[is_ten] = (
        (years > int.from_bytes(b"1900"))
        & (years < int.from_bytes(b"2100"))
        & (days[:, [4, 7]] == ord("-")).all(axis=1)
        & (numbers < 10).all(axis=1)
    )
    return is_plain


def text_bytes(
    column: pa.Array,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]] | None:
    """Return the lengths of a column's texts, and all their bytes in a row."""
    if not pa.types.is_string(column.type):
        return None
    _, offsets, content = column.buffers()
    if offsets is None or content is None or not len(column):
        return np.zeros(len(column), np.int64), np.zeros(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset)
    text = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]
    return np.diff(ends).astype(np.int64), text


def _is_short(column: pa.Array) -> npt.NDArray[np.int64]:
    """Tell (1 or 0) which values are numbers that lost their leading zeros."""
    result = np.zeros(len(column), np.int64)
    lengths = np.asarray(pc.binary_length(column).fill_null(0))
    places = np.flatnonzero((lengths == 8) | (lengths == 9))
    if len(places):
        digits = pc.match_substring_regex(column.take(pa.array(places)), r"^\d+$")
        result[places] = np.asarray(digits.fill_null(False))
    return result
