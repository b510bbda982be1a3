"""How records are linked by probability: every choice in one place, with its reason.

The model is that of Fellegi and Sunter (1969) as Splink implements it. A pair of a
record and a person gets the sum of one weight for each comparison, log2(m / u): m is
how often true pairs fall into the level of the comparison, u how often two random
people do. The trained m and u stand in `linkage_parameters.json`; `make train` writes
that file and nothing else does, so a monthly run never trains.
"""

from dataclasses import dataclass

# A pair must be found before it can be compared. Each rule finds the pairs that agree
# on all of its columns; what several rules find is compared once. There are many, since
# a record may be wrong in one or two things, and each has at least two columns, since
# one alone (surname) would find millions of pairs of strangers.
BLOCKING: tuple[tuple[tuple[str, ...], str], ...] = (
    (("birth_date", "surname"), "right but for the forename and where they live"),
    (("birth_date", "forename"), "who has married and moved"),
    (("birth_date", "postcode"), "both names wrong or reversed"),
    (("birth_date", "surname_start", "forename_initial"), "a slip in each name"),
    (("birth_year", "surname", "forename"), "day and month swapped, or 1 January"),
    (("surname", "forename", "postcode"), "a birth date that is wrong throughout"),
    (("birth_year", "postcode", "surname"), "swapped date and a nickname"),
    (("birth_year", "postcode", "forename"), "swapped date and a former surname"),
    (("nhs_number",), "a number that too little else confirms"),
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


REVERSED = "surname_l = forename_r and forename_l = surname_r"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "forename",
        ("forename", "surname"),
        "forename_l is null or forename_r is null",
        (
            # Agreeing on a rare name weighs more than agreeing on a common one.
            Level("same", "forename_l = forename_r", tf="forename"),
            # Family and given name change places where cultures order them otherwise.
            # The demo city does not do that, so nothing trains it: with the same level
            # of `surname` it weighs 8, about as much as two slightly wrong names.
            Level("reversed", REVERSED, m=0.005, u=0.0003125),
            # Tom and Thomas, Liz and Elizabeth do not share their letters in order,
            # but Sam and Samuel, Chris and Christine do.
            Level(
                "similar",
                "levenshtein(forename_l, forename_r) <= 1"
                " or (least(length(forename_l), length(forename_r)) >= 3"
                " and (starts_with(forename_l, forename_r)"
                " or starts_with(forename_r, forename_l)))"
                " or jaro_winkler_similarity(forename_l, forename_r) >= 0.9",
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
            Level("reversed", REVERSED, m=0.005, u=0.0003125),
            # A slip of the pen, or one half of a double name. Levenshtein and not
            # Damerau: as good at these thresholds and eight times as fast.
            Level(
                "similar",
                "levenshtein(surname_l, surname_r) <= 1"
                " or (least(length(surname_l), length(surname_r)) >= 4"
                " and (starts_with(surname_l, surname_r)"
                " or starts_with(surname_r, surname_l)"
                " or suffix(surname_l, surname_r)"
                " or suffix(surname_r, surname_l)))"
                " or jaro_winkler_similarity(surname_l, surname_r) >= 0.92",
            ),
            Level("different", "else"),
        ),
    ),
    Comparison(
        "birth_date",
        ("birth_date", "birth_year"),
        "birth_date_l is null or birth_date_r is null",
        (
            # Who does not know a birthday is put down as born on 1 January; that two
            # records agree on it says little more than that they agree on the year.
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
            # Typed wrongly once: the demo city does not do that, clerks do. The rates
            # of this level and the next are assumptions for a register that is typed
            # in by hand.
            Level(
                "one digit differs",
                "levenshtein(birth_date_l, birth_date_r) <= 1",
                m=0.005,
            ),
            Level("different", "else", m=0.001),
        ),
    ),
    Comparison(
        "postcode",
        ("postcode",),
        "postcode_l is null or postcode_r is null",
        (
            # Many live at the postcode of a hostel or a care home. In the demo city an
            # organisation only ever holds an address that the register held too, so
            # training would learn that nobody stays with a daughter; one in ten is an
            # assumption.
            Level("same", "postcode_l = postcode_r", m=0.9, tf="postcode"),
            Level(
                "same sector",
                "length(postcode_l) > 4"
                " and substr(postcode_l, 1, length(postcode_l) - 2)"
                " = substr(postcode_r, 1, length(postcode_r) - 2)",
                m=0.04,
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
    # Only records come here whose number is missing, or belongs to somebody whom they
    # agree with on less than two of three demographics. So a *different* number says
    # nothing against a person: it is already known to be wrong. The *same* number says
    # something, but much less than for a random record, because most such records
    # carry the number of a relative: 16 to 1.
    Comparison(
        "nhs_number",
        ("nhs_number",),
        "nhs_number_l is null or nhs_number_r is null",
        (
            Level("same", "nhs_number_l = nhs_number_r", m=0.16, u=0.01),
            Level("different", "else", m=0.5, u=0.5),
        ),
    ),
)

# A weight is log2 of the odds that the pair is one person; 6 is 64 to 1. Lower and
# strangers are merged, higher and people are split: at 6 both errors are about as
# frequent in the demo city, and the merged are the worse error, so it is not lower.
LINK_WEIGHT = 6.0
# From here on a steward may see a link where the machine does not (odds of 1 to 4).
REVIEW_WEIGHT = -2.0
# The best person must be 32 times as likely as the next one, else it is a guess between
# twins, or between two entries of one person in the register.
LEAD_WEIGHT = 5.0
# Two records that no register holds have less to go by: 256 to 1.
PAIR_WEIGHT = 8.0


@dataclass(frozen=True)
class Guard:
    """A pattern in which the sum of weights misleads, since comparisons hang together.

    A pair in it goes to review whatever its weight.
    """

    name: str
    sql: str
    reason: str


GUARDS: tuple[Guard, ...] = (
    Guard(
        "twin or sibling",
        "forename = 'different' and not (surname = 'same' and birth_date = 'same'"
        " and postcode = 'same' and sex = 'same' and is_known_adult)",
        "Twins share birth date, surname and home. The one who is missing from the"
        " register, mostly a newborn, looks like the other with another forename."
        " An adult on the register who agrees on all the rest has another forename"
        " because it is the one they are called by.",
    ),
    Guard(
        "relative of the same name",
        "birth_date = 'different'",
        "Father and son, or cousins, share names and home; nothing but the birth date"
        " tells them apart.",
    ),
    Guard(
        "placeholder date",
        "birth_date in ('same placeholder', 'placeholder of the same year')"
        " and (surname in ('different', 'similar')"
        " or forename in ('different', 'similar'))"
        " and postcode <> 'same'",
        "A birth year and one name do not tell people apart.",
    ),
)

# Age from which another forename is no sign of a newborn twin, in years before the
# earliest activity of the record.
ADULT_YEARS = 16
