"""Adult social care: requests, assessments, services, reviews; users and carers."""

from __future__ import annotations

import numpy as np

from synthetic_city import settings
from synthetic_city.city.admissions import EMERGENCY
from synthetic_city.city.health import Health
from synthetic_city.city.homes import Homes
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.lifetimes import first_seen
from synthetic_city.city.people import People
from synthetic_city.city.stays import without_overlaps
from synthetic_city.city.wards import Multipliers
from synthetic_city.draw import (
    OPEN,
    YEAR,
    Array,
    Calendar,
    Frame,
    Rng,
    chance,
    part,
    pick,
    poisson_events,
    stack,
    take,
)

EVENTS = ("Request", "Assessment", "Service", "Review")
REQUEST, ASSESSMENT, SERVICE, REVIEW = range(4)
CLIENTS = ("Service user", "Unpaid carer", "Unpaid carer known by association")
ROUTES = (
    "Community / Other route",
    "Discharge from Hospital",
    "Diversion from Hospital Services",
    "Planned Entry (Transition)",
    "Self-Funder",
)
ASSESSMENTS = ("Long term assessment", "Short term assessment")
SERVICES = (
    # service type, component, unit cost, unit, units a week
    (
        "Long term support: Nursing care",
        "Long term nursing care",
        905.0,
        "Per week",
        1.0,
    ),
    (
        "Long term support: Residential care",
        "Long term residential care",
        760.0,
        "Per week",
        1.0,
    ),
    (
        "Long term support: Community",
        "Home support or domiciliary care",
        22.5,
        "Per hour",
        13.0,
    ),
    ("Long term support: Community", "Direct payment", 285.0, "Per week", 1.0),
    ("Long term support: Community", "Day support", 62.0, "Per session", 2.0),
    (
        "Long term support: Community",
        "Community supported living",
        940.0,
        "Per week",
        1.0,
    ),
    ("Long term support: Community", "Extra care housing", 240.0, "Per week", 1.0),
    ("Short term support: ST-Max", "Reablement", 31.0, "Per hour", 8.0),
    (
        "Short term support: Other short term",
        "Short term residential care",
        780.0,
        "Per week",
        1.0,
    ),
    ("Short term support: Ongoing low level", "Equipment", 85.0, "One-off", 1.0),
    ("Short term support: Ongoing low level", "Meals", 38.0, "Per week", 1.0),
    (
        "Unpaid carer support: Direct to unpaid carer",
        "Carer respite",
        120.0,
        "Per week",
        1.0,
    ),
)
NURSING, RESIDENTIAL, HOME_SUPPORT, REABLEMENT = 0, 1, 2, 7
OUTCOMES = (
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Progress to support planning or services",
    "Continuation of support or services",
    "Admitted to hospital",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Information and advice or signposting",
    "NFA: Support declined",
    "NFA: Deceased",
    "NFA: Support ended as planned",
    "NFA: Support ended for other reason",
    "NFA: No services offered for other reason",
)
REASONS = (
    "Physical Support: Personal care support",
    "Physical Support: Access & mobility only",
    "Support with Memory and Cognition",
    "Learning Disability Support",
    "Mental Health Support",
    "Sensory Support: Support for visual impairment",
    "Social Support: Support to carer",
)
# Share of people on a community service at the start, and yearly entries, by age.
_STOCK = ((18, 64, 0.0085), (65, 74, 0.015), (75, 84, 0.039), (85, 200, 0.11))
_ENTRY_AGES = (18, 30, 50, 64, 70, 80, 90)
_ENTRY = (0.0023, 0.0019, 0.0028, 0.0038, 0.007, 0.02, 0.06)
_SERVICE_DAYS = 800.0
_FUNDED_BY_COUNCIL = 0.57
_REABLEMENT = 0.085
_REQUESTS_A_PERSON_YEAR = 0.03


