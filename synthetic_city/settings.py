"""What to make, and how often each organisation makes which error.

Every rate is a share (0 to 1). `MISSING_NUMBER` follows the shares known for each
feed; the other identity errors are plausible for hospital and council registers, and
this is the place to question and change them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthetic_city.draw import Array, Periods

# Population of the real city in mid-2020; volumes of the real city scale by it.
REAL_PEOPLE = 798_786

# Yearly flows, as shares of the population.
YEARLY_ARRIVALS = 0.04
YEARLY_DEPARTURES = 0.04
YEARLY_MOVES = 0.09
YEARLY_BIRTHS = 0.0118
VISITOR_SHARE_OF_ATTENDANCES = 0.02
ATTENDANCES_A_PERSON_YEAR = 0.337

# NHS number not submitted, by feed.
MISSING_NUMBER = {
    "primary_care": 0.02,
    "acute_sus": 0.08,
    "community_csds": 0.18,
    "social_care_cld": 0.30,
    "mental_health_mhsds": 0.10,
    "community_beds": 0.15,
    "delays": 0.12,
    "deaths": 0.03,
}
# The part of the acute share that is missing from single attendances or spells only.
ACUTE_MISSING_PER_RECORD = 0.05

WRONG_NUMBER = 0.005  # someone else's number, check digit right
WRONG_NUMBER_NEARBY = 0.8  # of these, a household member's or neighbour's
INVALID_NUMBER = 0.003  # check digit wrong
TYPO = 0.02
NICKNAME = 0.04
OLD_SURNAME_KEPT = 0.35  # of registrations of people who changed surname
SWAPPED_BIRTH_DATE = 0.005
FIRST_OF_JANUARY = 0.01
OLD_ADDRESS_KEPT = 0.05
WRONG_SEX = 0.002
TWO_LOCAL_NUMBERS = 0.01
MERGED_NUMBERS = 0.003  # people whose PDS records were merged
OLD_NUMBER_USED = 0.5  # of registrations of people with merged numbers

# How files are delivered.
RESUBMITTED_FILES = 0.15
LATE_TO_RESUBMISSION = 0.03  # rows missing from a first submission
REVISED_IN_RESUBMISSION = 0.01
WITHDRAWN_IN_RESUBMISSION = 0.005
LATE_TO_NEXT_PERIOD = 0.005
CORRECTED_NEXT_PERIOD = 0.002
DUPLICATED = 0.003
RULE_BREAKING = 0.001
# Rule-breaking rows of one table at 20,000 people; larger cities have more.
RULE_BREAKING_MOST = 12
MALFORMED_LINES_PER_FEED = 5


@dataclass(frozen=True)
class Form:
    """How a sender's text files are written: what they say is the same in all forms.

    share: of its files that are so, by month; the others are plain. dates: form of all
    its dates, in every file, which is stated in a dialect beside the feed. title: a
    line above the header, and a count of the rows below the last. other_header: in
    capital letters, with spaces for underscores.
    """

    share: float = 1.0
    ending: str = ".csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: str = ""
    title: str = ""
    other_header: bool = False


@dataclass(frozen=True)
class OfSender:
    """What happens to a share of the months of a sender's files of a feed."""

    feed: str
    provider: str
    share: float


@dataclass(frozen=True)
class Spelling:
    """How a sender writes all values of some columns, instead of the layout's way.

    kind: dotted (I11.0), letter (F for 2), closed up (LS11AA), lower case or plain time
    (0950).
    """

    feed: str
    provider: str
    columns: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class LowerCase:
    """A sender that in a share of the months writes its own code in small letters."""

    provider: str
    column: str
    share: float


