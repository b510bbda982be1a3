"""How records are linked by probability: every choice in one place, with its reason.

The model is that of Fellegi and Sunter (1969) as Splink implements it. A pair of a
record and a person gets the sum of one weight for each comparison, log2(m / u): m is
how often true pairs fall into the level of the comparison, u how often two random
people do. The trained m and u are in `parameters.json`; only `make train` writes that
file, so a monthly run never trains.
"""

from dataclasses import dataclass

# A pair must be found before it can be compared. Each rule finds the pairs that agree
# on all of its columns; a pair found by several rules is compared once. There are many
# rules because a record may be wrong in one or two fields, and each has at least two
# columns because one alone (surname) would find millions of pairs of strangers.
Blocking = tuple[tuple[tuple[str, ...], str], ...]
BLOCKING: Blocking = (
    (("birth_date", "surname_sound"), "right except for forename and address"),
    (("birth_date", "forename_sound"), "a changed surname and a new address"),
    (("birth_date", "postcode"), "both names wrong"),
    (("birth_date", "both_sounds"), "names in the other order and a new address"),
    (
        ("birth_date", "surname_start", "forename_initial"),
        "a typing error in each name",
    ),
    (("birth_year", "both_sounds"), "day and month swapped, or 1 January"),
    (("birth_month_day", "both_sounds"), "a wrong year of birth and a new address"),
    (("surname_sound", "postcode"), "a wrong or unknown birth date and a nickname"),
    (("forename_sound", "postcode"), "a wrong birth date and a former surname"),
    (("both_sounds", "postcode"), "a wrong birth date and names in the other order"),
    (("nhs_number",), "an NHS number that too little else confirms"),
)
# Settled records have local numbers too, by which they find a record that is left.
LOCAL_BLOCKING: Blocking = (
    (("provider_code", "local_number"), "anything but the organisation's own number"),
)
# Records of people on no register are fewer, so wider rules are affordable among them.
PAIR_BLOCKING: Blocking = (
    (("birth_date",), "anything but the date is wrong"),
    (("both_sounds",), "a wrong date and a new address"),
    (("surname_sound", "postcode"), "a wrong date and another forename"),
    (("forename_sound", "postcode"), "a wrong date and another surname"),
    (("birth_year", "postcode"), "a wrong date and both names wrong"),
)


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: `sql` is true of pairs (`_l`, `_r`) that are in it.

    `m` and `u` are given where training cannot teach them; `tf` names the column in
    which agreement on a rare value weighs more.
    """

    name: str
    sql: str
    m: float | None = None
    u: float | None = None
    tf: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A question asked of each pair; `unknown` is true when it cannot be answered."""

    name: str
    columns: tuple[str, ...]
    unknown: str
    levels: tuple[Level, ...]


