"""Forms of delivered values: many spellings of one meaning, written here in one way.

A source's column states its form under `config.meta` (FORMS below); dates and numbers
have the form of their data type. A value is first held against the words for nothing
(seed words_for_nothing), then against the column's code list if it states one, and then
read by its form. What cannot be read has its row refused, or, where the column says
`otherwise: empty`, is left out and counted. Different values are read once each.
"""

import csv
import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from intelligence.feeds.values import iso_date

SEEDS = Path(__file__).parents[2] / "seeds"
NOTHING = SEEDS / "codelists" / "words_for_nothing.csv"
# Lists of a few codes each, told apart by their column code_list.
SHORT_LISTS = "short_code_lists"
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
# Typed for an unknown number, although its check digit is right.
_ONE_DIGIT = re.compile(r"(\d)\1{9}")
_TIME_OF_DAY = re.compile(r"(?<=\d)[T ]\d{1,2}:.*")
_SHOWN_LENGTH = 40


class Unreadable(ValueError):  # noqa: N818
    """A value has not its column's form; the message is the rule that it breaks."""


MALFORMED = "malformed_value"
NUMBER_ELSEWHERE = "nhs_number_in"
TWO_NUMBERS = "two_nhs_numbers"
# Kinds of what is counted of codes: kept as they are, or left out.
UNKNOWN_CODES = ("unknown_code", "code_left_out")


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits have the check digit of an NHS number (modulus 11)."""
    if not re.fullmatch(r"[0-9]{10}", digits):
        return False
    total = sum(int(one) * weight for one, weight in zip(digits, range(10, 1, -1)))  # noqa: B905
    return (11 - total % 11) % 11 == int(digits[9])


def holds_nhs_number(text: str) -> bool:
    """Whether a text contains ten digits that form a valid NHS number."""
    return any(
        is_nhs_number(re.sub(r"\D", "", found)) for found in _TEN_DIGITS.findall(text)
    )


def plain_text(text: str) -> str:
    """Return a text trimmed, its spaces single, full-width letters as usual ones."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = " ".join(text.split())
    # Excel keeps leading zeros of numbers in a formula or behind an apostrophe.
    formula = re.fullmatch(r'="(.*)"', text)
    return formula[1].strip() if formula else text.removeprefix("'")


def folded(text: str) -> str:
    """Return what of a text matters when words are compared."""
    return " ".join(text.split()).casefold()


def nhs_number(text: str) -> str:
    """Return an NHS number as ten digits; another text as it is.

    Two numbers in one field are refused, since either may be the patient's. What
    Excel rounded stays as it is.
    """
    delivered, text = text, re.sub(r"(?<=\d)\.0+$", "", plain_text(text))
    numbers = {re.sub(r"\D", "", one) for one in _TEN_DIGITS.findall(text)}
    if len(numbers) > 1 or re.fullmatch(r"\d{20}", text):
        raise Unreadable(TWO_NUMBERS)
    if re.fullmatch(r"\d(\.\d+)?[Ee]\+?\d+", text):
        # 9.990126712E+9 is exact; 9.99E+09 has lost its last digits.
        mantissa, _, exponent = text.upper().partition("E")
        decimals = len(mantissa.partition(".")[2])
        return str(int(Decimal(text))) if decimals >= int(exponent) else delivered
    text = re.sub(r"(?i)^nhs[ .:#]*(no|num|number)?[ .:#]*(?=\d)", "", text)
    digits = re.sub(r"[^0-9A-Za-z]", "", text)
    return digits if re.fullmatch(r"[0-9]{10}", digits) else delivered


