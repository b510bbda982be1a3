"""acute_sus: spells, episodes, diagnoses and emergency attendances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import ELECTIVE, EMERGENCY
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array, Frame, chance, day, expand, stack, take, words
from synthetic_city.feeds.common import (
    FUTURE,
    base_rows,
    choice,
    earlier,
    key,
    later,
    marked,
    rolling,
)
from synthetic_city.gone_wrong import iso, numbered

_FEED = "acute_sus"
_SENDERS = (*settings.ACUTE, *settings.TAKEN_OVER)
_SENDER = choice(_SENDERS, "b.provider")
_COMPLAINTS = words(
    "29857009 21522001 267036007 161898004 25064002 386661006 271807003 68566005 "
    "125605004 422587007 22253000 404640003"
)
_ACUITY = words(
    "1064891000000107 1064911000000105 1064901000000108 1077241000000103 "
    "1077251000000100"
)
_STATUS = ("182992009", "1066301000000103", "1066311000000101")
_READY_FROM = "date '2023-04-01'"


_STATUS_OF_NUMBER = "case when b.no_number then '03' else r.status end"


# A record that its hospital lists under another number as well has other letters.
_SPELL = (
    "case when b.renumbered then 'T' else 'S' end "
    "|| lpad(cast(s.id as varchar), 9, '0')"
)
_SPELL_KEY = (
    f"{_SENDER} || case when b.renumbered then '-T' else '-' end "
    "|| cast(s.id as varchar)"
)
_EPISODE_KEY = (
    f"{_SENDER} || case when b.renumbered then '-F' else '-E' end "
    "|| cast(e.id as varchar)"
)


def _number(column: str) -> str:
    return f"case when b.no_number then null else {column} end"


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of acute_sus."""
    city, spell = world.city, world.hospital.spell
    rng = world.rng("acute records")
    registration = world.identities.of(rng, spell["provider"], spell["person"])
    per_record = settings.ACUTE_MISSING_PER_RECORD
    no_number = chance(rng, per_record, len(registration))

    at, month = rolling(city.months, spell["start"], spell["end"])
    # A few spells reach SUS only with the next month's extract, with their episodes.
    last = city.months.of(spell["end"])[at] == month
    late = (
        last
        & chance(rng, settings.LATE_TO_NEXT_PERIOD, len(at))
        & (month < len(city.months) - 1)
    )
    listed = _as_listed(world, at, month + late)
    at, month = listed["record"], listed["period"]
    seen = np.minimum(
        np.minimum(spell["end"], world.people.person["last_day"][spell["person"]])[at],
        city.months.last[month],
    )
    base = {
        **listed,
        "registration": registration[at],
        "no_number": no_number[at],
        "postcode": world.postcode_at(spell["person"][at], seen, registration[at]),
        "practice": world.registers.practice_at(spell["person"][at], seen),
        "key": at + len(spell["start"]) * listed["copy"],
    }
    yield _spells(base)
    yield from _episodes(world, listed)
    yield _attendances(world)


