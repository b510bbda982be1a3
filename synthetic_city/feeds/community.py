"""community_csds and community_beds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.community import DESTINATIONS, PURPOSES, SITES, SOURCES, open_beds
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
from synthetic_city.world import RY6, World, bed_registers
from synthetic_city.write import FeedTable

_FEED = "community_csds"
_BEDS = "community_beds"
_PROVIDERS = (settings.COMMUNITY,)
_BED_PROVIDERS = (settings.COMMUNITY, settings.INDEPENDENT_BEDS)
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
    """Yield the tables of community_csds, then of community_beds."""
    city, referral = world.city, world.community.referral
    registration = world.identities.of(
        world.rng("community records"), RY6, referral["person"]
    )
    at, month = rolling(city.months, referral["start"], referral["end"])
    patients = _patient_months(world, registration[at], month)
    yield _patients(world, patients)
    yield _practices(world, patients)
    yield _referrals(at, month, registration)
    yield _teams(at, month)
    yield _contacts(world)
    yield _bed_stays(world)
    yield _bed_stock(world)


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


def _practices(world: World, patients: Frame) -> FeedTable:
    practice = world.registers.practice_at(patients["person"], patients["day"])
    known = practice >= 0
    # The key is patient, practice and start, so a record is a registration's spell.
    spells = len(world.registers.practice["person"])
    pair = patients["registration"][known] * spells + practice[known]
    record = np.unique(pair, return_inverse=True)[1]
    return FeedTable(
        _FEED,
        "CYP002GP",
        _PROVIDERS,
        base_rows(
            record,
            patients["period"][known],
            0,
            registration=patients["registration"][known],
            practice=practice[known],
        ),
        {
            _PATIENT: "r.local_id",
            "GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)": "g.code",
            "START DATE (GMP PATIENT REGISTRATION)": "q.from_day_date",
            "END DATE (GMP PATIENT REGISTRATION)": as_of("q.to_day_date"),
            **_tail(),
        },
        "join registration as r on r.id = b.registration "
        "join practice_spell as q on q.id = b.practice join practice as g on g.id = "
        "q.practice",
        own_key={_PATIENT: f"'9' || t.\"{_PATIENT}\""},
        revised={"END DATE (GMP PATIENT REGISTRATION)": "null"},
        broken=(
            {_PATIENT: "null"},
            {
                "END DATE (GMP PATIENT REGISTRATION)": earlier(
                    "START DATE (GMP PATIENT REGISTRATION)", 9
                )
            },
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


def _bed_stays(world: World) -> FeedTable:
    city, bed = world.city, world.community.bed
    register = bed_registers(bed)
    registration = world.identities.of(
        world.rng("bed records"), register, bed["person"]
    )
    at, month = rolling(city.months, bed["start"], bed["end"])
    last = world.people.person["last_day"][bed["person"]]
    seen = np.minimum(last[at], city.months.last[month])
    home = np.minimum(bed["start"][at], seen)
    base = base_rows(
        at,
        month,
        np.where(register[at] == RY6, 0, 1),
        registration=registration[at],
        postcode=world.postcode_at(bed["person"][at], home, registration[at]),
    )
    return FeedTable(
        _BEDS,
        "bed_stay",
        _BED_PROVIDERS,
        base,
        {
            "provider_code": choice(_BED_PROVIDERS, "b.provider"),
            "stay_id": key("B", "d.id", 7),
            "local_patient_id": "r.local_id",
            "nhs_number": "r.nhs_number_beds",
            "forename": "r.forename",
            "surname": "r.surname",
            "date_of_birth": "r.birth_date",
            "sex": "r.sex",
            "postcode": "a.postcode",
            "lsoa_code": "a.lsoa21",
            "site_code": choice([s[1] for s in SITES], "d.site"),
            "bed_purpose": choice(PURPOSES, "d.purpose"),
            "referred_date": "d.referred_date",
            "admitted_date": "d.start_date",
            "ready_date": as_of("d.ready_date"),
            "discharged_date": as_of("d.end_date"),
            "admission_source": choice(SOURCES, "d.source"),
            "discharge_destination": (
                "case when d.end_date <= b.period_end_date then "
                f"{choice(DESTINATIONS, 'd.destination')} end"
            ),
        },
        "join bed as d on d.id = b.record join registration as r on r.id = "
        "b.registration "
        "join postcode as a on a.id = b.postcode",
        own_key={"stay_id": marked("stay_id")},
        revised={"admission_source": "'own home'"},
        broken=(
            {"discharged_date": earlier("admitted_date", 1)},
            {"date_of_birth": FUTURE},
            {"bed_purpose": "'holiday'"},
            {"stay_id": "null"},
            {"admitted_date": "null"},
        ),
    )


def _bed_stock(world: World) -> FeedTable:
    stock = open_beds(world.city, world.community.bed)
    provider = np.array([_BED_PROVIDERS.index(s[0]) for s in SITES])[stock["site"]]
    record = (stock["site"] * len(PURPOSES) + stock["purpose"]) * len(
        world.city.months
    ) + stock["month"]
    postcode = world.homes.home["postcode"][stock["site"]]
    return FeedTable(
        _BEDS,
        "bed_stock",
        _BED_PROVIDERS,
        base_rows(
            record,
            stock["month"],
            provider,
            site=stock["site"],
            purpose=stock["purpose"],
            beds=stock["beds"],
            postcode=postcode,
        ),
        {
            "provider_code": choice(_BED_PROVIDERS, "b.provider"),
            "site_code": choice([s[1] for s in SITES], "b.site"),
            "site_name": choice([s[2] for s in SITES], "b.site"),
            "site_postcode": "a.postcode",
            "bed_purpose": choice(PURPOSES, "b.purpose"),
            "month_start": "b.period_start_date",
            "beds_open": "cast(b.beds as integer)",
        },
        "join postcode as a on a.id = b.postcode",
        own_key={"site_code": marked("site_code")},
        revised={"beds_open": "t.beds_open + 2"},
        broken=({"beds_open": "-3"}, {"site_code": "null"}),
    )