PLAIN = Form()
# By feed and sender; all other files are plain.
FORMS = {
    ("community_beds", "VLEEDS"): Form(
        delimiter=";", encoding="cp1252", dates="dd/mm/yyyy"
    ),
    ("delays", "E08000035"): Form(dates="dd.mm.yyyy"),
    ("acute_sus", "RAE"): Form(share=0.5, ending=".txt", delimiter="|"),
    ("mental_health_mhsds", "RGD"): Form(
        share=0.2, ending=".txt", delimiter="\t", encoding="utf-16"
    ),
    ("deaths", "ONS"): Form(share=0.3, ending=".csv.gz"),
    ("care_homes", "CQC"): Form(
        share=0.3, ending=".CSV", title="Care home return", other_header=True
    ),
}
# Share of NHS numbers written in groups (943 476 5919), by feed.
SPACED_NUMBERS = {"social_care_cld": 0.2, "community_beds": 0.1}
SPELLINGS = (
    Spelling("acute_sus", "RAE", ("code",), "dotted"),
    Spelling(
        "acute_sus",
        "RAE",
        ("spell.patient.identity.gender", "patient.stated_gender"),
        "letter",
    ),
    Spelling(
        "acute_sus",
        "RAE",
        ("spell.patient.residence.postcode", "patient.usual_address.postcode"),
        "closed up",
    ),
    Spelling("acute_sus", "RAE", ("attendance.arrival.time",), "plain time"),
    Spelling("deaths", "ONS", ("S_UNDERLYING_COD_ICD10",), "lower case"),
    Spelling("mental_health_mhsds", "RGD", ("Postcode",), "lower case"),
)
# Words that senders write for every empty field, by feed and sender.
WORDS_FOR_NOTHING = {
    ("mental_health_mhsds", "RGD"): "NULL",
    ("community_beds", "VLEEDS"): "N/A",
}
# A sender that opens its file in Excel in a share of the months: NHS numbers become
# 9.99736E+09, and their last digits are lost.
EXCEL = OfSender("delays", "RY6", 0.05)
LOWER_CASE_SENDER = LowerCase("RAE", "system.record.provider", 0.05)
# Share of text files whose last line has no end.
NO_FINAL_LINE_END = 0.001
# Senders, by feed, that report with the header alone that they have nothing to report;
# tables of theirs in which one month's file is first sent under the next month's name
# and then withdrawn by a header alone.
NIL_RETURNS = {("acute_sus", "RAE"), ("delays", "RGD"), ("deaths", "ONS")}
WITHDRAWN = {("patient_delay", "RGD")}
# Tables and senders whose first file was also sent under the month before.
WRONG_MONTH = {("bed_stock", "RY6")}

# Opt-outs, as shares of registered people.
NATIONAL_OPT_OUT = 0.036
TYPE_1_OPT_OUT = 0.027

# Provider codes.
ACUTE = ("RR8", "RAE")
COMMUNITY = "RY6"
INDEPENDENT_BEDS = "VLEEDS"
MENTAL_HEALTH = "RGD"
COUNCIL = "E08000035"
LOCAL_AUTHORITY = "E08000035"


@dataclass(frozen=True)
class City:
    """What to make: size, days (since 1970-01-01), seed, format and folder.

    pseudonymised: as a data processor would pass the feeds on. slow_down: whether
    unplanned care slows down from a planted month on. dirty: whether files differ in
    form from sender to sender, as they do in life.
    """

    people: int
    first_day: int
    last_day: int
    seed: int
    parquet: bool
    out: Path
    pseudonymised: bool = False
    slow_down: bool = True
    dirty: bool = True
    months: Periods = field(init=False)
    quarters: Periods = field(init=False)

    def __post_init__(self) -> None:
        """Derive the reporting periods."""
        object.__setattr__(
            self, "months", Periods.between(self.first_day, self.last_day, 1)
        )
        object.__setattr__(
            self, "quarters", Periods.between(self.first_day, self.last_day, 3)
        )

    @property
    def scale(self) -> float:
        """Size relative to the real city."""
        return self.people / REAL_PEOPLE

    @property
    def years(self) -> float:
        """Length of the period."""
        return (self.last_day - self.first_day + 1) / 365.25

    @property
    def days(self) -> Array:
        """Every day of the period, int64 days since 1970-01-01."""
        return np.arange(self.first_day, self.last_day + 1)
