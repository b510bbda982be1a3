"""mental_health_mhsds: the Mental Health Services Data Set, of one trust."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.mental_health import REASONS, TEAMS
from synthetic_city.city.world import RGD, World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN, Array, Frame, day
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    key,
    marked,
    rolling,
)

_FEED = "mental_health_mhsds"
_PROVIDERS = (settings.MENTAL_HEALTH,)
_REFERRAL = key("MR", "f.id", 8)
_SPELL = key("MS", "s.id", 7)
_SOURCES = ("A1", "B1", "C1", "H1", "P1")
_V6_FROM = day("2024-04-01")


def _tail() -> dict[str, str]:
    return {
        "OrgIDProv": f"'{settings.MENTAL_HEALTH}'",
        "UniqSubmissionID": (
            "'M' || strftime(b.period_start_date, '%Y%m') || lpad(cast(b.nn as "
            "varchar), 2, '0')"
        ),
        "ReportingPeriodStartDate": "b.period_start_date",
    }


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of mental_health_mhsds."""
    city, referral, spell = world.city, world.mental.referral, world.mental.spell
    registration = world.identities.of(
        world.rng("mental health records"), RGD, referral["person"]
    )
    at, month = rolling(city.months, referral["start"], referral["end"])
    yield _patients(world, registration[at], month)
    yield _referrals(at, month, registration)
    yield _contacts(world)
    yield _spells(world, registration[spell["referral"]])
    yield from _delays(world)


def _referrals(at: Array, month: Array, registration: Array) -> FeedTable:
    return FeedTable(
        _FEED,
        "MHS101Referral",
        _PROVIDERS,
        base_rows(at, month, 0, registration=registration[at]),
        {
            "ServiceRequestId": _REFERRAL,
            "LocalPatientId": "r.local_id",
            "ReferralRequestReceivedDate": "f.start_date",
            "SourceOfReferralMH": choice(_SOURCES, "f.source"),
            "ClinRespPriorityType": "cast(f.priority as varchar)",
            "PrimReasonReferralMH": "lpad(cast(f.reason as varchar), 2, '0')",
            "ServTeamType": choice(TEAMS, "f.team"),
            "ServDischDate": as_of("f.end_date"),
            **_tail(),
        },
        "join mh_referral as f on f.id = b.record join registration as r on r.id = "
        "b.registration",
        own_key={"ServiceRequestId": marked("ServiceRequestId")},
        revised={"PrimReasonReferralMH": "'99'"},
        broken=(
            {"ServDischDate": earlier("ReferralRequestReceivedDate", 4)},
            {"ServiceRequestId": "null"},
            {"ReferralRequestReceivedDate": "null"},
        ),
    )


def _patients(world: World, registration: Array, month: Array) -> FeedTable:
    months = len(world.city.months)
    pair = np.unique(registration * months + month)
    registration, month = pair // months, pair % months
    person = world.identities.registration["person"][registration]
    seen = np.minimum(
        world.city.months.last[month], world.people.person["last_day"][person]
    )
    return FeedTable(
        _FEED,
        "MHS001MPI",
        _PROVIDERS,
        base_rows(
            registration,
            month,
            0,
            postcode=world.postcode_at(person, seen, registration),
        ),
        {
            "LocalPatientId": "r.local_id",
            "NHSNumber": "r.nhs_number",
            "NHSNumberStatus": "r.status",
            "PersonGivenName": "r.forename",
            "PersonFamilyName": "r.surname",
            "PersonBirthDate": "r.birth_date",
            "Gender": "r.sex",
            "EthnicCategory": "r.ethnic",
            "Postcode": "a.postcode",
            "LSOA2021": "a.lsoa21",
            "PersDeathDate": (
                f"case when r.death_known then {as_of('r.death_date')} end"
            ),
            **_tail(),
        },
        "join registration as r on r.id = b.record join postcode as a on a.id = "
        "b.postcode",
        own_key={"LocalPatientId": "'9' || t.\"LocalPatientId\""},
        revised={"EthnicCategory": "'Z'"},
        broken=(
            {"PersonBirthDate": FUTURE},
            {"LocalPatientId": "null"},
            {"Gender": "'7'"},
        ),
    )


