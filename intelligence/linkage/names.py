"""Names of every language as they are compared: letters, given names, and sound.

Letters of other scripts and with marks become the nearest Latin letters (anyascii, ISC
licence); short forms of English names come from the list of Northern and Crews
(nicknames, Apache 2.0). The key of a name's sound is a skeleton of its consonants,
after the spellings that transliteration uses for one sound have become one letter.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
from anyascii import anyascii
from nicknames import name_triplets


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What systems write when a name is not known. Never evidence.
NOT_A_NAME = _words_of(
    "UNKNOWN UNK UNIDENTIFIED NULL NONE NK NOTKNOWN NOTSTATED NOTAVAILABLE NOTGIVEN "
    "NOTRECORDED NONAME NOFORENAME NOSURNAME WITHHELD ANON ANONYMOUS"
)
# As the first word they make a name of no one, such as "Baby of Ann".
NOT_A_NAME_FIRST = _words_of("UNKNOWN UNIDENTIFIED NULL BABY INFANT TWIN")
# Beside an unknown forename these say no more than sex.
NOT_A_SURNAME = ("MALE", "FEMALE", "MAN", "WOMAN", "PATIENT", "PERSON")
TITLES = _words_of("MR MRS MS MISS MX DR REV PROF SIR DAME LADY LORD")
# Written before a name, together with it, or left out.
PARTICLES = _words_of(
    "AL EL UL UR AD AS ABU ABOU BIN BEN IBN BINT BINTI VAN VON DER DEN DE DI DA DO DOS "
    "DU DEL DELLA LA LE LOS LAS TER TEN ZU ZUR Y E"
)
# Written as one word with what follows.
JOINED = _words_of("MC MAC O FITZ ST ABD ABDUL ABDEL")
# Given names that many bear before or after the name they are called by. Mohammed has a
# hundred spellings; Mahmood is another name.
APOSTROPHES = re.compile("['`\u2018\u2019\u02bb\u02bc\u00b4]")
MOHAMMED = re.compile(r"M[AOU]?H[AO]?MM?[AEIU]?[DT]|MEHME[DT]|MOHD|MUHD|MD")
SHARED = _words_of("MST MOST MOSAMMAT SYED SAYED SAYYED SEYED SAYYID SYEDA")

# Short forms that the list of English names lacks, of names frequent in England.
OTHER_SHORT_FORMS = {
    "AGNIESZKA": "AGA",
    "ALEKSANDRA": "OLA SASHA",
    "ALEKSANDER": "OLEK SASHA",
    "ALEJANDRO": "ALEX JANDRO",
    "ANDRIY": "ANDY",
    "ANNA": "ANIA ANYA",
    "BARBARA": "BASIA",
    "DMITRI": "DIMA",
    "EKATERINA": "KATYA",
    "ELZBIETA": "ELA",
    "FRANCISCO": "PACO",
    "GRZEGORZ": "GREG GRZES",
    "IRENA": "IRA",
    "IVAN": "VANYA",
    "JAKUB": "KUBA",
    "JAN": "JANEK JASIEK",
    "JOANNA": "ASIA JOASIA",
    "JOSE": "PEPE",
    "KATARZYNA": "KASIA",
    "KRZYSZTOF": "KRIS KRZYS KRZYSIEK",
    "MAGDALENA": "MAGDA",
    "MALGORZATA": "GOSIA MALGOSIA",
    "MARIA": "MARYSIA MASHA",
    "MIKHAIL": "MISHA",
    "NATALIA": "NATASHA NATALKA",
    "NIKOLAI": "KOLYA",
    "OLGA": "OLYA",
    "PAWEL": "PAUL",
    "PIOTR": "PIOTREK PETER",
    "STANISLAW": "STASZEK STAN",
    "TATIANA": "TANYA",
    "TOMASZ": "TOMEK TOM",
    "VLADIMIR": "VOVA VLAD",
    "WLADYSLAW": "WLADEK",
    "WOJCIECH": "WOJTEK",
    "YEVGENI": "ZHENYA",
    "ZBIGNIEW": "ZBYSZEK",
    "ZOFIA": "ZOSIA SOPHIE",
}

# Spellings of one sound, in this order; vowels, and H and W after a consonant, drop out
# later.
_SOUNDS = (
    (r"^MAC(?=[A-Z]{3})", "MC"),
    (r"SCH|SH|TSCH|TCH|CH|CZ|SZ|CSH", "S"),
    (r"X", "KS"),
    (r"KSS", "KS"),
    (r"KSHM|KSM", "KSM"),
    (r"PH", "F"),
    (r"GH(?=[^AEIOUY]|$)", "G"),
    (r"C(?=[EIY])", "S"),
    (r"CK|Q|C", "K"),
    (r"KN(?=[AEIOU])", "N"),
    (r"Z|DZ", "S"),
    (r"DJ|J(?=[AEIOUY])", "J"),
    (r"W(?=[^AEIOU]|$)", ""),
    (r"W|V|B(?=H[AEIOU])", "V"),
    (r"D(?=T)|T(?=D)", ""),
)
_SOUND_PATTERNS = tuple((re.compile(pattern), letter) for pattern, letter in _SOUNDS)

# Arabic script, also of Persian and Urdu, leaves short vowels out and writes long ones
# with letters that are consonants at the beginning of a word.
_ARABIC = re.compile("[\u0621-\u06d3]+")
_ARABIC_VOWELS = {
    **dict.fromkeys("\u0627\u0623\u0625\u0622\u0639\u0629", "A"),
    **dict.fromkeys("\u0648\u0624", "U"),
    **dict.fromkeys("\u064a\u06cc\u0649\u0626", "I"),
}
_ABD_AL = "\u0639\u0628\u062f \u0627\u0644"


def _with_vowels(found: re.Match[str]) -> str:
    """A word of Arabic script in Latin letters, with A where a vowel was left out."""
    latin = ""
    for letter in found.group():
        vowel = _ARABIC_VOWELS.get(letter)
        text = vowel if vowel and (latin or vowel == "A") else anyascii(letter).upper()
        is_gap = latin and not vowel and latin[-1] not in "AIU"
        latin += f"A{text}" if is_gap else text
    return latin


@cache
def sound(word: str) -> str:
    """The skeleton of a word of capitals: its first sound and its consonants.

    Equal for Hussain and Husayn, Lakshmi and Laxmi, Mohammed and Muhammad, Zain and
    Zayn. A vowel at the beginning is A.
    """
    text = word
    for pattern, letter in _SOUND_PATTERNS:
        text = pattern.sub(letter, text)
    text = re.sub(r"(?<=[^AEIOUYW])H", "", text)
    first = "A" if text[:1] in ("A", "E", "I", "O", "U") else text[:1]
    rest = re.sub(r"[AEIOUYW]", "", text[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)


@cache
def words(text: str) -> tuple[str, ...]:
    """The words of a name in capital Latin letters; none when it is not known."""
    spelled = _ARABIC.sub(_with_vowels, text.replace(_ABD_AL, "ABDUL "))
    latin = APOSTROPHES.sub("", anyascii(spelled)).upper()
    found = re.findall(r"[A-Z]+", latin)
    if not found or latin.strip() == "N/A" or "".join(found) in NOT_A_NAME:
        return ()
    if found[0] in NOT_A_NAME_FIRST:
        return ()
    joined: list[str] = []
    for word in [word for word in found if word not in TITLES] or found:
        if joined and joined[-1] in JOINED:
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(joined)


@cache
def _short_forms() -> dict[str, set[str]]:
    """Sound of a given name -> the names it is shortened to, or is short for.

    By sound, so that Catherine has the short forms of Katherine.
    """
    forms: dict[str, set[str]] = {}
    pairs = [(pair.name1.upper(), pair.name2.upper()) for pair in name_triplets()]
    pairs += [
        (name, short)
        for name, shorts in OTHER_SHORT_FORMS.items()
        for short in shorts.split()
    ]
    for one, other in pairs:
        forms.setdefault(sound(one), set()).add(other)
        forms.setdefault(sound(other), set()).add(one)
    return forms


@cache
def short_forms(word: str) -> tuple[str, ...]:
    """Short and long forms of a given name in capitals, in alphabetical order."""
    return tuple(sorted(_short_forms().get(sound(word), ())))


@dataclass(frozen=True)
class Name:
    """A name as compared.

    whole: all its letters. core: the name a person goes by: the first given name that
    is not one many share; the surname without particles. parts: its words, without
    particles, and without shared names unless there is no other. sound: that of the
    core. shorts: other forms of the core.
    """

    whole: str
    core: str
    parts: tuple[str, ...]
    sound: str
    shorts: tuple[str, ...]


def forename(text: str) -> Name | None:
    """A given name, or several; None when it is not known."""
    found = tuple(
        "MOHAMMED" if MOHAMMED.fullmatch(word) else word for word in words(text)
    )
    if not found:
        return None
    own = tuple(w for w in found if w != "MOHAMMED" and w not in SHARED and len(w) > 1)
    parts = own or found
    return Name("".join(found), parts[0], parts, sound(parts[0]), short_forms(parts[0]))


def surname(text: str) -> Name | None:
    """A family name, or several; None when it is not known."""
    found = words(text)
    if not found:
        return None
    parts = tuple(w for w in found if w not in PARTICLES) or found
    core = "".join(parts)
    return Name("".join(found), core, parts, sound(core), ())


NAME_SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("whole", pa.string()),
        ("core", pa.string()),
        ("parts", pa.list_(pa.string())),
        ("sound", pa.string()),
        ("shorts", pa.list_(pa.string())),
    ]
)


def comparable_names(
    texts: Iterable[str], read: Callable[[str], Name | None]
) -> pa.Table:
    """The names that `read` (forename or surname) knows of these texts, as NAME_SCHEMA.

    A text in which it finds no name has no row.
    """
    rows = [
        (text, name.whole, name.core, name.parts, name.sound, name.shorts)
        for text in texts
        if (name := read(text))
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(NAME_SCHEMA)
    return pa.table(
        [
            pa.array(column, field.type)
            for column, field in zip(columns, NAME_SCHEMA, strict=True)
        ],
        schema=NAME_SCHEMA,
    )