def _event(
    kind: int, person: Array, start: Array, end: Array, **more: Array | int
) -> Frame:
    """Rows of one event type; columns that do not apply are -1."""
    size = len(person)
    frame = {
        "kind": np.full(size, kind),
        "person": person,
        "start": start,
        "end": end,
    }
    for name, default in (
        ("client", 0),
        ("route", -1),
        ("assessment", -1),
        ("service", -1),
        ("home", -1),
        ("outcome", -1),
    ):
        frame[name] = np.broadcast_to(np.asarray(more.get(name, default)), size).copy()
    return frame


def _ended(city: settings.City, end: Array) -> Array:
    return np.where(end > city.last_day, OPEN, end)


def _care_home_services(
    rng: Rng, city: settings.City, people: People, homes: Homes
) -> Frame:
    """Funded stays in care homes; self-funders have none."""
    stay = homes.stay
    funded = chance(rng, _FUNDED_BY_COUNCIL, people.count)[stay["person"]]
    stay = take(stay, np.flatnonzero(funded & (stay["to_day"] >= city.first_day)))
    nursing = homes.home["nursing"][stay["home"]]
    died = people.person["death"][stay["person"]] == stay["to_day"]
    end = _ended(city, stay["to_day"])
    return _event(
        SERVICE,
        stay["person"],
        stay["from_day"],
        end,
        service=np.where(nursing, NURSING, RESIDENTIAL),
        home=stay["home"],
        outcome=np.where(end == OPEN, -1, np.where(died, 8, 10)),
    )


def _community_services(
    rng: Rng,
    city: settings.City,
    people: People,
    health: Health,
    segment: Frame,
    wards: Multipliers,
) -> Frame:
    """Long-term support in the community: those on it at the start, then entrants."""
    need = _need_of_support(people, health, segment, wards)
    at, begin = _entrants(rng, people, segment, need)
    stock, since = _on_support(rng, city, people, segment, need)
    owner = segment["person"][np.r_[stock, at]]
    start = np.r_[since, begin]
    length = (rng.exponential(_SERVICE_DAYS, len(owner))).astype(np.int64) + 10
    planned = np.maximum(start, city.first_day) + length
    who = people.person
    limit = np.minimum(np.minimum(who["death"], who["departure"] - 1), who["care_day"])[
        owner
    ]
    service = {"person": owner, "start": start, "end": np.minimum(planned, limit)}
    service = take(
        service, np.flatnonzero(service["end"] >= np.maximum(start, city.first_day))
    )
    service = without_overlaps(service)
    size = len(service["person"])
    learning = health.has("learning_disability")[service["person"]]
    component = np.where(
        learning,
        2 + pick(rng, (10, 25, 20, 45, 0), size),
        2 + pick(rng, (72, 14, 6, 1, 7), size),
    )
    dead = who["death"][service["person"]] == service["end"]
    end = _ended(city, service["end"])
    outcome = np.where(dead, 8, np.where(chance(rng, 0.5, size), 9, 10))
    return _event(
        SERVICE,
        service["person"],
        service["start"],
        end,
        service=component,
        outcome=np.where(end == OPEN, -1, outcome),
    )


def _need_of_support(
    people: People, health: Health, segment: Frame, wards: Multipliers
) -> Array:
    """(segments,) how much likelier than others of their age; 0 in a care home."""
    person = segment["person"]
    need = (
        1 + 0.9 * health.frail[person] + 9.0 * health.has("learning_disability")[person]
    )
    need = need + 2.0 * health.has("smi")[person] + 1.0 * health.has("dementia")[person]
    need = (
        need
        * np.exp(0.15 * people.person["deprivation"][person])
        * wards.of("social_care")[segment["ward"]]
    )
    whole: Array = need * (segment["home"] < 0)
    return whole