# One name sounds like the other of the other record, and the rest is alike or a short
# form, or each has one of several names in common with it.
_CROSSED = (
    "(forename_sound_{0} = family_as_given_sound_{1}"
    " and (jaro_winkler_similarity(family_as_given_{0}, forename_core_{1}) >= 0.85"
    " or levenshtein(family_as_given_{0}, forename_core_{1}) <= 1))"
    " or (family_as_given_{0} = forename_core_{1}"
    " and list_contains(forename_shorts_{0}, family_as_given_{1}))"
)
REVERSED = (
    f"{_CROSSED.format('l', 'r')} or {_CROSSED.format('r', 'l')}"
    " or (list_has_any(forename_parts_l, surname_parts_r)"
    " and list_has_any(surname_parts_l, forename_parts_r)"
    " and surname_l <> surname_r and forename_core_l <> forename_core_r)"
)
# Two neighbouring letters in the other order. Levenshtein, which counts that as two, is
# eight times as fast as Damerau, so it is asked first.
SWAPPED_LETTERS = (
    "(levenshtein({0}_l, {0}_r) = 2 and length({0}_l) = length({0}_r)"
    " and damerau_levenshtein({0}_l, {0}_r) = 1)"
)
# A typing error, or one word that is part of the other.
SIMILAR = (
    "levenshtein({0}_l, {0}_r) <= 1"
    " or (levenshtein({0}_l, {0}_r) <= 2 and least(length({0}_l), length({0}_r)) >= 7)"
    f" or {SWAPPED_LETTERS}"
    " or (least(length({0}_l), length({0}_r)) >= {2}"
    " and (contains({1}_l, {0}_r) or contains({1}_r, {0}_l)))"
    " or jaro_winkler_similarity({0}_l, {0}_r) >= {3}"
)
# The skeleton of a short name is shared by many, so the letters must also be alike.
SOUNDS_ALIKE = (
    "{0}_sound_l = {0}_sound_r and jaro_winkler_similarity({1}_l, {1}_r) >= 0.7"
)

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "forename",
        ("forename", "surname"),
        "forename_l is null or forename_r is null",
        (
            # Agreeing on a rare name weighs more than agreeing on a common one.
            Level("same", "forename_l = forename_r", tf="forename"),
            # Imran and Mohammed Imran, Anne and Anne Marie.
            Level(
                "first name the same",
                "forename_core_l = forename_core_r",
                tf="forename_core",
            ),
            # Ali Imran and Imran Ali; the rate is an assumption, since few cities have
            # enough of them.
            Level(
                "one name the same",
                "list_has_any(forename_parts_l, forename_parts_r)",
                m=0.01,
            ),
            # Family and given name are swapped where a culture orders them the other
            # way round. Too rare in any one city to be learned: together with the same
            # level of `surname` it weighs 11.
            Level("reversed", REVERSED, m=0.005, u=0.0001),
            # Liz and Elizabeth do not share their letters.
            Level("short form", "list_contains(forename_shorts_l, forename_core_r)"),
            Level("sounds alike", SOUNDS_ALIKE.format("forename", "forename_core")),
            # Or an initial.
            Level(
                "similar",
                SIMILAR.format("forename_core", "forename", 3, 0.9)
                + " or (least(length(forename_core_l), length(forename_core_r)) = 1"
                " and left(forename_core_l, 1) = left(forename_core_r, 1))",
            ),
            Level("different", "else"),
        ),
    ),
    Comparison(
        "surname",
        ("surname", "forename"),
        "surname_l is null or surname_r is null",
        (
            Level("same", "surname_l = surname_r", tf="surname"),
            Level("reversed", REVERSED, m=0.005, u=0.0001),
            # One half of a double name.
            Level(
                "one name the same", "list_has_any(surname_parts_l, surname_parts_r)"
            ),
            Level("sounds alike", SOUNDS_ALIKE.format("surname", "surname")),
            Level("similar", SIMILAR.format("surname", "surname", 4, 0.92)),
            Level("different", "else"),
        ),
    ),
    Comparison(
        "birth_date",
        ("birth_date", "birth_year", "birth_day"),
        "birth_date_l is null or birth_date_r is null",
        (
            # An unknown birthday is recorded as 1 January, so agreement on that day
            # says little more than agreement on the year.
            Level(
                "same placeholder",
                "birth_date_l = birth_date_r and substr(birth_date_l, 5) = '0101'",
            ),
            Level("same", "birth_date_l = birth_date_r"),
            Level(
                "day and month swapped",
                "birth_year_l = birth_year_r"
                " and substr(birth_date_l, 5, 2) = substr(birth_date_r, 7, 2)"
                " and substr(birth_date_l, 7, 2) = substr(birth_date_r, 5, 2)",
            ),
            Level(
                "placeholder of the same year",
                "birth_year_l = birth_year_r and (substr(birth_date_l, 5) = '0101'"
                " or substr(birth_date_r, 5) = '0101')",
            ),
            # A typing error in the day, the month or the year. The demo city makes none
            # in dates, but clerks do. The rates of this level and the next two are
            # assumptions for a register that is typed by hand.
            Level(
                "one digit differs",
                "levenshtein(birth_date_l, birth_date_r) <= 1"
                f" or {SWAPPED_LETTERS.format('birth_date')}",
                m=0.006,
            ),
            Level(
                "one part differs",
                "substr(birth_date_l, 1, 6) = substr(birth_date_r, 1, 6)"
                " or substr(birth_date_l, 5) = substr(birth_date_r, 5)"
                " or (birth_year_l = birth_year_r"
                " and substr(birth_date_l, 7) = substr(birth_date_r, 7))"
                " or abs(birth_day_l - birth_day_r) <= 31",
                m=0.002,
            ),
            Level("different", "else", m=0.001),
        ),
    ),
    Comparison(
        "postcode",
        ("postcode",),
        "postcode_l is null or postcode_r is null",
        (
            # Many people share the postcode of a hostel or a care home. In the demo
            # city every address that an organisation holds was once on the register, so
            # training would learn that no one stays with a daughter; one in ten is an
            # assumption.
            Level("same", "postcode_l = postcode_r", m=0.9, tf="postcode"),
            # A typing error: one letter wrong, or two in the other order. How many
            # postcodes are so near depends on how an area numbers them; one in 500 is
            # an assumption.
            Level(
                "one letter differs",
                "levenshtein(postcode_l, postcode_r) <= 2"
                " and damerau_levenshtein(postcode_l, postcode_r) <= 1",
                m=0.01,
                u=0.002,
            ),
            Level(
                "same sector",
                "length(postcode_l) > 4"
                " and substr(postcode_l, 1, length(postcode_l) - 2)"
                " = substr(postcode_r, 1, length(postcode_r) - 2)",
                m=0.03,
            ),
            Level("different", "else", m=0.06),
        ),
    ),
    Comparison(
        "sex",
        ("sex",),
        "sex_l is null or sex_r is null",
        (Level("same", "sex_l = sex_r"), Level("different", "else")),
    ),
    # A number that belongs to its person settles a record before it comes here
    # (int_identity__number_links). What is left is a number that is known to be wrong,
    # so a *different* number says nothing against a person. The *same* number is worth
    # what it is among people at one address, because most wrong numbers are those of a
    # relative.
    Comparison(
        "nhs_number",
        ("nhs_number",),
        "nhs_number_l is null or nhs_number_r is null",
        (
            Level("same", "nhs_number_l = nhs_number_r"),
            Level("different", "else", m=0.5, u=0.5),
        ),
    ),
    # A register has no local numbers, so this is asked of two records of people on no
    # register. A local number may be given to another patient later, so it does not
    # decide alone: the rates are assumptions.
    Comparison(
        "local_number",
        ("local_number", "provider_code"),
        "local_number_l is null or local_number_r is null"
        " or provider_code_l <> provider_code_r",
        (
            Level("same", "local_number_l = local_number_r", m=0.7, u=0.0007),
            Level("different", "else", m=0.3, u=0.9993),
        ),
    ),
)

