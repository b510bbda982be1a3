"""better_care_fund: the fund's schemes, who is enrolled in them, and its plan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synthetic_city.city.schemes import (
    EMERGENCY_ADMISSION,
    ENROLS,
    Scheme,
    events_a_year,
    target,
)
from synthetic_city.city.world import World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array
from synthetic_city.feeds.common import base_rows, choice, marked

_PROVIDER = ("15F",)
# Planned value of a financial year, of a quarter, and its yearly change. The levels
# suit a city like this one; a plan says what is wanted, not what will happen.
_PLANS = (
    ("emergency_admissions_65_plus", 22_500.0, 5_625.0, -0.01),
    ("discharged_on_ready_date", 0.74, 0.74, 0.01),
    ("discharge_delay_days", 1.9, 1.9, -0.03),
    ("long_term_admissions_65_plus", 620.0, 155.0, -0.02),
)


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the tables of the feed in the order of its sources."""
    yield _schemes(world)
    yield _people(world)
    yield _plans(world)


def _listed(world: World, first: Array) -> tuple[Array, Array]:
    """Record and quarter, for each quarter from the one before the first day on."""
    last = world.city.quarters.last
    record, quarter = np.nonzero(last + 92 >= first[:, None])
    return record, quarter


def _schemes(world: World) -> FeedTable:
    scheme = world.schemes.scheme
    record, quarter = _listed(world, np.array([s.start for s in scheme]))
    codes = world.geo.ward["code"]
    wards = [";".join(codes[s.wards].tolist()) for s in scheme]
    people, prevented, cost = zip(*(_claims(world, s) for s in scheme), strict=True)
    return FeedTable(
        "better_care_fund",
        "scheme",
        _PROVIDER,
        base_rows(
            record,
            quarter,
            0,
            start_date=np.array([s.start for s in scheme])[record],
            age_from=np.array([s.age_from for s in scheme])[record],
            age_to=np.array([s.age_to for s in scheme])[record],
            ramp=np.array([s.ramp_months for s in scheme])[record],
            effect=np.array([s.claimed_effect for s in scheme])[record],
            people=np.array(people)[record],
            prevented=np.array(prevented)[record],
            cost=np.array(cost)[record],
        ),
        {
            "scheme_id": choice([s.code for s in scheme], "b.record"),
            "scheme_name": choice([s.name for s in scheme], "b.record"),
            "start_date": "b.start_date",
            "age_from": "cast(b.age_from as integer)",
            "age_to": "case when b.age_to < 120 then cast(b.age_to as integer) end",
            "ward_codes": choice(wards, "b.record"),
            "pathway": choice([s.pathway for s in scheme], "b.record"),
            "claimed_people": "cast(b.people as integer)",
            "claimed_effect_percent": "cast(round(100 * b.effect) as double)",
            "claimed_prevented_a_year": "cast(b.prevented as double)",
            "ramp_months": "cast(b.ramp as integer)",
            "cost_a_year": "cast(b.cost as double)",
            "funder": choice([s.funder for s in scheme], "b.record"),
            "evidence": choice([s.evidence for s in scheme], "b.record"),
        },
        "",
        own_key={"scheme_id": marked("scheme_id")},
        revised={"cost_a_year": "t.cost_a_year + 1000"},
        broken=(
            {"scheme_id": "null"},
            {"pathway": "'everything'"},
            {"claimed_effect_percent": "140.0"},
        ),
        quarterly=True,
    )


def _claims(world: World, scheme: Scheme) -> tuple[int, int, int]:
    """People, events prevented a year and yearly cost, as the scheme claims them."""
    people = len(target(scheme, world.segment, world.people))
    hospital = world.hospital
    if scheme.pathway == EMERGENCY_ADMISSION:
        spell = hospital.spell
        emergency = spell["kind"] == 0
        event = {
            "person": spell["person"][emergency],
            "day": spell["start"][emergency],
        }
    else:
        event = {k: hospital.attendance[k] for k in ("person", "day")}
    if scheme is world.schemes.scheme[ENROLS]:
        people = len(world.schemes.enrolled)
        own = np.isin(event["person"], world.schemes.enrolled)
        event = {k: v[own] for k, v in event.items()}
    events = events_a_year(scheme, world.schemes, world.people, world.residence, event)
    prevented = round(scheme.overstated * scheme.claimed_effect * events)
    return round(scheme.overstated * people), prevented, scheme.cost_a_person * people


def _people(world: World) -> FeedTable:
    schemes = world.schemes
    enrols = schemes.scheme[ENROLS]
    at, quarter = _listed(world, np.full(len(schemes.enrolled), enrols.start))
    return FeedTable(
        "better_care_fund",
        "scheme_person",
        _PROVIDER,
        base_rows(schemes.enrolled[at], quarter, 0),
        {
            "scheme_id": f"'{enrols.code}'",
            "nhs_number": "nhs(p.nhs_number)",
        },
        "join person as p on p.id = b.record",
        own_key={"nhs_number": "null"},
        revised={},
        broken=({"nhs_number": "null"}, {"nhs_number": "'1234567890'"}),
        quarterly=True,
    )


def _plans(world: World) -> FeedTable:
    months = np.array(world.city.months.label, dtype="datetime64[M]")
    year = np.unique(months.astype("datetime64[M]").astype(int) // 12 + 1970)
    first = int(year[0])
    rows = [
        (number, at - first, quarter, (whole if quarter == 0 else part), change)
        for at in year.tolist()
        for number, (_, whole, part, change) in enumerate(_PLANS)
        for quarter in range(5)
    ]
    count = len(rows)
    quarters = len(world.city.quarters)
    record = np.tile(np.arange(count), quarters)
    metric, since, quarter, level, change = (
        np.array(column)[record] for column in zip(*rows, strict=True)
    )
    return FeedTable(
        "better_care_fund",
        "metric_plan",
        _PROVIDER,
        base_rows(
            record,
            np.repeat(np.arange(quarters), count),
            0,
            metric=metric,
            year=first + since,
            quarter=quarter,
            value=np.round(level * (1 + change) ** since, 4),
        ),
        {
            "metric_code": choice([p[0] for p in _PLANS], "b.metric"),
            "financial_year": (
                "cast(b.year as varchar) || '/' "
                "|| lpad(cast((b.year + 1) % 100 as varchar), 2, '0')"
            ),
            "quarter": "case when b.quarter > 0 then cast(b.quarter as integer) end",
            "planned_value": "b.value",
        },
        "",
        own_key={"metric_code": marked("metric_code")},
        revised={"planned_value": "t.planned_value * 1.1"},
        broken=(
            {"metric_code": "null"},
            {"quarter": "9"},
            {"planned_value": "-1.0"},
        ),
        quarterly=True,
    )
