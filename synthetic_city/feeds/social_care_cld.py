"""social_care_cld: Client Level Data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from synthetic_city import settings
from synthetic_city.city.social_care import (
    ASSESSMENTS,
    CLIENTS,
    EVENTS,
    OUTCOMES,
    REASONS,
    ROUTES,
    SERVICE,
    SERVICES,
)
from synthetic_city.city.world import COUNCIL, World
from synthetic_city.delivery.feed_table import FeedTable
from synthetic_city.draw import Array, Frame, stack, take
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    later,
    marked,
    rolling,
)
from synthetic_city.gone_wrong import iso, numbered

_FEED, _TABLE = "social_care_cld", "Adult_Social_Care_CLD"
_FUNDING = (
    "Fully client funded",
    "Joint client and social care funded",
    "Fully social care funded",
)
_TENURE = (
    "Owner occupier or shared ownership scheme",
    "Tenant: LA or other social housing",
    "Tenant: Private landlord",
    "Sheltered housing, extra care housing or other sheltered housing",
)


def _price(position: int) -> str:
    values = ", ".join(str(s[position]) for s in SERVICES)
    return f"list_extract([{values}], e.service + 1)"


def _as_listed(world: World, registration: Array) -> Frame:
    """Events by the quarters whose returns list them, some of them wrongly.

    Returns record, period, provider, key and counted as a base does, and what the
    return says: home, later (days that the first day is after the true one), lapsed
    (open after its end), keeps_number and covered_from_date.
    """
    city, event, wrong = world.city, world.social, world.gone_wrong
    quarters, last_quarter = city.quarters, len(city.quarters) - 1
    start, end, size = event["start"], event["end"], len(event["start"])
    at, quarter = rolling(quarters, start, end)
    rows = base_rows(
        at,
        quarter,
        0,
        key=at,
        counted=np.ones(len(at), dtype=bool),
        home=event["home"][at],
        later=np.zeros(len(at), dtype=np.int64),
        lapsed=np.zeros(len(at), dtype=bool),
        keeps_number=np.zeros(len(at), dtype=bool),
    )
    local = np.array(
        numbered("L", world.identities.registration["local"][registration], 8)
    )

    def note(kind: str, events: Array, days: Array, expected: Array) -> None:
        told = local[events].tolist(), iso(days), iso(expected)
        wrong.note(kind, _FEED, _TABLE, settings.COUNCIL, *told)

    first, last = quarters.of(start), quarters.of(np.minimum(end, city.last_day))
    able = (event["kind"] == SERVICE) & (event["client"] == 0)
    # The last returns are left to what they withdraw.
    able &= (start >= city.first_day) & (first < last_quarter - 4)

    death = world.people.person["death"][event["person"]]
    lapsed = wrong.pick(
        "open_after_death", able & (end == death) & (last < last_quarter - 4)
    )
    able[lapsed] = False
    rows["lapsed"] = np.isin(at, lapsed)
    more = [
        take(
            {**rows, "period": quarter + n}, np.isin(at, lapsed) & (quarter == last[at])
        )
        for n in (1, 2)
    ]
    note("open_after_death", lapsed, start[lapsed], end[lapsed])

    homes = len(world.homes.home["beds"])
    funded = able & (event["home"] >= 0) & (end - start > 90) & (homes > 1)
    elsewhere = wrong.pick("two_care_homes", funded)
    able[elsewhere] = False
    begun = start + 40
    ended = np.minimum(end, city.last_day)
    second = take(rows, np.isin(at, elsewhere) & (quarter >= quarters.of(begun)[at]))
    second["key"] = second["record"] + size
    second["home"] = (second["home"] + 1) % homes
    second["later"] = np.full(len(second["record"]), 40)
    note("two_care_homes", elsewhere, begun[elsewhere], ended[elsewhere])

    able &= (event["home"] < 0) & (last > first) & (quarters.of(start + 3) == first)
    corrected = wrong.pick("corrected_start", able)
    rows["keeps_number"] = np.isin(at, corrected)
    early = rows["keeps_number"] & (quarter == first[at])
    rows["later"] = 3 * early
    rows["counted"] = ~early
    note("corrected_start", corrected, start[corrected], start[corrected] + 3)

    listed = stack([rows, *more, second])
    return (
        _with_a_year(world, listed, note)
        if city.dirty
        else {**listed, "covered_from_date": quarters.first[listed["period"]]}
    )


def _with_a_year(
    world: World, listed: Frame, note: Callable[[str, Array, Array, Array], None]
) -> Frame:
    """The same events, when the last return lists those of twelve months.

    Some that it covers from their first day are not in it: they are withdrawn.
    """
    event, quarters = world.social, world.city.quarters
    final = len(quarters) - 1
    covered_from = quarters.first[max(final - 3, 0)]
    key, quarter = listed["key"], listed["period"]
    start = event["start"]
    last = np.zeros(int(key.max()) + 1, dtype=np.int64)
    np.maximum.at(last, key, quarter)
    able = np.zeros(len(start), dtype=bool)
    able[key[(key < len(start)) & (quarter == final - 1)]] = True
    able &= (start >= covered_from) & (start < quarters.first[final])
    withdrawn = world.gone_wrong.pick("withdrawn", able)
    note("withdrawn", withdrawn, start[withdrawn], start[withdrawn])
    listed["counted"] &= ~np.isin(key, withdrawn)
    again = (quarter == last[key]) & (quarter >= final - 3) & (quarter < final)
    again &= ~np.isin(key, withdrawn)
    repeated = take(listed, again)
    repeated["period"] = np.full(len(repeated["record"]), final)
    listed = take(listed, ~(np.isin(key, withdrawn) & (quarter == final)))
    listed = stack([listed, repeated])
    listed["covered_from_date"] = np.where(
        listed["period"] == final, covered_from, quarters.first[listed["period"]]
    )
    return listed


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the one table of social_care_cld."""
    city, event = world.city, world.social
    registration = world.identities.of(
        world.rng("social care records"), COUNCIL, event["person"]
    )
    listed = _as_listed(world, registration)
    at, quarter = listed["record"], listed["period"]
    last = world.people.person["last_day"][event["person"]]
    seen = np.minimum(last[at], city.quarters.last[quarter])
    is_service = f"e.kind = {SERVICE}"
    yield FeedTable(
        _FEED,
        _TABLE,
        (settings.COUNCIL,),
        {
            **listed,
            "registration": registration[at],
            "postcode": world.postcode_at(event["person"][at], seen, registration[at]),
        },
        {
            "LA Code": f"'{settings.LOCAL_AUTHORITY}'",
            "Reporting Period Start Date": "b.covered_from_date",
            "Reporting Period End Date": "b.period_end_date",
            "NHS Number": "r.nhs_number",
            "LA Person Unique Identifier": "r.local_id",
            "Forename": "r.forename",
            "Surname": "r.surname",
            "Date of Birth": "r.birth_date",
            "Postcode": "a.postcode",
            "dmLsoaFromSubmittedPostcode": "a.lsoa21",
            "Gender": "case when r.sex = '1' then 'Male' else 'Female' end",
            "Ethnicity": "r.ethnic",
            "Client Type": choice(CLIENTS, "e.client"),
            "Primary Support Reason": choice(REASONS, "e.reason"),
            "Accommodation Status": (
                "case when b.home >= 0 and h.nursing then 'Registered nursing home' "
                "when b.home >= 0 then 'Registered care home' else "
                f"{choice(_TENURE, 'e.tenure')} end"
            ),
            "Client Funding Status": (
                f"case when {is_service} then {choice(_FUNDING, 'e.funding')} end"
            ),
            "Event Type": choice(EVENTS, "e.kind"),
            "Event Reference": (
                "case when b.keeps_number then 'K' || cast(e.id as varchar) "
                "else 'E' || cast((e.id * 101 + b.period * 13 + b.nn * 7) % 9999991 as "
                "varchar) end"
            ),
            "Event Start Date": later("e.start_date"),
            "Event End Date": f"case when not b.lapsed then {as_of('e.end_date')} end",
            "Event Outcome": (
                "case when e.end_date <= b.period_end_date and not b.lapsed then "
                f"{choice(OUTCOMES, 'e.outcome')} end"
            ),
            "Request: Route of Access": choice(ROUTES, "e.route"),
            "Assessment Type": choice(ASSESSMENTS, "e.assessment"),
            "Service Type": choice([s[0] for s in SERVICES], "e.service"),
            "Service Component": choice([s[1] for s in SERVICES], "e.service"),
            "Delivery Mechanism": (
                "case when e.service = 3 then 'Direct payment' when e.service in (2, "
                "4, 5) "
                "then 'CASSR managed personal budget' when e.service >= 0 "
                "then 'CASSR commissioned support' end"
            ),
            "Provider CQC Location ID": "h.cqc",
            "Unit Cost": (
                f"case when {is_service} then cast(round({_price(2)} * e.factor, 2) "
                "as double) end"
            ),
            "Cost Frequency (Unit Type)": choice([s[3] for s in SERVICES], "e.service"),
            "Planned units per week": (
                f"case when {is_service} and e.service <> 9 then "
                f"cast(round({_price(4)} * e.factor) as double) end"
            ),
        },
        "join social as e on e.id = b.record join registration as r on r.id = "
        "b.registration "
        "join postcode as a on a.id = b.postcode left join home as h on h.id = b.home",
        own_key={"LA Person Unique Identifier": marked("LA Person Unique Identifier")},
        revised={"Event Outcome": "'NFA: Other'", "Unit Cost": 't."Unit Cost" + 5'},
        broken=(
            {"Event End Date": earlier("Event Start Date", 10)},
            {"Date of Birth": FUTURE},
            {"Event Type": "'Enquiry'"},
            {"LA Person Unique Identifier": "null"},
            {"Event Start Date": "null"},
        ),
        quarterly=True,
    )
