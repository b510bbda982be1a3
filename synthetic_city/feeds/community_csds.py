"""community_csds: the Community Services Data Set of the community trust."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np

from synthetic_city import settings
from synthetic_city.city.world import RY6, World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import OPEN, Array, Frame
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    key,
    later,
    marked,
    rolling,
)
from synthetic_city.gone_wrong import numbered

_FEED = "community_csds"
_PROVIDERS = (settings.COMMUNITY,)
_PATIENT = "LOCAL PATIENT IDENTIFIER (EXTENDED)"
_REFERRAL = key("RF", "f.id", 9)
# A code of the trust's own, which no list has.
_UNKNOWN_MECHANISM = "77"
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
    holder = _number_holders(world, patients)
    yield _patients(world, patients, holder)
    unsent = _unsent_referrals(world, holder[registration] == registration)
    sent = ~np.isin(at, unsent)
    at, month = at[sent], month[sent]
    yield _referrals(at, month, registration, holder)
    yield _teams(at, month)
    yield _contacts(world, unsent)


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


def _number_holders(world: World, patients: Frame) -> Array:
    """The registration whose local number each one is delivered under.

    For most it is their own; a few have that of a patient who is listed no longer.
    """
    own = world.identities.registration
    size, months = len(own["person"]), len(world.city.months)
    first, last = np.full(size, months), np.full(size, -1)
    np.minimum.at(first, patients["registration"], patients["period"])
    np.maximum.at(last, patients["registration"], patients["period"])
    main, second = world.identities.main[RY6], world.identities.second[RY6]
    elsewhere = np.r_[world.community.bed["person"], world.delays.true["person"]]
    able = (last >= 0) & (own["nhs_number"] > 0)
    able &= main[own["person"]] == np.arange(size)
    able &= second[own["person"]] < 0
    able &= ~np.isin(own["person"], elsewhere)
    gone = np.flatnonzero(able & (last < months // 3))
    able &= first > months // 3 + 1
    holder = np.arange(size)
    taking = world.gone_wrong.pick("number_given_again", able)[: len(gone)]
    given = world.rng("numbers given again").choice(gone, len(taking), replace=False)
    apart = own["birth"][given] != own["birth"][taking]
    taking, given = taking[apart], given[apart]
    holder[taking] = given
    world.gone_wrong.note(
        *("number_given_again", _FEED, "CYP001MPI", settings.COMMUNITY),
        numbered("", own["local"][given], 8),
        numbered("", own["local"][taking], 8),
        [f"{one} {other}" for one, other in own["person"][np.c_[given, taking]]],
    )
    return holder


def _unsent_referrals(world: World, able: Array) -> Array:
    """Referrals that are never sent, though their contacts are."""
    contacts = np.bincount(world.community.contact["referral"], minlength=len(able))
    able = able & (contacts > 0) & (contacts <= 3)
    unsent = world.gone_wrong.pick("contact_without_referral", able)
    of_them = np.flatnonzero(np.isin(world.community.contact["referral"], unsent))
    world.gone_wrong.note(
        *("contact_without_referral", _FEED, "CYP201CareContact", settings.COMMUNITY),
        numbered("CC", of_them, 9),
    )
    return unsent


def _patients(world: World, patients: Frame, holder: Array) -> FeedTable:
    months = world.city.months
    wrong = world.gone_wrong
    outdated = wrong.pick("area_codes_of_2011", np.ones(len(months), dtype=bool))
    wrong.note(
        *("area_codes_of_2011", _FEED, "CYP001MPI", settings.COMMUNITY),
        [months.label[month] for month in outdated],
    )
    base = base_rows(
        patients["registration"],
        patients["period"],
        0,
        holder=holder[patients["registration"]],
        outdated=np.isin(patients["period"], outdated),
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
            _PATIENT: "h.local_id",
            "PERSON ID": f"'{settings.COMMUNITY}' || h.local_id",
            "NHS NUMBER": "r.nhs_number",
            "NHS NUMBER STATUS INDICATOR CODE": "r.status",
            "PERSON GIVEN NAME": "r.forename",
            "PERSON FAMILY NAME": "r.surname",
            "PERSON BIRTH DATE": "r.birth_date",
            "PERSON STATED GENDER CODE": "r.sex",
            "ETHNIC CATEGORY": "r.ethnic",
            "POSTCODE": "a.postcode",
            "LOWER SUPER OUTPUT AREA (RESIDENCE)": (
                "case when b.outdated then a.lsoa11 else a.lsoa21 end"
            ),
            "PERSON DEATH DATE": (
                f"case when r.death_known then {as_of('r.death_date')} end"
            ),
            **_tail(),
        },
        "join registration as r on r.id = b.record join registration as h "
        "on h.id = b.holder join postcode as a on a.id = b.postcode",
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


def _referrals(
    at: Array, month: Array, registration: Array, holder: Array
) -> FeedTable:
    return FeedTable(
        _FEED,
        "CYP101Referral",
        _PROVIDERS,
        base_rows(at, month, 0, holder=holder[registration[at]]),
        {
            "SERVICE REQUEST IDENTIFIER": _REFERRAL,
            _PATIENT: "h.local_id",
            "REFERRAL REQUEST RECEIVED DATE": "f.start_date",
            "SOURCE OF REFERRAL FOR COMMUNITY": choice(_SOURCES, "f.source"),
            "PRIORITY TYPE CODE": "cast(f.priority as varchar)",
            "PRIMARY REASON FOR REFERRAL (COMMUNITY CARE)": "k.reason",
            "SERVICE DISCHARGE DATE": as_of("f.end_date"),
            **_tail(),
        },
        "join referral as f on f.id = b.record "
        "join registration as h on h.id = b.holder "
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


def _misdated(world: World, unsent: Array) -> tuple[Array, Array]:
    """Days that each contact is dated too late, and the month whose file it is in."""
    contact, wrong = world.community.contact, world.gone_wrong
    months = world.city.months
    days, period = contact["day"], months.of(contact["day"])
    shift = np.zeros(len(days), dtype=np.int64)
    person = world.community.referral["person"][contact["referral"]]
    who = world.people.person
    death = np.where(
        who["last_day"][person] == who["death"][person], who["death"][person], OPEN
    )
    able = ~np.isin(contact["referral"], unsent)
    # A contact that did not take place is no care.
    last_weeks = (death - days < 30) & (death + 20 <= world.city.last_day)
    last_weeks &= np.isin(contact["status"], ("5", "6"))
    after = wrong.pick("care_after_death", able & last_weeks)
    shift[after] = (death - days)[after] + 20
    period[after] = months.of(days[after] + shift[after])
    able[after] = False
    before = wrong.pick("outside_file_period", able)
    shift[before] = -730
    for kind, at in (("care_after_death", after), ("outside_file_period", before)):
        numbers = numbered("CC", at, 9)
        wrong.note(kind, _FEED, "CYP201CareContact", settings.COMMUNITY, numbers)
    return shift, period


def _contacts(world: World, unsent: Array) -> FeedTable:
    shift, period = _misdated(world, unsent)
    contacts = np.arange(len(shift))
    of_its_own = world.gone_wrong.pick("unknown_code", contacts >= 0)
    world.gone_wrong.note(
        *("unknown_code", _FEED, "CYP201CareContact", settings.COMMUNITY),
        numbered("CC", of_its_own, 9),
        repeat(""),
        repeat(_UNKNOWN_MECHANISM),
    )
    return FeedTable(
        _FEED,
        "CYP201CareContact",
        _PROVIDERS,
        base_rows(
            contacts,
            period,
            0,
            later=shift,
            unknown_code=np.isin(contacts, of_its_own),
        ),
        {
            "CARE CONTACT IDENTIFIER": key("CC", "c.id", 9),
            "SERVICE REQUEST IDENTIFIER": key("RF", "c.referral", 9),
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": "'T' || k.team",
            "CARE CONTACT DATE": later("c.day_date"),
            "CARE CONTACT TIME": "clock(c.minute)",
            "CLINICAL CONTACT DURATION OF CARE CONTACT": "cast(c.minutes as integer)",
            "CONSULTATION MECHANISM (COMMUNITY CARE)": (
                f"case when b.unknown_code then '{_UNKNOWN_MECHANISM}' "
                "else c.mechanism end"
            ),
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