def postcode(text: str) -> str:
    """Return a postcode in capitals with one space; other texts in capitals."""
    text = plain_text(text).upper()
    found = re.fullmatch(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", text.replace(" ", ""))
    return f"{found[1]} {found[2]}" if found else text


def icd10(text: str) -> str:
    """Return an ICD-10 code without dot, dagger or asterisk, at least four long."""
    code = re.sub(r"[ .\-]", "", plain_text(text).upper())
    # The sign of dagger and asterisk codes is also sent as the letter D or A.
    found = re.fullmatch(r"([A-Z]\d[\dA-Z])(X|\d?)(\d?)[†‡*DA]?", code)
    if found is None:
        raise Unreadable(MALFORMED)
    return found[1] + (found[2] or "X") + found[3]


def sex(text: str) -> str:
    """Return the national code: 1 male, 2 female, 9 indeterminate, X not known."""
    code = _SEXES.get(folded(plain_text(text)).removesuffix(".0"))
    if code is None:
        raise Unreadable(MALFORMED)
    return code


_SEXES = {
    **dict.fromkeys(("1", "01", "m", "male", "man", "boy"), "1"),
    **dict.fromkeys(("2", "02", "f", "female", "woman", "girl"), "2"),
    **dict.fromkeys(("9", "i", "indeterminate", "not specified", "other"), "9"),
    **dict.fromkeys(("0", "x", "u", "unknown", "not known", "not stated"), "X"),
}
_YES = {"y", "yes", "true", "t", "1"}
_NO = {"n", "no", "false", "f", "0"}


def yes_no(text: str) -> str:
    """Return Y or N."""
    word = folded(plain_text(text)).removesuffix(".0")
    if word not in _YES | _NO:
        raise Unreadable(MALFORMED)
    return "Y" if word in _YES else "N"


def indicator(text: str) -> str:
    """Return 1 for yes and 0 for no."""
    return "1" if yes_no(text) == "Y" else "0"


def time_of_day(text: str) -> str:
    """Return a time as HH:MM:SS: 9:50, 0950, 09:50:00.000, also behind a date."""
    text = plain_text(text)
    for form in ("yyyy-mm-dd", "dd/mm/yyyy"):
        # A time with a zone becomes local time.
        moment = iso_date(text, form) if len(text) > 10 else None
        text = moment[10:].strip("T ") if moment else text
    found = re.fullmatch(
        r"(\d{1,2})[:.]?(\d{2})(?:[:.]?(\d{2})(?:\.\d+)?)?", text
    ) or re.fullmatch(r"(\d{1,2}):(\d{1,2})()", text)
    if found is None:
        raise Unreadable(MALFORMED)
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable(MALFORMED)
    return f"{hour:02}:{minute:02}:{second:02}"


def number(text: str) -> str:
    """Return a number without currency and thousands signs; else the text itself."""
    plain = plain_text(text)
    bare = re.sub(r"^(-?) ?(£|gbp) ?|( ?gbp| ?%)$", r"\1", plain, flags=re.IGNORECASE)
    in_brackets = re.fullmatch(r"\((.*)\)", bare)
    bare = f"-{in_brackets[1]}" if in_brackets else bare
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    try:
        return bare if Decimal(bare).is_finite() else plain
    except InvalidOperation:
        return plain


def as_delivered(text: str) -> str:
    """Return a text as it is; staging trims it."""
    return text


def _shaped(pattern: str, change: Callable[[str], str] = str) -> Callable[[str], str]:
    """Return a reader of values that match a pattern after a change."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        value = change(plain_text(text))
        if compiled.fullmatch(value) is None:
            raise Unreadable(MALFORMED)
        return value

    return read


def _whole(text: str) -> str:
    """Return a code without the fraction that a column of numbers gave it."""
    return re.sub(r"^(\d+)\.0+$", r"\1", text)


def _without_dot(text: str) -> str:
    return text.upper().replace(".", "").replace(" ", "")


def _closed_up(text: str) -> str:
    return text.upper().replace(" ", "")


def _organisation(text: str) -> str:
    """Return a code of the Organisation Data Service, or of the seed organisations."""
    code = _closed_up(_whole(plain_text(text)))
    is_known = code in code_list("organisations").codes
    if not is_known and re.fullmatch(_ODS, code) is None:
        raise Unreadable(MALFORMED)
    return code


_AREA = r"[A-Z]{1,3}\d{8}"
_WITH_LETTER = r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{3,10}"
_ODS = rf"{_WITH_LETTER}|[A-Z0-9]{{1,3}}|\d{{1,6}}"
# What a column's `form` may be.
FORMS: Mapping[str, Callable[[str], str]] = {
    # Of people; they stay in the vault.
    "nhs_number": nhs_number,
    "name": as_delivered,
    "local_number": as_delivered,
    "postcode": postcode,
    # Of their data type.
    "date": as_delivered,
    "number": number,
    # Of meaning.
    "sex": sex,
    "yes_no": yes_no,
    "indicator": indicator,
    "time": time_of_day,
    # Codes, each with its shape.
    "ods_code": _organisation,
    "area_code": _shaped(_AREA, _closed_up),
    "area_codes": _shaped(rf"{_AREA}(;{_AREA})*", lambda text: _listed_areas(text)),
    "cqc_location": _shaped(rf"\d-\d{{5,12}}|{_WITH_LETTER}", _closed_up),
    "icd10": icd10,
    "opcs4": _shaped(r"[A-Z]\d{2,3}", _without_dot),
    "hrg": _shaped(r"[A-Z]{2}\d{2}[A-Z]?", _closed_up),
    "snomed": _shaped(r"[1-9]\d{5,17}", _whole),
    "code": _shaped(r"[0-9A-Za-z]|(?=.*\d)[0-9A-Za-z]{1,8}", _whole),
    "local_code": _shaped(r"(?=.*\d)[0-9A-Za-z][0-9A-Za-z _./-]{0,35}"),
    # Words and codes of a list; others are left to the rules of the base_ model.
    "listed": plain_text,
    # Words of any kind; no NHS number is among them.
    "text": as_delivered,
}
# The rules of the base_ models say what happens to these when they cannot be read.
_LEFT_TO_RULES = {"sex", "yes_no", "indicator"}
# In these an NHS number may be: they hold one, stay in the vault or have a range.
_MAY_HOLD_NUMBER = {
    *("nhs_number", "name", "local_number", "date", "number"),
    "cqc_location",
}


def _listed_areas(text: str) -> str:
    return ";".join(_closed_up(one) for one in re.split(r"[;,| ]+", text) if one)


@dataclass(frozen=True)
class CodeList:
    """The codes of a list, found whatever their case, padding and spaces."""

    codes: tuple[str, ...]

    @functools.cached_property
    def by_key(self) -> Mapping[str, str]:
        """Each code under what is compared; two codes alike keep their own spelling."""
        keys: dict[str, set[str]] = {}
        for code in self.codes:
            for key in {folded(code), _key(code)}:
                keys.setdefault(key, set()).add(code)
        return {key: min(found) for key, found in keys.items() if len(found) == 1}

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """All words of the list in small letters."""
        return frozenset(word for code in self.codes for word in _words(code))

    def spelt(self, text: str) -> str | None:
        """Return the code of the list that a text is; None when there is none."""
        text = plain_text(text)
        if text in self.codes:
            return text
        return self.by_key.get(folded(text)) or self.by_key.get(_key(text))


def _key(code: str) -> str:
    """Return a code without case, punctuation, leading zeros and a fraction .0."""
    text = re.sub(r"^(\d+)\.0+$", r"\1", folded(code))
    text = re.sub(r"[^0-9a-z]+", "", text)
    return text.lstrip("0") or text


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


@functools.cache
def code_list(name: str) -> CodeList:
    """Return the list that a column states: `seed` (its column code), `seed.column`.

    A list of the seed short_code_lists is `short_code_lists.<its name>`.
    """
    seed, _, column = name.partition(".")
    (path,) = SEEDS.rglob(f"{seed}.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if seed == SHORT_LISTS:
        rows = [row for row in rows if row["code_list"] == column]
        column = "code"
    codes = dict.fromkeys(row[column or "code"] for row in rows)
    if not codes:
        raise ValueError(f"the code list {name} is empty")
    return CodeList(tuple(codes))


@dataclass(frozen=True)
class Nothing:
    """Words that mean "no value", by kind of column."""

    words: Mapping[str, frozenset[str]]
    beginnings: Mapping[str, tuple[str, ...]]

    def is_said(self, text: str, kinds: Iterable[str]) -> bool:
        """Whether a text means that there is no value in a column of these kinds."""
        word = folded(text)
        return any(
            word in self.words.get(kind, ())
            or word.startswith(self.beginnings.get(kind, ()))
            for kind in kinds
        )


@functools.cache
def words_for_nothing(path: Path = NOTHING) -> Nothing:
    """Read the seed of words for nothing; a word that ends in * is a beginning."""
    words: dict[str, set[str]] = {}
    beginnings: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            word, kind = folded(row["word"].strip("`")), row["applies_to"]
            if len(word) > 1 and word.endswith("*"):
                beginnings.setdefault(kind, set()).add(word[:-1])
            else:
                words.setdefault(kind, set()).add(word)
    return Nothing(
        {kind: frozenset(found) for kind, found in words.items()},
        {kind: tuple(sorted(found)) for kind, found in beginnings.items()},
    )


# Kinds of columns that the words for nothing apply to, beside any and the form itself.
_KINDS = {
    **dict.fromkeys(("nhs_number", "local_number", "name", "postcode"), ("person",)),
    **dict.fromkeys(("number", "time", "date"), ("value",)),
    **dict.fromkeys(
        (
            *("ods_code", "area_code", "area_codes", "cqc_location", "icd10", "opcs4"),
            *("hrg", "snomed", "code", "sex", "yes_no", "indicator"),
        ),
        ("value",),
    ),
}


def signature(forms: Mapping[str, "Form"]) -> str:
    """Return the same text for columns that are read the same way."""
    stated = {
        name: [
            form.name,
            form.is_dispensable,
            code_list(form.codes).codes if form.codes else (),
        ]
        for name, form in forms.items()
    }
    text = json.dumps(stated, sort_keys=True) + NOTHING.read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Read:
    """How a value was read. `kind` is what is counted of it, if anything."""

    value: str | None
    kind: str | None = None
    detail: str = ""
    defect: str | None = None


@dataclass(frozen=True)
class Form:
    """What one column of a layout states of its values."""

    name: str
    codes: str | None = None
    is_dispensable: bool = False
    found: dict[str, Read] = field(default_factory=dict, compare=False, repr=False)
    # The values among them that are in their form as they are: most.
    sound: set[str] = field(default_factory=set, compare=False, repr=False)

    def read(self, text: str) -> Read:
        """Return a delivered value in its form; the same values are read once."""
        known = self.found.get(text)
        if known is None:
            known = self._read(text)
            if len(self.found) < 2**16:
                self.found[text] = known
                if known == Read(text):
                    self.sound.add(text)
        return known

    def others(self, texts: Sequence[str]) -> dict[int, Read]:
        """Read delivered values; return by place those that are not in their form.

        A code that is in no list is among them: it is to be counted.
        """
        reads = {
            place: self.read(text)
            for place, text in enumerate(texts)
            if text not in self.sound
        }
        return {
            place: read for place, read in reads.items() if read != Read(texts[place])
        }

    def is_beside_nothing(self, text: str) -> bool:
        """Whether a name says nothing when the person's other name does not either."""
        return words_for_nothing().is_said(text, ("beside_nothing",))

    def _read(self, text: str) -> Read:
        if not text.strip():
            return Read(text)
        listed = code_list(self.codes) if self.codes else None
        code = listed.spelt(text) if listed else None
        if code is not None:
            return Read(code)
        kinds = ("any", self.name, *_KINDS.get(self.name, ()))
        said = plain_text(text)
        if self.name == "date":
            said = _TIME_OF_DAY.sub("", said)
        if words_for_nothing().is_said(said, kinds):
            return Read(None, "word_for_nothing")
        if self.name == "nhs_number" and _ONE_DIGIT.fullmatch(said):
            return Read(None, "word_for_nothing")
        if self.name == "local_number" and not said.strip("0"):
            return Read(None, "word_for_nothing")
        try:
            if self.name not in _MAY_HOLD_NUMBER and holds_nhs_number(said):
                raise Unreadable(NUMBER_ELSEWHERE)
            value = FORMS[self.name](text)
            if listed and self.is_dispensable:
                raise Unreadable(MALFORMED)
        except Unreadable as error:
            if str(error) == MALFORMED and self.is_dispensable:
                return Read(None, "code_left_out", shown(text, listed))
            if str(error) == MALFORMED and self.name in _LEFT_TO_RULES:
                return Read(text, "unknown_code", shown(text, listed))
            return Read(text, defect=str(error))
        if listed:
            return Read(value, "unknown_code", shown(value, listed))
        return Read(value)


def shape(value: str) -> str:
    """Return what a value looks like: 9 for digits, A and a for letters."""
    text = re.sub(r"\d", "9", value[:_SHOWN_LENGTH])
    return re.sub(r"[^\W\d_]", lambda one: "A" if one[0].isupper() else "a", text)


def shown(code: str, listed: CodeList | None) -> str:
    """Return a code that cannot be a person's, else only its shape.

    It is shown if it is short, or made of the list's words and short ones.
    """
    code = " ".join(code.split())
    if len(code) <= 3 or (code.isdigit() and len(code) < 8):
        return code
    words = _words(code)
    known = listed.words if listed else frozenset()
    is_plain = (
        len(code) <= _SHOWN_LENGTH
        and any(word in known for word in words)
        and all(word in known or len(word) <= 3 for word in words)
        and not re.search(r"\d{6}", code)
    )
    return code if is_plain else shape(code)