def _as_listed(world: World, at: Array, month: Array) -> Frame:
    """Spells by the months in which their hospitals list them, some of them wrongly.

    at: position of the spell of each row. Returns record, period, provider, renumbered
    (listed under another number), later (days that the admission is noted late) and
    copy (tells apart the keys under which a spell is listed).
    """
    months, spell, wrong = world.city.months, world.hospital.spell, world.gone_wrong
    rows = base_rows(
        at,
        month,
        spell["provider"][at],
        renumbered=np.zeros(len(at), dtype=bool),
        later=np.zeros(len(at), dtype=np.int64),
    )
    start, end, kind = spell["start"], spell["end"], spell["kind"]
    listings = np.bincount(at, minlength=len(start))
    first, last = months.of(start), _last_listed(at, month, len(start))
    number, other = (
        np.array(numbered(letter, np.arange(len(start)), 9)) for letter in "ST"
    )

    def note(
        kind: str, records: Array, *more: Iterable[str], provider: str = "RR8"
    ) -> None:
        wrong.note(kind, _FEED, "apc_spell", provider, records.tolist(), *more)

    # Whoever waits for another place is left to the truth about delays.
    able = ~np.isin(spell["person"], world.delays.true["person"])
    able &= (end <= world.city.last_day) & (spell["provider"] == 0)
    able &= (spell["source"] != "51") & (spell["destination"] != "51")
    several = able & (listings > 1) & np.isin(kind, (EMERGENCY, ELECTIVE))
    urgent = able & (listings == 1) & (kind == EMERGENCY)
    planned = able & (listings == 1) & (kind == ELECTIVE)

    since = int(np.searchsorted(months.first, day(settings.TAKEN_OVER_ON)))
    open_then = several & (first < since) & (last >= since)
    staying = wrong.pick("open_when_taken_over", open_then)
    moved = np.r_[wrong.pick("taken_over", planned), staying]
    several[staying] = False
    rows["provider"] = np.where(
        np.isin(at, moved), 2 + (month >= since), rows["provider"]
    )
    for sender in settings.TAKEN_OVER:
        note("open_when_taken_over", number[staying], provider=sender)

    lost = wrong.pick("no_longer_listed", several)
    kept = ~(np.isin(at, lost) & (month == last[at]))
    until = months.last[_last_listed(at[kept], month[kept], len(start))[lost]]
    note("no_longer_listed", number[lost], repeat(""), iso(until))

    renumbered = wrong.pick("renumbered", several)
    rows["renumbered"] = np.isin(at, renumbered) & (month > first[at])
    note("renumbered", number[renumbered], other[renumbered])

    twice = wrong.pick("listed_twice", urgent)
    note("listed_twice", number[twice], other[twice])
    urgent &= (end - start >= 5) & (spell["destination"] == "19")
    inside = wrong.pick("admission_inside_stay", urgent)
    note("admission_inside_stay", other[inside], number[inside])
    copies = take(rows, np.isin(at, np.r_[twice, inside]))
    copies["renumbered"] = np.ones(len(copies["record"]), dtype=bool)
    copies["later"] = 2 * np.isin(copies["record"], inside)

    # The stay of two nights or more that a transfer ended is the row before it.
    before = np.r_[0, np.arange(len(start) - 1)]
    meets = (spell["source"] == "51") & (spell["provider"] == 1)
    meets &= (spell["person"][before] == spell["person"]) & (end[before] == start)
    meets &= (start - start[before] >= 2) & (months.of(start - 1) == first)
    overlapping = wrong.pick("overlapping_transfer", meets)
    rows["later"] = rows["later"] - np.isin(at, overlapping)
    note("overlapping_transfer", number[overlapping], provider="RAE")
    listed = stack([take(rows, kept), copies])
    listed["copy"] = listed["renumbered"] + 2 * (listed["provider"] == 3)
    return listed


def _last_listed(at: Array, month: Array, size: int) -> Array:
    """The last month in which each of so many spells is listed; 0 if in none."""
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, at, month)
    return last