def _entrants(
    rng: Rng, people: People, segment: Frame, need: Array
) -> tuple[Array, Array]:
    """Segments in which people enter a service, and the days on which they do."""
    age = (segment["middle"] - people.person["birth"][segment["person"]]) / YEAR
    rate = np.where(age < 18, 0.0, np.interp(age, _ENTRY_AGES, _ENTRY))
    expected = rate * need * segment["years"]
    expected = (
        expected * (rate * segment["years"]).sum() / max(float(expected.sum()), 1e-9)
    )
    at = poisson_events(rng, expected)
    span = segment["last"][at] - segment["first"][at] + 1
    return at, segment["first"][at] + (rng.random(len(at)) * span).astype(np.int64)


def _on_support(
    rng: Rng, city: settings.City, people: People, segment: Frame, need: Array
) -> tuple[Array, Array]:
    """Segments of people on a service at the start, and since which day."""
    there = np.flatnonzero((segment["first"] == city.first_day) & (segment["home"] < 0))
    birth = people.person["birth"][segment["person"][there]]
    age = (city.first_day - birth) / YEAR
    share = np.zeros(len(there))
    for low, high, value in _STOCK:
        share = np.where((age >= low) & (age < high + 1), value, share)
    weight = share * need[there]
    weight = weight * share.sum() / max(float(weight.sum()), 1e-9)
    stock = there[chance(rng, np.minimum(weight, 0.8), len(there))]
    since = rng.exponential(_SERVICE_DAYS, len(stock)).astype(np.int64)
    return stock, city.first_day - since - 1


def _reablement(
    rng: Rng,
    city: settings.City,
    people: People,
    hospital: Hospital,
    wards: Multipliers,
) -> Frame:
    """ST-Max after discharge from hospital, mostly at 65 and over."""
    who, spell = people.person, hospital.spell
    person = spell["person"]
    age = (spell["start"] - who["birth"][person]) / YEAR
    ward = np.maximum(who["ward"][person], 0)
    goes = (spell["destination"] == "19") & (spell["end"] - spell["start"] >= 2)
    goes &= (spell["kind"] == EMERGENCY) & (who["household"][person] >= 0)
    share = np.where(age >= 65, _REABLEMENT, np.where(age >= 45, 0.012, 0.0))
    share = share * wards.of("social_care")[ward]
    at = np.flatnonzero(goes & chance(rng, share, len(age)))
    lag = np.array([0, 1, 2, 3, 4, 6, -1])[pick(rng, (34, 30, 16, 8, 5, 4, 3), len(at))]
    start = spell["end"][at] + lag
    length = np.clip(np.exp(rng.normal(3.35, 0.5, len(at))), 3, 84).astype(np.int64)
    limit = np.minimum(np.minimum(who["death"], who["departure"] - 1), who["care_day"])[
        person[at]
    ]
    end = np.minimum(start + length, limit)
    service = {"person": person[at], "start": start, "end": end}
    fits = start <= np.minimum(end, city.last_day)
    service = without_overlaps(take(service, np.flatnonzero(fits)))
    dead = who["death"][service["person"]] == service["end"]
    end = _ended(city, service["end"])
    outcome = np.where(
        dead, 8, np.array([9, 2, 7, 4])[pick(rng, (62, 24, 6, 8), len(end))]
    )
    return _event(
        SERVICE,
        service["person"],
        service["start"],
        end,
        service=REABLEMENT,
        outcome=np.where(end == OPEN, -1, outcome),
    )


def _before_services(
    rng: Rng, city: settings.City, people: People, service: Frame
) -> list[Frame]:
    """The request and the assessment that led to each service begun in the period."""
    size = len(service["person"])
    seen = first_seen(city, people.person)[service["person"]]
    asked = np.where(
        service["service"] == REABLEMENT,
        service["start"] - rng.poisson(1.2, size),
        service["start"] - rng.integers(7, 60, size),
    )
    known = (asked >= seen) & chance(rng, 0.85, size)
    short = service["service"] >= REABLEMENT
    route = np.where(
        service["service"] == REABLEMENT, 1, np.where(chance(rng, 0.35, size), 1, 0)
    )
    done = np.minimum(asked + rng.poisson(2, size), service["start"])
    request = _event(
        REQUEST,
        service["person"],
        asked,
        done,
        route=route,
        outcome=np.where(short, 0, 1),
    )
    assessed = np.minimum(done + rng.poisson(4, size), service["start"])
    assessment = _event(
        ASSESSMENT,
        service["person"],
        assessed,
        service["start"],
        assessment=np.where(short, 1, 0),
        outcome=2,
    )
    rows = np.flatnonzero(known)
    return [take(request, rows), take(assessment, rows)]