# A weight is log2 of the odds that the pair is one person; 6 is 64 to 1. A lower
# threshold merges strangers, a higher one splits people: at 6 both errors are about
# equally frequent in the demo city. A wrong merge is the worse error, so it is not
# lower.
LINK_WEIGHT = 5.0
# From this weight on a steward may see a link where the model does not (odds 1 to 4).
REVIEW_WEIGHT = -2.0
# The best person must be 32 times as likely as the next one, else it is a guess between
# twins, or between two entries of one person in the register.
LEAD_WEIGHT = 5.0
# Two records of people on no register offer less evidence, so more is asked: 256 to 1.
PAIR_WEIGHT = 3.0


@dataclass(frozen=True)
class Guard:
    """A pattern in which the sum of weights misleads, because comparisons depend.

    sql: condition over the level of each comparison. A pair that meets it goes to
    review whatever its weight.
    """

    name: str
    sql: str
    reason: str


# With this much of a person the number on a record is their own: no guard is needed.
OWN_NUMBER = (
    "nhs_number = 'same' and ("
    "birth_date in ('same', 'day and month swapped')"
    " or (forename <> 'different' and surname <> 'different'"
    " and birth_date <> 'different')"
    " or (forename not in ('different', 'similar', 'unknown')"
    " and surname not in ('different', 'unknown')))"
)
# The same of the organisation's own number: twins are not entered under one.
OWN_LOCAL_NUMBER = (
    "local_number = 'same' and birth_date in ('same', 'day and month swapped')"
)

GUARDS: tuple[Guard, ...] = (
    Guard(
        "twin or sibling",
        "(forename = 'different' and (is_child or has_register))"
        " or (forename = 'unknown' and is_child)",
        "Twins share birth date, surname and home. One who is missing from the register"
        " looks like the other with another forename. Where there is no register at"
        " all, most records that agree on the rest are one adult.",
    ),
    Guard(
        "twin of a similar name",
        "(forename in ('sounds alike', 'similar') and (sex = 'different'"
        " or (is_child and are_names_of_two)))"
        " or (is_child and postcode in ('same sector', 'different') and forename in"
        " ('first name the same', 'one name the same', 'sounds alike', 'similar'))",
        "Zain and Zayn may be one child or two. Of an adult it is one person: twins of"
        " the same sex are not given almost the same name and then share a home for"
        " life.",
    ),
    Guard(
        "nickname alone",
        "forename = 'short form' and postcode <> 'same' and sex <> 'same'",
        "A list of short forms pairs the names of many people (Ann and Nancy), so the"
        " address or the sex must agree.",
    ),
    Guard(
        "relative of the same name",
        "birth_date = 'different'",
        "Father and son, or cousins, may share names and home; only the birth date"
        " tells them apart.",
    ),
    Guard(
        "placeholder date",
        "birth_date in ('same placeholder', 'placeholder of the same year')"
        " and (surname not in ('same', 'one name the same', 'reversed')"
        " or forename not in"
        " ('same', 'first name the same', 'one name the same', 'reversed'))"
        " and postcode <> 'same'",
        "A birth year and one name do not tell people apart.",
    ),
)

# Age in years, at the record's earliest activity, below which a person is taken to live
# with a twin.
ADULT_YEARS = 18
# Two spellings are the names of two people when each is given to one in so many people
# and at least to three, or when neither has more letters than this and they are not the
# same letters in another order; else one of them is a typing error. A register of fewer
# people than NAMES_KNOWN_FROM cannot tell which names are given.
NAME_GIVEN_TO = 20_000
SHORT_NAME = 4
NAMES_KNOWN_FROM = 5_000