def _spells(base: dict[str, Array]) -> FeedTable:
    done = "coalesce(s.end_date <= b.period_end_date, false)"
    nights = (
        "date_diff('day', s.start_date, least(coalesce(s.end_date, "
        "b.period_end_date), b.period_end_date))"
    )
    columns = {
        "spell.patient.identity.nhs_number.value": _number("r.nhs_number"),
        "spell.patient.identity.nhs_number.status": _STATUS_OF_NUMBER,
        "spell.patient.identity.local_patient_identifier.value": "r.local_id",
        "spell.patient.name.forename": "r.forename",
        "spell.patient.name.surname": "r.surname",
        "spell.patient.identity.birth_date": "r.birth_date",
        "spell.patient.identity.gender": "r.sex",
        "spell.patient.identity.ethnic_category": "r.ethnic",
        "spell.patient.residence.postcode": "a.postcode",
        "spell.patient.residence_derived.lsoa_11": "a.lsoa11",
        "spell.patient.registration.general_practice": "g.code",
        "spell.hospital_provider_spell_number": _SPELL,
        "spell.commissioning.service_agreement.provider": _SENDER,
        "spell.care_location.site_of_treatment": (
            f"case when b.provider > 1 then {_SENDER} || '01' "
            "when s.provider = 1 then 'RAE01' when s.kind in (2, 3, 4, 5) or "
            "s.id % 3 = 0 "
            "then 'RR801' else 'RR813' end"
        ),
        "spell.admission.method": "s.method",
        "spell.admission.source": "s.source",
        "spell.admission.patient_classification": "s.classification",
        "spell.admission.date": later("s.start_date"),
        "spell.admission.time": "clock(s.arrival_minute)",
        "spell.discharge.destination": (
            f"case when {done} then s.destination else '98' end"
        ),
        "spell.discharge.method": (
            f"case when {done} then s.discharge_method else '8' end"
        ),
        "spell.discharge.date": f"case when {done} then s.end_date end",
        "spell.discharge.ready_date": (
            f"case when b.period_end_date >= {_READY_FROM} and s.classification = '1' "
            f"and s.id % 25 > 0 and s.ready_date >= {_READY_FROM} "
            "and s.ready_date <= b.period_end_date and b.later <= 0 "
            "then s.ready_date end"
        ),
        "spell.open_spell_indicator": f"case when {done} then '0' else '1' end",
        "spell.ambulance.incident_number": (
            "case when s.incident >= 0 then 'Y' || lpad(cast(s.incident as varchar), "
            "9, '0') end"
        ),
        "spell.commissioning.grouping.core_hrg": "c.hrg",
        "spell.commissioning.tariff_calculation.final_price": (
            "round(cast(c.price as double) * (0.9 + (s.id * 7919 % 200) / 1000.0) + "
            f"260.0 * {nights}, 2)"
        ),
        "PRIMARYKEY_ID": _SPELL_KEY,
        "system.report.as_at": (
            "b.period_end_date + cast(18 + 25 * (b.nn - 1) as integer)"
        ),
    }
    discharge, admission = "spell.discharge.date", "spell.admission.date"
    return FeedTable(
        _FEED,
        "apc_spell",
        _SENDERS,
        base,
        columns,
        "join spell as s on s.id = b.record join registration as r on r.id = "
        "b.registration "
        'join postcode as a on a.id = b.postcode join reason as c on c.id = s."group" '
        "left join practice_spell as q on q.id = b.practice left join practice as g "
        "on g.id = q.practice",
        own_key={
            "spell.hospital_provider_spell_number": marked(
                "spell.hospital_provider_spell_number"
            ),
            "PRIMARYKEY_ID": marked("PRIMARYKEY_ID"),
        },
        revised={
            "spell.commissioning.tariff_calculation.final_price": (
                earlier("spell.commissioning.tariff_calculation.final_price", 150)
            ),
            "spell.patient.registration.general_practice": "'V81999'",
        },
        broken=(
            {
                discharge: earlier(admission, 3),
                "spell.open_spell_indicator": "'0'",
            },
            {"spell.patient.identity.birth_date": FUTURE},
            {"spell.admission.method": "'7Q'"},
            {"spell.hospital_provider_spell_number": "null"},
            {admission: "null"},
        ),
    )


def _episodes(world: World, listed: Frame) -> Iterator[FeedTable]:
    """Episodes that began by the end of the month delivered, and their diagnoses."""
    episode, diagnosis = world.hospital.episode, world.hospital.diagnosis
    at, month = listed["record"], listed["period"]
    shown = np.minimum(world.city.months.last[month], world.hospital.spell["end"][at])
    first = np.searchsorted(episode["spell"], at, side="left")
    count = np.searchsorted(episode["spell"], at, side="right") - first
    owner, ordinal = expand(count)
    row = first[owner] + ordinal
    begun = episode["start"][row] <= shown[owner]
    owner, row = owner[begun], row[begun]
    provider, renumbered = listed["provider"][owner], listed["renumbered"][owner]
    copy = listed["copy"][owner]
    done = "coalesce(e.end_date <= b.period_end_date, false)"
    yield FeedTable(
        _FEED,
        "apc_episode",
        _SENDERS,
        base_rows(
            row,
            month[owner],
            provider,
            renumbered=renumbered,
            key=row + len(episode["spell"]) * copy,
        ),
        {
            "PRIMARYKEY_ID": _SPELL_KEY,
            "EPISODES_ID": _EPISODE_KEY,
            "spell.hospital_provider_spell_number": _SPELL,
            "commissioning.service_agreement.provider": _SENDER,
            "number": "cast(e.number as integer)",
            "start_date": "e.start_date",
            "end_date": f"case when {done} then e.end_date end",
            "last_episode_indicator": "case when e.last then '1' else '2' end",
            "care_professional.main_specialty": "c.specialty",
            "care_professional.treatment_function": "c.function",
            "clinical_coding.grouper_derived.dominant_procedure": (
                "case when e.number = 1 then c.procedure end"
            ),
        },
        "join episode as e on e.id = b.record join spell as s on s.id = e.spell "
        'join reason as c on c.id = s."group"',
        own_key={"EPISODES_ID": marked("EPISODES_ID")},
        revised={"care_professional.treatment_function": "'300'"},
        broken=(
            {"end_date": earlier("start_date", 2)},
            {"EPISODES_ID": "null"},
            {"start_date": "null"},
        ),
    )
    first = np.searchsorted(diagnosis["episode"], row, side="left")
    count = np.searchsorted(diagnosis["episode"], row, side="right") - first
    of_row, ordinal = expand(count)
    record = first[of_row] + ordinal
    yield FeedTable(
        _FEED,
        "apc_diagnosis",
        _SENDERS,
        base_rows(
            record,
            month[owner][of_row],
            provider[of_row],
            renumbered=renumbered[of_row],
            key=record + len(diagnosis["episode"]) * copy[of_row],
        ),
        {
            "PRIMARYKEY_ID": _SPELL_KEY,
            "EPISODES_ID": _EPISODE_KEY,
            "ICD_ID": "cast(d.position as integer)",
            "code": "d.code",
        },
        "join diagnosis as d on d.id = b.record join episode as e on e.id = d.episode "
        "join spell as s on s.id = e.spell",
        own_key={"ICD_ID": 't."ICD_ID" + 50'},
        revised={"code": "'R69X'"},
        broken=({"EPISODES_ID": "null"}, {"code": "null"}, {"code": "'?'"}),
    )