def _other_requests(
    rng: Rng,
    city: settings.City,
    people: People,
    health: Health,
    segment: Frame,
    wards: Multipliers,
) -> list[Frame]:
    """Requests that lead to nothing, to low-level help, or to support of a carer."""
    who = people.person
    person = segment["person"]
    age = (segment["middle"] - who["birth"][person]) / YEAR
    need = np.interp(age, [17.9, 18, 40, 60, 75, 90], [0, 0.3, 0.4, 0.8, 3, 10])
    need = (
        need
        * (1 + 0.4 * health.frail[person])
        * np.exp(0.15 * who["deprivation"][person])
    )
    need = need * wards.of("social_care")[segment["ward"]] * segment["years"]
    calendar = Calendar.of(city.days, (1.1, 1.1, 1.0, 1.0, 1.0, 0.1, 0.08), 0.0, 0.015)
    return [
        *_requests(rng, city, people, segment, need, calendar),
        *_of_carers(rng, city, people, segment, age, need, calendar),
    ]


def _requests(
    rng: Rng,
    city: settings.City,
    people: People,
    segment: Frame,
    need: Array,
    calendar: Calendar,
) -> list[Frame]:
    """Requests by need, and the low-level services and assessments some lead to."""
    total = _REQUESTS_A_PERSON_YEAR * city.people * city.years
    at = poisson_events(rng, need * total / max(float(need.sum()), 1e-9))
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    person = segment["person"][at]
    size = len(at)
    until = people.person["last_day"][person]
    end = np.minimum(start + rng.poisson(6, size), until)
    result = pick(rng, (34, 12, 10, 30, 14), size)
    outcome = np.array([6, 7, 11, 2, 1])[result]
    route = pick(rng, (70, 15, 8, 1, 6), size)
    requests = _event(
        REQUEST, person, start, _ended(city, end), route=route, outcome=outcome
    )
    low = np.flatnonzero((result == 3) & (end + 10 < until))
    begun = end[low] + rng.integers(1, 10, len(low))
    service = np.array([9, 10, 8])[pick(rng, (70, 18, 12), len(low))]
    length = np.where(service == 9, 0, rng.integers(7, 90, len(low)))
    finish = np.minimum(begun + length, until[low])
    services = _event(
        SERVICE,
        person[low],
        begun,
        _ended(city, finish),
        service=service,
        outcome=np.where(finish > city.last_day, -1, 9),
    )
    assessed = np.flatnonzero(result == 4)
    finish = np.minimum(end[assessed] + rng.poisson(20, len(assessed)), until[assessed])
    assessments = _event(
        ASSESSMENT,
        person[assessed],
        end[assessed],
        _ended(city, finish),
        assessment=0,
        outcome=11,
    )
    return [requests, services, assessments]


