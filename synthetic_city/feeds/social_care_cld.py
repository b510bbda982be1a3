"""social_care_cld: Client Level Data."""

from __future__ import annotations

from collections.abc import Iterator

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
from synthetic_city.feeds.common import (
    FUTURE,
    as_of,
    base_rows,
    choice,
    earlier,
    marked,
    rolling,
)

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


def tables(world: World) -> Iterator[FeedTable]:
    """Yield the one table of social_care_cld."""
    city, event = world.city, world.social
    registration = world.identities.of(
        world.rng("social care records"), COUNCIL, event["person"]
    )
    at, quarter = rolling(city.quarters, event["start"], event["end"])
    last = world.people.person["last_day"][event["person"]]
    seen = np.minimum(last[at], city.quarters.last[quarter])
    is_service = f"e.kind = {SERVICE}"
    yield FeedTable(
        "social_care_cld",
        "Adult_Social_Care_CLD",
        (settings.COUNCIL,),
        base_rows(
            at,
            quarter,
            0,
            registration=registration[at],
            postcode=world.postcode_at(event["person"][at], seen, registration[at]),
        ),
        {
            "LA Code": f"'{settings.LOCAL_AUTHORITY}'",
            "Reporting Period Start Date": "b.period_start_date",
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
                "case when e.home >= 0 and h.nursing then 'Registered nursing home' "
                "when e.home >= 0 then 'Registered care home' else "
                f"{choice(_TENURE, 'e.tenure')} end"
            ),
            "Client Funding Status": (
                f"case when {is_service} then {choice(_FUNDING, 'e.funding')} end"
            ),
            "Event Type": choice(EVENTS, "e.kind"),
            "Event Reference": (
                "'E' || cast((e.id * 101 + b.period * 13 + b.nn * 7) % 9999991 as "
                "varchar)"
            ),
            "Event Start Date": "e.start_date",
            "Event End Date": as_of("e.end_date"),
            "Event Outcome": (
                "case when e.end_date <= b.period_end_date then "
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
        "join postcode as a on a.id = b.postcode left join home as h on h.id = e.home",
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