def _unless_unknown(of_unknown: str, of_others: str) -> str:
    """SQL for what is told of patients who were not identified, and of all others."""
    return f"case when b.unknown then {of_unknown} else {of_others} end"


def _unidentified(world: World, able: Array) -> Array:
    """Whether each attendance is of a patient who was not identified."""
    unknown = np.zeros(len(able), dtype=bool)
    chosen = world.gone_wrong.pick("unidentified", able)
    unknown[chosen] = True
    numbers = numbered("RR8-A", chosen, 9)
    world.gone_wrong.note("unidentified", _FEED, "emergency_care", "RR8", numbers)
    return unknown


def _by_the_clock(world: World) -> tuple[Array, Array]:
    """When people come and leave by the clock, in minutes after midnight of the day.

    The clock goes forward by an hour at one in the morning on the last Sunday of March,
    and back at two on the last Sunday of October.
    """
    seen = world.hospital.attendance
    midnight = seen["day"] * 1440
    forward, back = _clock_changes(world.city.days)
    arrival = midnight + seen["minute"]
    # No clock shows the hour that is left out.
    arrival = arrival + 60 * (_passed(forward, arrival - 60, arrival) > 0)
    until = arrival + seen["stay_minutes"]
    departure = until + 60 * (
        _passed(forward, arrival, until) - _passed(back, arrival, until)
    )
    # What the clock shows is in doubt where one of the two is in the hour that comes
    # twice, unless people seem to leave before they come.
    twice = np.isin(midnight + 120, back) & (arrival >= midnight + 60)
    twice |= _passed(back, departure, departure + 60) > 0
    sure = (departure - arrival != seen["stay_minutes"]) & (
        ~twice | (departure < arrival)
    )
    for at, provider in enumerate(settings.ACUTE):
        crossing = np.flatnonzero(sure & (seen["provider"] == at))
        world.gone_wrong.note(
            *("clock_change", _FEED, "emergency_care", provider),
            numbered(f"{provider}-A", crossing, 9),
            repeat(""),
            seen["stay_minutes"][crossing].tolist(),
        )
    return arrival - midnight, departure - midnight


def _clock_changes(days: Array) -> tuple[Array, Array]:
    """Minutes since 1970-01-01 at which the clock goes forward, and back."""
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]").astype(int) % 12 + 1
    day_of_month = (date - date.astype("datetime64[M]")).astype(int) + 1
    last_sunday = ((days + 3) % 7 == 6) & (day_of_month > 24)
    return (
        days[last_sunday & (month == 3)] * 1440 + 60,
        days[last_sunday & (month == 10)] * 1440 + 120,
    )


def _passed(changes: Array, after: Array, until: Array) -> Array:
    """Whether the clock changed after a minute and up to another: 1 or 0."""
    counts: Array = np.searchsorted(changes, until, "right") - np.searchsorted(
        changes, after, "right"
    )
    return counts


