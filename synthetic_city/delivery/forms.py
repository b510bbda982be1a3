"""The forms in which senders deliver the same records as text.

Whatever the form, the hub must read what the plain file says. How many files of which
sender have which form is in `settings`; what was written so is in the truth (dirt.csv).
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from synthetic_city import settings
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.delivery.pseudonymise import NUMBERS
from synthetic_city.draw import chance, part
from synthetic_city.settings import PLAIN, City, Form

# Between the fields of a line until its file's own delimiter takes its place.
SEPARATOR = "\x1f"
_STRFTIME = {"dd/mm/yyyy": "%d/%m/%Y", "dd.mm.yyyy": "%d.%m.%Y"}


def forms_of(city: City, feed: str, table: str, provider: str) -> list[Form]:
    """The form of a sender's file of each month; of quarterly files use every third."""
    months = len(city.months)
    form = settings.FORMS.get((feed, provider), PLAIN) if city.dirty else PLAIN
    rng = part(city.seed, f"forms of {feed}.{table} from {provider}")
    return [form if so else PLAIN for so in chance(rng, form.share, months)]


def as_file(header: Sequence[str], lines: bytes, form: Form, ends: bool) -> bytes:
    """The content of a file. ends: whether its last line has an end."""
    names = [name.replace("_", " ").upper() for name in header]
    text = (SEPARATOR.join(names if form.other_header else header) + "\n").encode()
    text += lines
    if not ends:
        text = text.rstrip(b"\n")
    text = text.replace(SEPARATOR.encode(), form.delimiter.encode())
    if form.title:
        count = lines.count(b"\n")
        text = f"{form.title}\n\n".encode() + text
        text += f"\n({count} rows affected)\n".encode()
    if form.encoding != "utf-8":
        text = text.decode().encode(form.encoding)
    if form.ending.endswith(".gz"):
        text = gzip.compress(text, compresslevel=1, mtime=0)
    return text


def write_dialects(city: City, table: FeedTable, feed: Path) -> None:
    """State beside the feed what its senders' files do not say themselves."""
    for provider in table.providers:
        form = settings.FORMS.get((table.feed, provider), PLAIN)
        if form.dates and city.dirty:
            path = feed / f"{provider}.yml"
            path.write_text(f"dates: {form.dates}\n", encoding="utf-8")


# SQL for a value `{0}` in another spelling.
_SPELT = {
    "dotted": (
        "case when length({0}) > 3 "
        "then left({0}, 3) || '.' || substr({0}, 4) else {0} end"
    ),
    "letter": "case {0} when '1' then 'M' when '2' then 'F' else {0} end",
    "closed up": "replace({0}, ' ', '')",
    "lower case": "lower({0})",
    "plain time": "replace(left({0}, 5), ':', '')",
}


def empty(city: City, table: FeedTable) -> str:
    """SQL over `l` for the text of an empty field, as its sender writes it."""
    # A lone empty cell is quoted, since readers skip blank lines.
    text = "'\"\"'" if len(table.columns) == 1 else "''"
    for at, provider in enumerate(table.providers):
        word = settings.WORDS_FOR_NOTHING.get((table.feed, provider))
        if word and city.dirty:
            text = f"case when l.__provider = {at} then '{word}' else {text} end"
    return text


def cell(city: City, table: FeedTable, name: str, kind: str) -> str:
    """SQL over `l` for the text of a column, as its sender writes it.

    `l.__provider` is the position of the sender and `l.__period` the first day of the
    file's period.
    """
    text = f'cast(l."{name}" as varchar)'
    if kind == "DATE":
        if table.feed == "social_care_cld":
            return f"""strftime(l."{name}", '%d/%m/%Y')"""
        for at, provider in enumerate(table.providers):
            dates = settings.FORMS.get((table.feed, provider), PLAIN).dates
            if city.dirty and dates:
                written = f"""strftime(l."{name}", '{_STRFTIME[dates]}')"""
                text = f"case when l.__provider = {at} then {written} else {text} end"
        return text
    if kind != "VARCHAR":
        return text
    text = f'l."{name}"'
    share = settings.SPACED_NUMBERS.get(table.feed, 0)
    if city.dirty and not city.pseudonymised and name in NUMBERS and share:
        text = (
            f"case when length({text}) = 10 "
            f"and try_cast(right({text}, 2) as integer) < {100 * share} "
            f"then substr({text}, 1, 3) || ' ' || substr({text}, 4, 3) || ' ' "
            f"|| substr({text}, 7) else {text} end"
        )
    for spelling in settings.SPELLINGS if city.dirty else ():
        if spelling.feed == table.feed and name in spelling.columns:
            at = table.providers.index(spelling.provider)
            written = _SPELT[spelling.kind].format(text)
            text = f"case when l.__provider = {at} then {written} else {text} end"
    if city.dirty and name == settings.LOWER_CASE_SENDER.column:
        months = ", ".join(f"date '{day}'" for day in lower_case_months(city))
        at = table.providers.index(settings.LOWER_CASE_SENDER.provider)
        text = (
            f"case when l.__provider = {at} and l.__period in ({months}) "
            f"then lower({text}) else {text} end"
        )
    return f"quoted({text})"


def damaged(city: City, table: FeedTable, name: str, sql: str) -> str:
    """SQL over `b` for a column, as it is once its sender has opened it in Excel."""
    excel = settings.EXCEL
    if (
        not city.dirty
        or city.pseudonymised
        or name not in NUMBERS
        or table.feed != excel.feed
        or excel.provider not in table.providers
    ):
        return sql
    months = ", ".join(f"date '{day}'" for day in excel_months(city))
    at = table.providers.index(excel.provider)
    return (
        f"case when b.provider = {at} and b.period_start_date in ({months}) "
        f"then upper(format('{{:.5e}}', cast({sql} as double))) else {sql} end"
    )


def lower_case_months(city: City) -> list[str]:
    """First days of the months in which a sender writes its code in small letters."""
    share = settings.LOWER_CASE_SENDER.share
    return _months(city, "months of a sender in small letters", share)


def excel_months(city: City) -> list[str]:
    """First days of the months in which a sender opens its file in Excel."""
    return _months(city, "months in Excel", settings.EXCEL.share)


def _months(city: City, name: str, share: float) -> list[str]:
    """First days of a share of the months, and of one month at least."""
    drawn = part(city.seed, name).random(len(city.months))
    so = drawn <= max(share, float(drawn.min()))
    return [
        f"{label}-01" for label, yes in zip(city.months.label, so, strict=True) if yes
    ]