def _of_carers(
    rng: Rng,
    city: settings.City,
    people: People,
    segment: Frame,
    age: Array,
    need: Array,
    calendar: Calendar,
) -> list[Frame]:
    """Assessments of unpaid carers, and the respite that most of them lead to."""
    caring = (
        need
        * np.interp(age, [17, 30, 50, 65, 85], [0, 0.4, 1.5, 1.2, 0.15])
        / np.maximum(need, 1e-9)
    )
    caring = np.where(need > 0, caring, 0.0) * segment["years"]
    at = poisson_events(
        rng, caring * 0.006 * city.people * city.years / max(float(caring.sum()), 1e-9)
    )
    start = calendar.draw(rng, segment["first"][at], segment["last"][at])
    person = segment["person"][at]
    until = people.person["last_day"][person]
    carers = _event(
        ASSESSMENT,
        person,
        start,
        np.minimum(start + 14, until),
        client=1,
        assessment=0,
        outcome=2,
    )
    helped = np.flatnonzero(chance(rng, 0.6, len(at)) & (start + 20 < until))
    finish = np.minimum(
        start[helped] + 20 + rng.integers(30, 700, len(helped)), until[helped]
    )
    respite = _event(
        SERVICE,
        person[helped],
        start[helped] + 15,
        _ended(city, finish),
        client=1,
        service=11,
        outcome=np.where(finish > city.last_day, -1, 10),
    )
    return [carers, respite]


def _reviews(rng: Rng, city: settings.City, service: Frame) -> Frame:
    """About one review a year of each long-term service."""
    long = np.flatnonzero((service["service"] <= 6) & (service["client"] == 0))
    frames = []
    last = np.minimum(service["end"][long], city.last_day)
    for year in range(1, int(city.years) + 3):
        day = service["start"][long] + 365 * year + rng.integers(-60, 120, len(long))
        held = (
            (day >= city.first_day) & (day + 5 <= last) & chance(rng, 0.62, len(long))
        )
        rows = long[held]
        frames.append(
            _event(REVIEW, service["person"][rows], day[held], day[held] + 4, outcome=3)
        )
    return stack(frames)


def draw_social_care(
    city: settings.City,
    people: People,
    health: Health,
    homes: Homes,
    segment: Frame,
    wards: Multipliers,
    hospital: Hospital,
) -> Frame:
    """Draw all events, one row per key of the feed.

    Columns kind, person, start, end (OPEN), client, route, assessment, service, home,
    outcome, reason, funding, tenure, factor (of price).
    """
    rng = part(city.seed, "social care")
    care = _care_home_services(rng, city, people, homes)
    community = _community_services(rng, city, people, health, segment, wards)
    reablement = _reablement(rng, city, people, hospital, wards)
    services = stack([care, community, reablement])
    events = [services, *_before_services(rng, city, people, services)]
    events += _other_requests(rng, city, people, health, segment, wards)
    events.append(_reviews(rng, city, services))
    event = stack(events)
    alive = event["start"] <= people.person["last_day"][event["person"]]
    event = take(event, np.flatnonzero(alive & (event["end"] >= event["start"])))
    detail = event["route"] + 10 * event["assessment"] + 100 * event["service"]
    event = take(
        event,
        np.lexsort(
            (detail, event["client"], event["kind"], event["start"], event["person"])
        ),
    )
    detail = event["route"] + 10 * event["assessment"] + 100 * event["service"]
    same = np.ones(len(detail), dtype=bool)
    for column in (
        event["person"],
        event["start"],
        event["kind"],
        event["client"],
        detail,
    ):
        same &= np.r_[False, column[1:] == column[:-1]]
    event = take(event, np.flatnonzero(~same))

    person = event["person"]
    age = (event["start"] - people.person["birth"][person]) / YEAR
    reason = np.where(chance(rng, 0.75, people.count), 0, 1)[person]
    reason = np.where(
        age < 55, np.where(chance(rng, 0.5, people.count)[person], 4, 0), reason
    )
    reason = np.where(health.has("dementia")[person], 2, reason)
    reason = np.where(health.has("learning_disability")[person], 3, reason)
    event["reason"] = np.where(event["client"] == 1, 6, reason)
    event["funding"] = pick(rng, (0, 45, 55), people.count)[person]
    event["tenure"] = pick(rng, (52, 33, 9, 6), people.count)[person]
    event["factor"] = np.round(rng.uniform(0.85, 1.2, people.count), 2)[person]
    return event
