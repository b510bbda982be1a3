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
class Fault:
    """How often records go wrong in a way: a share of those that it can happen to.

    source: where the magnitude comes from.
    """

    share: float
    source: str


_INVENTED = "invented: often enough to be seen in a city of 20,000"
GONE_WRONG = {
    # Hospital spells and community bed stays listed in two months or more: the last
    # month, with the discharge, never comes; or the number changes after the first.
    "no_longer_listed": Fault(0.01, _INVENTED),
    "renumbered": Fault(0.01, _INVENTED),
    # Emergency spells in one month: once more under another number; a second admission
    # noted inside one of five days or more.
    "listed_twice": Fault(0.002, _INVENTED),
    "admission_inside_stay": Fault(0.005, _INVENTED),
    # Transfers: the receiving hospital admits a day before the other discharges.
    "overlapping_transfer": Fault(0.02, _INVENTED),
    # Spells of planned care in a small hospital that another trust takes over.
    "taken_over": Fault(0.02, _INVENTED),
    # Patients of any spell who are in that hospital on the day of the takeover.
    "open_when_taken_over": Fault(0.1, _INVENTED),
    # Attendances without admission of people who could not say who they were.
    "unidentified": Fault(0.002, _INVENTED),
    # Contacts held in the month before a death: dated after it. Contacts of any kind:
    # in the month's file, but dated two years before.
    "care_after_death": Fault(0.01, _INVENTED),
    "outside_file_period": Fault(0.0005, _INVENTED),
    # Contacts of any kind: a code of the sender's own for how they were held.
    "unknown_code": Fault(0.001, _INVENTED),
    # Referrals with up to three contacts: never sent, though the contacts are.
    "contact_without_referral": Fault(0.003, _INVENTED),
    # Patients who come late: listed under the number of one who is listed no longer.
    "number_given_again": Fault(0.005, _INVENTED),
    # Months in which a trust lists its patients' areas by the codes of 2011.
    "area_codes_of_2011": Fault(0.05, _INVENTED),
    # Community bed stays straight from hospital: the bed is taken two days before the
    # other is left. Any stay: referred the day after it began.
    "two_beds_at_once": Fault(0.02, _INVENTED),
    "negative_duration": Fault(0.02, _INVENTED),
    # Social care services that end with a death: open in two more returns.
    "open_after_death": Fault(0.02, _INVENTED),
    # Services in a care home for more than three months: a second home is paid, too.
    "two_care_homes": Fault(0.02, _INVENTED),
    # Services at home listed in two returns or more: the first has a later first day.
    "corrected_start": Fault(0.02, _INVENTED),
    # Events of the year before the last return, which covers twelve months: not in it.
    "withdrawn": Fault(0.02, _INVENTED),
}
# Records that go wrong in each way at least, where there are as many.
GONE_WRONG_LEAST = 3


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
# Senders, by table, that say in a control file beside each file what is in it; one of
# whose files arrives cut short, as its control file shows, and is sent again; one of
# whose resubmissions holds the month before, and is withdrawn in its control file.
CONTROLLED = {("Deaths", "ONS")}
CUT_SHORT = {("CYP201CareContact", "RY6")}
WITHDRAWN_SUBMISSION = {("MHS201CareContact", "RGD")}

# Opt-outs, as shares of registered people.
NATIONAL_OPT_OUT = 0.036
TYPE_1_OPT_OUT = 0.027

# Provider codes.
ACUTE = ("RR8", "RAE")
# A small hospital of the same register as RR8, and the trust that takes it over, since
# when: as in the seed organisation_successors.
TAKEN_OVER = ("XAT", "XNT")
TAKEN_OVER_ON = "2022-11-01"
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
    form from sender to sender and records go wrong, as they do in life.
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
