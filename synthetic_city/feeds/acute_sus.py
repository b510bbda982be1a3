"""acute_sus: spells, episodes, diagnoses and emergency attendances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array, chance, expand, words
from synthetic_city.feeds.common import (
    FUTURE,
    base_rows,
    choice,
    earlier,
    key,
    marked,
    rolling,
)

_FEED = "acute_sus"
_PROVIDER = choice(settings.ACUTE, "{0}.provider")
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
    month = month + late
    shown = np.minimum(city.months.last[month], spell["end"][at])
    seen = np.minimum(
        np.minimum(spell["end"], world.people.person["last_day"][spell["person"]])[at],
        city.months.last[month],
    )
    base = base_rows(
        at,
        month,
        spell["provider"][at],
        registration=registration[at],
        no_number=no_number[at],
        postcode=world.postcode_at(spell["person"][at], seen, registration[at]),
        practice=world.registers.practice_at(spell["person"][at], seen),
    )
    yield _spells(base)
    yield from _episodes(world, at, month, shown)
    yield _attendances(world)


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
        "spell.hospital_provider_spell_number": key("S", "s.id", 9),
        "spell.commissioning.service_agreement.provider": _PROVIDER.format("s"),
        "spell.care_location.site_of_treatment": (
            "case when s.provider = 1 then 'RAE01' when s.kind in (2, 3, 4, 5) or "
            "s.id % 3 = 0 "
            "then 'RR801' else 'RR813' end"
        ),
        "spell.admission.method": "s.method",
        "spell.admission.source": "s.source",
        "spell.admission.patient_classification": "s.classification",
        "spell.admission.date": "s.start_date",
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
            "and s.ready_date <= b.period_end_date then s.ready_date end"
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
        "PRIMARYKEY_ID": f"{_PROVIDER.format('s')} || '-' || cast(s.id as varchar)",
        "system.report.as_at": (
            "b.period_end_date + cast(18 + 25 * (b.nn - 1) as integer)"
        ),
    }
    discharge, admission = "spell.discharge.date", "spell.admission.date"
    return FeedTable(
        _FEED,
        "apc_spell",
        settings.ACUTE,
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


def _episodes(
    world: World, at: Array, month: Array, shown: Array
) -> Iterator[FeedTable]:
    """Episodes that began by the end of the month delivered, and their diagnoses."""
    episode, diagnosis = world.hospital.episode, world.hospital.diagnosis
    first = np.searchsorted(episode["spell"], at, side="left")
    count = np.searchsorted(episode["spell"], at, side="right") - first
    owner, ordinal = expand(count)
    row = first[owner] + ordinal
    begun = episode["start"][row] <= shown[owner]
    owner, row = owner[begun], row[begun]
    provider = world.hospital.spell["provider"][at[owner]]
    done = "coalesce(e.end_date <= b.period_end_date, false)"
    spell_key = f"{_PROVIDER.format('s')} || '-' || cast(s.id as varchar)"
    episode_key = f"{_PROVIDER.format('s')} || '-E' || cast(e.id as varchar)"
    yield FeedTable(
        _FEED,
        "apc_episode",
        settings.ACUTE,
        base_rows(row, month[owner], provider),
        {
            "PRIMARYKEY_ID": spell_key,
            "EPISODES_ID": episode_key,
            "spell.hospital_provider_spell_number": key("S", "s.id", 9),
            "commissioning.service_agreement.provider": _PROVIDER.format("s"),
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
    yield FeedTable(
        _FEED,
        "apc_diagnosis",
        settings.ACUTE,
        base_rows(first[of_row] + ordinal, month[owner][of_row], provider[of_row]),
        {
            "PRIMARYKEY_ID": spell_key,
            "EPISODES_ID": episode_key,
            "ICD_ID": "cast(d.position as integer)",
            "code": "d.code",
        },
        "join diagnosis as d on d.id = b.record join episode as e on e.id = d.episode "
        "join spell as s on s.id = e.spell",
        own_key={"ICD_ID": 't."ICD_ID" + 50'},
        revised={"code": "'R69X'"},
        broken=({"EPISODES_ID": "null"}, {"code": "null"}, {"code": "'?'"}),
    )


def _attendances(world: World) -> FeedTable:
    city, seen = world.city, world.hospital.attendance
    rng = world.rng("attendance records")
    registration = world.identities.of(rng, seen["provider"], seen["person"])
    spell_row = seen["spell"] >= 0
    no_number = chance(rng, settings.ACUTE_MISSING_PER_RECORD, len(registration))
    base = base_rows(
        np.arange(len(registration)),
        city.months.of(seen["day"]),
        seen["provider"],
        registration=registration,
        no_number=no_number,
        postcode=world.postcode_at(seen["person"], seen["day"], registration),
        led=spell_row,
    )
    leaves = "n.day_date + cast((n.minute + n.stay_minutes) // 1440 as integer)"
    return FeedTable(
        _FEED,
        "emergency_care",
        settings.ACUTE,
        base,
        {
            "attendance.unique_identifier": (
                f"{_PROVIDER.format('n')} || '-A' || lpad(cast(n.id as varchar), 9, "
                "'0')"
            ),
            "system.record.provider": _PROVIDER.format("n"),
            "attendance.location.site": (
                "case when n.provider = 1 then 'RAE01' when n.id % 5 < 3 then 'RR801' "
                "else 'RR813' end"
            ),
            "attendance.location.department_type": key("", "n.department", 2),
            "patient.nhs_number.value": _number("r.nhs_number"),
            "patient.nhs_number.status": _STATUS_OF_NUMBER,
            "patient.local_patient_identifier.value": "r.local_id",
            "patient.name.forename": "r.forename",
            "patient.name.surname": "r.surname",
            "patient.birth_date": "r.birth_date",
            "patient.stated_gender": "r.sex",
            "patient.ethnic_category": "r.ethnic",
            "patient.usual_address.postcode": "a.postcode",
            "patient.usual_address.lsoa_11": "a.lsoa11",
            "attendance.arrival.date": "n.day_date",
            "attendance.arrival.time": "clock(n.minute)",
            "attendance.arrival.arrival_mode.code": (
                "case when n.ambulance then '1048031000000100' "
                "when n.id % 4 = 0 then '1048061000000105' else '1048071000000103' end"
            ),
            "attendance.arrival.attendance_category": "cast(n.category as varchar)",
            "attendance.arrival.ambulance_incident_number": (
                "case when n.ambulance then 'Y' || lpad(cast(n.id as varchar), 9, "
                "'0') end"
            ),
            "attendance.departure.date": leaves,
            "attendance.departure.time": "clock((n.minute + n.stay_minutes) % 1440)",
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