def _contacts(world: World) -> FeedTable:
    contact = world.mental.contact
    return FeedTable(
        _FEED,
        "MHS201CareContact",
        _PROVIDERS,
        base_rows(
            np.arange(len(contact["day"])), world.city.months.of(contact["day"]), 0
        ),
        {
            "CareContactId": key("MC", "c.id", 9),
            "ServiceRequestId": key("MR", "c.referral", 8),
            "CareContDate": "c.day_date",
            "CareContTime": "clock(c.minute)",
            "ClinContDurOfCareCont": "cast(c.minutes as integer)",
            "ConsMechanismMH": "c.mechanism",
            "ActLocTypeCode": "c.place",
            "AttendStatus": "c.status",
            **_tail(),
        },
        "join mh_contact as c on c.id = b.record",
        own_key={"CareContactId": marked("CareContactId")},
        revised={"ClinContDurOfCareCont": 't."ClinContDurOfCareCont" + 5'},
        broken=(
            {"ClinContDurOfCareCont": "-15"},
            {"AttendStatus": "'Q'"},
            {"CareContactId": "null"},
            {"CareContDate": "null"},
        ),
        event=True,
    )


def _spells(world: World, registration: Array) -> FeedTable:
    city, spell = world.city, world.mental.spell
    done = "coalesce(s.end_date <= b.period_end_date, false)"
    at, month = rolling(city.months, spell["start"], spell["end"])
    return FeedTable(
        _FEED,
        "MHS501HospProvSpell",
        _PROVIDERS,
        base_rows(at, month, 0, registration=registration[at]),
        {
            "HospProvSpellID": _SPELL,
            "ServiceRequestId": key("MR", "s.referral", 8),
            "LocalPatientId": "r.local_id",
            "StartDateHospProvSpell": "s.start_date",
            "MethAdmMHHospProvSpell": "s.method",
            "SourceAdmMHHospProvSpell": "s.source",
            "DischDateHospProvSpell": f"case when {done} then s.end_date end",
            "DestOfDischHospProvSpell": f"case when {done} then s.destination end",
            "MethOfDischMHHospProvSpell": (
                f"case when {done} then s.discharge_method end"
            ),
            **_tail(),
        },
        "join mh_spell as s on s.id = b.record join registration as r on r.id = "
        "b.registration",
        own_key={"HospProvSpellID": marked("HospProvSpellID")},
        revised={"SourceAdmMHHospProvSpell": "'98'"},
        broken=(
            {"DischDateHospProvSpell": earlier("StartDateHospProvSpell", 2)},
            {"HospProvSpellID": "null"},
            {"StartDateHospProvSpell": "null"},
            {"MethAdmMHHospProvSpell": "'7Q'"},
        ),
    )


def _delays(world: World) -> Iterator[FeedTable]:
    """Delays as MHSDS version 5 has them, and from April 2024 on as version 6 does."""
    months, spell = world.city.months, world.mental.spell
    held = np.flatnonzero(spell["delay_start"] < OPEN)
    at, month = rolling(months, spell["delay_start"][held], spell["delay_end"][held])
    at = held[at]
    v6 = months.first[month] >= _V6_FROM
    yield _delay_table(
        "MHS504DelayedDischarge",
        base_rows(at[~v6], month[~v6], 0),
        ("StartDateDelayDisch", "EndDateDelayDisch", "DelayDischReason"),
        [str(reason[0]) for reason in REASONS],
    )
    yield _delay_table(
        "MHS518ClinReadyforDischarge",
        base_rows(at[v6], month[v6], 0),
        (
            "StartDateClinReadyforDisch",
            "EndDateClinReadyforDisch",
            "ClinReadyforDischDelayReason",
        ),
        [str(reason[1]) for reason in REASONS],
    )


def _delay_table(
    name: str, base: Frame, columns: tuple[str, str, str], reasons: list[str]
) -> FeedTable:
    """A table of delays; columns: its names of start, end and reason."""
    start, end, reason = columns
    return FeedTable(
        _FEED,
        name,
        _PROVIDERS,
        base,
        {
            "HospProvSpellID": _SPELL,
            start: "s.delay_start_date",
            end: as_of("s.delay_end_date"),
            reason: choice(reasons, "s.delay_reason"),
            "AttribToIndic": choice([r[2] for r in REASONS], "s.delay_reason"),
            **_tail(),
        },
        "join mh_spell as s on s.id = b.record",
        own_key={"HospProvSpellID": marked("HospProvSpellID")},
        revised={reason: "'98'"},
        broken=(
            {end: earlier(start, 1)},
            {"AttribToIndic": "'99'"},
            {start: "null"},
        ),
    )
