"""community_csds: the Community Services Data Set of the community trust."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.world import RY6, World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array, Frame
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

_FEED = "community_csds"
_PROVIDERS = (settings.COMMUNITY,)
_PATIENT = "LOCAL PATIENT IDENTIFIER (EXTENDED)"
_REFERRAL = key("RF", "f.id", 9)
_SOURCES = ("A1", "B1", "C1", "D1", "E1", "P1")


def _tail() -> dict[str, str]:
    return {
        "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": f"'{settings.COMMUNITY}'",
        "UNIQUE SUBMISSION ID": (
            "'C' || strftime(b.period_start_date, '%Y%m') || lpad(cast(b.nn as "
            "varchar), 2, '0')"
        ),
        "REPORTING PERIOD START DATE": "b.period_start_date",
    }


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of community_csds."""
    city, referral = world.city, world.community.referral
    registration = world.identities.of(
        world.rng("community records"), RY6, referral["person"]
    )
    at, month = rolling(city.months, referral["start"], referral["end"])
    patients = _patient_months(world, registration[at], month)
    yield _patients(world, patients)
    yield _referrals(at, month, registration)
    yield _teams(at, month)
    yield _contacts(world)


def _patient_months(world: World, registration: Array, month: Array) -> Frame:
    """One row per registration and month: registration, period, person, day (as of)."""
    months = len(world.city.months)
    pair = np.unique(registration * months + month)
    registration, month = pair // months, pair % months
    person = world.identities.registration["person"][registration]
    last = world.people.person["last_day"][person]
    return {
        "registration": registration,
        "period": month,
        "person": person,
        "day": np.minimum(world.city.months.last[month], last),
    }


def _patients(world: World, patients: Frame) -> FeedTable:
    base = base_rows(
        patients["registration"],
        patients["period"],
        0,
        postcode=world.postcode_at(
            patients["person"], patients["day"], patients["registration"]
        ),
    )
    return FeedTable(
        _FEED,
        "CYP001MPI",
        _PROVIDERS,
        base,
        {
            _PATIENT: "r.local_id",
            "PERSON ID": f"'{settings.COMMUNITY}' || r.local_id",
            "NHS NUMBER": "r.nhs_number",
            "NHS NUMBER STATUS INDICATOR CODE": "r.status",
            "PERSON GIVEN NAME": "r.forename",
            "PERSON FAMILY NAME": "r.surname",
            "PERSON BIRTH DATE": "r.birth_date",
            "PERSON STATED GENDER CODE": "r.sex",
            "ETHNIC CATEGORY": "r.ethnic",
            "POSTCODE": "a.postcode",
            "LOWER SUPER OUTPUT AREA (RESIDENCE)": "a.lsoa21",
            "PERSON DEATH DATE": (
                f"case when r.death_known then {as_of('r.death_date')} end"
            ),
            **_tail(),
        },
        "join registration as r on r.id = b.record join postcode as a on a.id = "
        "b.postcode",
        own_key={
            _PATIENT: f"'9' || t.\"{_PATIENT}\"",
            "PERSON ID": marked("PERSON ID"),
        },
        revised={"ETHNIC CATEGORY": "'Z'", "POSTCODE": "null"},
        broken=(
            {"PERSON BIRTH DATE": FUTURE},
            {_PATIENT: "null"},
            {"PERSON STATED GENDER CODE": "'7'"},
        ),
    )


def _referrals(at: Array, month: Array, registration: Array) -> FeedTable:
    return FeedTable(
        _FEED,
        "CYP101Referral",
        _PROVIDERS,
        base_rows(at, month, 0, registration=registration[at]),
        {
            "SERVICE REQUEST IDENTIFIER": _REFERRAL,
            _PATIENT: "r.local_id",
            "REFERRAL REQUEST RECEIVED DATE": "f.start_date",
            "SOURCE OF REFERRAL FOR COMMUNITY": choice(_SOURCES, "f.source"),
            "PRIORITY TYPE CODE": "cast(f.priority as varchar)",
            "PRIMARY REASON FOR REFERRAL (COMMUNITY CARE)": "k.reason",
            "SERVICE DISCHARGE DATE": as_of("f.end_date"),
            **_tail(),
        },
        "join referral as f on f.id = b.record join registration as r on r.id = "
        "b.registration "
        "join team as k on k.id = f.team",
        own_key={"SERVICE REQUEST IDENTIFIER": marked("SERVICE REQUEST IDENTIFIER")},
        revised={"PRIORITY TYPE CODE": "'3'"},
        broken=(
            {"SERVICE DISCHARGE DATE": earlier("REFERRAL REQUEST RECEIVED DATE", 4)},
            {"SERVICE REQUEST IDENTIFIER": "null"},
            {"REFERRAL REQUEST RECEIVED DATE": "null"},
        ),
    )


def _teams(at: Array, month: Array) -> FeedTable:
    return FeedTable(
        _FEED,
        "CYP102ServiceTypeReferredTo",
        _PROVIDERS,
        base_rows(at, month, 0),
        {
            "SERVICE REQUEST IDENTIFIER": _REFERRAL,
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": "'T' || k.team",
            "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)": "k.team",
            "REFERRAL CLOSURE DATE": as_of("f.end_date"),
            **_tail(),
        },
        "join referral as f on f.id = b.record join team as k on k.id = f.team",
        own_key={"SERVICE REQUEST IDENTIFIER": marked("SERVICE REQUEST IDENTIFIER")},
        revised={"CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": "'T00'"},
        broken=(
            {"SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)": "'00'"},
            {"SERVICE REQUEST IDENTIFIER": "null"},
        ),
    )


def _contacts(world: World) -> FeedTable:
    contact = world.community.contact
    size = len(contact["day"])
    return FeedTable(
        _FEED,
        "CYP201CareContact",
        _PROVIDERS,
        base_rows(np.arange(size), world.city.months.of(contact["day"]), 0),
        {
            "CARE CONTACT IDENTIFIER": key("CC", "c.id", 9),
            "SERVICE REQUEST IDENTIFIER": key("RF", "c.referral", 9),
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": "'T' || k.team",
            "CARE CONTACT DATE": "c.day_date",
            "CARE CONTACT TIME": "clock(c.minute)",
            "CLINICAL CONTACT DURATION OF CARE CONTACT": "cast(c.minutes as integer)",
            "CONSULTATION MECHANISM (COMMUNITY CARE)": "c.mechanism",
            "ACTIVITY LOCATION TYPE CODE": "c.place",
            "ATTENDANCE STATUS": "c.status",
            **_tail(),
        },
        "join contact as c on c.id = b.record join referral as f on f.id = c.referral "
        "join team as k on k.id = f.team",
        own_key={"CARE CONTACT IDENTIFIER": marked("CARE CONTACT IDENTIFIER")},
        revised={
            "CLINICAL CONTACT DURATION OF CARE CONTACT": (
                't."CLINICAL CONTACT DURATION OF CARE CONTACT" + 5'
            )
        },
        broken=(
            {"CLINICAL CONTACT DURATION OF CARE CONTACT": "-20"},
            {"ATTENDANCE STATUS": "'Q'"},
            {"CARE CONTACT IDENTIFIER": "null"},
            {"CARE CONTACT DATE": "null"},
            {"SERVICE REQUEST IDENTIFIER": "null"},
        ),
        event=True,
    )