def _attendances(world: World) -> FeedTable:
    city, seen = world.city, world.hospital.attendance
    rng = world.rng("attendance records")
    registration = world.identities.of(rng, seen["provider"], seen["person"])
    spell_row = seen["spell"] >= 0
    no_number = chance(rng, settings.ACUTE_MISSING_PER_RECORD, len(registration))
    unknown = _unidentified(world, ~spell_row & (seen["provider"] == 0))
    arrival, departure = _by_the_clock(world)
    base = base_rows(
        np.arange(len(registration)),
        city.months.of(seen["day"]),
        seen["provider"],
        registration=registration,
        no_number=no_number,
        postcode=world.postcode_at(seen["person"], seen["day"], registration),
        led=spell_row,
        unknown=unknown,
        arrival=arrival,
        departure=departure,
    )
    word = "null" if city.pseudonymised else "'NULL'"
    return FeedTable(
        _FEED,
        "emergency_care",
        settings.ACUTE,
        base,
        {
            "attendance.unique_identifier": (
                f"{_SENDER} || '-A' || lpad(cast(n.id as varchar), 9, '0')"
            ),
            "system.record.provider": _SENDER,
            "attendance.location.site": (
                "case when n.provider = 1 then 'RAE01' when n.id % 5 < 3 then 'RR801' "
                "else 'RR813' end"
            ),
            "attendance.location.department_type": key("", "n.department", 2),
            "patient.nhs_number.value": _unless_unknown(word, _number("r.nhs_number")),
            "patient.nhs_number.status": _unless_unknown("'07'", _STATUS_OF_NUMBER),
            "patient.local_patient_identifier.value": _unless_unknown(
                key("U", "n.id", 8), "r.local_id"
            ),
            "patient.name.forename": _unless_unknown("'Unknown'", "r.forename"),
            "patient.name.surname": _unless_unknown(
                "case r.sex when '1' then 'Male' else 'Female' end", "r.surname"
            ),
            "patient.birth_date": _unless_unknown("date '1900-01-01'", "r.birth_date"),
            "patient.stated_gender": "r.sex",
            "patient.ethnic_category": _unless_unknown("'Z'", "r.ethnic"),
            "patient.usual_address.postcode": _unless_unknown(
                "'ZZ99 3WZ'", "a.postcode"
            ),
            "patient.usual_address.lsoa_11": _unless_unknown("null", "a.lsoa11"),
            "attendance.arrival.date": "n.day_date",
            "attendance.arrival.time": "clock(b.arrival)",
            "attendance.arrival.arrival_mode.code": (
                "case when n.ambulance then '1048031000000100' "
                "when n.id % 4 = 0 then '1048061000000105' else '1048071000000103' end"
            ),
            "attendance.arrival.attendance_category": "cast(n.category as varchar)",
            "attendance.arrival.ambulance_incident_number": (
                "case when n.ambulance then 'Y' || lpad(cast(n.id as varchar), 9, "
                "'0') end"
            ),
            "attendance.departure.date": (
                "n.day_date + cast(b.departure // 1440 as integer)"
            ),
            "attendance.departure.time": "clock(b.departure % 1440)",
            "attendance.discharge.status.code": choice(_STATUS, "n.status"),
            "attendance.discharge.destination.code": (
                "case when b.led then '306706006' when n.id % 50 = 0 then "
                "'1066341000000100' "
                "else '306689006' end"
            ),
            "clinical.chief_complaint.code": choice(_COMPLAINTS, "n.complaint"),
            "clinical.acuity.code": choice(_ACUITY, "n.acuity"),
            "commissioning.national_pricing.final_price": (
                "round(95e0 + 40.0 * (5 - n.acuity) + (case when n.department = 1 "
                "then 60 else 0 end) "
                "+ (n.id * 31 % 50), 2)"
            ),
        },
        "join attendance as n on n.id = b.record join registration as r on r.id = "
        "b.registration "
        "join postcode as a on a.id = b.postcode",
        own_key={
            "attendance.unique_identifier": marked("attendance.unique_identifier")
        },
        revised={
            "commissioning.national_pricing.final_price": (
                't."commissioning.national_pricing.final_price" + 12'
            ),
            "clinical.chief_complaint.code": "null",
        },
        broken=(
            {"attendance.departure.date": earlier("attendance.arrival.date", 1)},
            {"patient.birth_date": FUTURE},
            {"attendance.arrival.attendance_category": "'9'"},
            {"attendance.unique_identifier": "null"},
            {"attendance.arrival.date": "null"},
        ),
        event=True,
    )
