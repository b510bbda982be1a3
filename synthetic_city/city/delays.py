"""Delayed transfers of care: what is true, and what each organisation's list says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_city import settings
from synthetic_city.city.community import Community
from synthetic_city.city.community_beds import SITES
from synthetic_city.city.geography import calibration
from synthetic_city.city.hospital import Hospital
from synthetic_city.city.mental_health import MentalHealth
from synthetic_city.draw import OPEN, Array, Frame, Rng, chance, part, pick, stack, take

ORGANISATIONS = ("RR8", "RY6", "RGD", "E08000035")
COUNCIL = 3
BODIES = ("NHS", "Social Care", "Both")
# Chance that an organisation lists a delay in its own beds.
_OWN_BEDS = 0.95
# The council lists delays elsewhere by responsible body, RY6 those that await its care.
_COUNCIL_LISTS = np.array([0.25, 0.88, 0.80])
_COMMUNITY_LISTS = 0.65
_OTHER_REASON, _OTHER_BODY = 0.12, 0.14


@dataclass
class Delays:
    """true: person, bed (position in ORGANISATIONS), start, end (OPEN), pair, setting
    listed: organisation, delay (position in true), start, end (OPEN), pair, setting
    pairs: reason and body of each allowed pair; wordings by reason.
    """

    true: Frame
    listed: Frame
    pair_reason: list[str]
    pair_body: list[str]
    wording: dict[str, str]
    all_settings: list[str]


def draw_delays(
    city: settings.City,
    hospital: Hospital,
    community: Community,
    mental: MentalHealth,
) -> Delays:
    """Draw the true delays and every organisation's list of them."""
    rng = part(city.seed, "delays")
    rows = calibration("delay_reason")
    pairs = [
        (r, body, float(r[column]))
        for r in rows
        for body, column in zip(BODIES, ("nhs", "social_care", "both"), strict=True)
        if float(r[column]) > 0
    ]
    all_settings = sorted({s for r in rows for s in r["settings"].split("|")})
    true = _true_delays(hospital, community, mental)
    weight = np.array([p[2] for p in pairs])
    size = len(true["person"])
    true["pair"] = pick(rng, weight, size)
    options = [
        [all_settings.index(s) for s in p[0]["settings"].split("|")] for p in pairs
    ]
    width = max(len(o) for o in options)
    table = np.array([np.resize(o, width) for o in options])
    true["setting"] = table[true["pair"], rng.integers(0, width, size)]
    listed = _lists(
        rng, city, true, weight, [p[0]["reason"] for p in pairs], [p[1] for p in pairs]
    )
    return Delays(
        true,
        listed,
        [p[0]["reason"] for p in pairs],
        [p[1] for p in pairs],
        {r["reason"]: r["wording"] for r in rows},
        all_settings,
    )


def _true_delays(
    hospital: Hospital, community: Community, mental: MentalHealth
) -> Frame:
    """Delays in beds of RR8, RY6 and RGD: from ready to leave until discharge."""
    spell, bed, psychiatric = hospital.spell, community.bed, mental.spell
    acute = (spell["provider"] == 0) & (spell["ready"] < spell["end"])
    acute &= (spell["delayed"] > 0) & (spell["ready"] < OPEN)
    of_ry6 = np.array([site[0] == settings.COMMUNITY for site in SITES])[bed["site"]]
    beds = of_ry6 & (bed["ready"] < bed["end"]) & (bed["ready"] < OPEN)
    minds = psychiatric["delay_start"] < OPEN
    frames = []
    for number, (stay, rows, start, end) in enumerate(
        (
            (spell, acute, "ready", "end"),
            (bed, beds, "ready", "end"),
            (psychiatric, minds, "delay_start", "delay_end"),
        )
    ):
        at = np.flatnonzero(rows)
        frames.append(
            {
                "person": stay["person"][at],
                "bed": np.full(len(at), number),
                "start": stay[start][at],
                "end": stay[end][at],
                "stay_start": stay["start"][at],
            }
        )
    true = stack(frames)
    return take(true, np.lexsort((true["person"], true["bed"], true["start"])))


def _lists(
    rng: Rng,
    city: settings.City,
    true: Frame,
    weight: Array,
    reasons: list[str],
    bodies: list[str],
) -> Frame:
    """Each organisation's list: some delays missing, some dates or reasons wrong."""
    size = len(true["person"])
    body = np.array([BODIES.index(b) for b in bodies])[true["pair"]]
    for_community = np.isin(np.array(reasons)[true["pair"]], ("C", "F", "E", "A"))
    frames = []
    for number, _ in enumerate(ORGANISATIONS):
        own = true["bed"] == number
        share = np.where(own, _OWN_BEDS, 0.0)
        if number == COUNCIL:
            share = _COUNCIL_LISTS[body]
        if number == 1:
            share = np.where(
                own,
                _OWN_BEDS,
                np.where(for_community & (true["bed"] == 0), _COMMUNITY_LISTS, 0.0),
            )
        at = np.flatnonzero(chance(rng, share, size))
        count = len(at)
        own_list = own[at]
        shift = np.where(
            own_list,
            pick(rng, (80, 12, 8), count),
            pick(rng, (25, 30, 20, 15, 10), count),
        )
        start = true["start"][at] + shift
        late = np.where(own_list, 0, pick(rng, (55, 25, 12, 8), count))
        end = np.where(
            true["end"][at] >= OPEN, OPEN, np.maximum(true["end"][at] + late, start)
        )
        end = np.where(end > city.last_day, OPEN, end)
        pair = true["pair"][at]
        pair = np.where(
            chance(rng, np.where(own_list, 0.03, _OTHER_REASON), count),
            pick(rng, weight, count),
            pair,
        )
        # Another responsible body, where the reason allows one.
        other = pair + rng.choice([-1, 1], count)
        other = np.clip(other, 0, len(weight) - 1)
        same_reason = np.array(reasons)[other] == np.array(reasons)[pair]
        disagrees = chance(rng, np.where(own_list, 0.03, _OTHER_BODY), count)
        pair = np.where(disagrees & same_reason, other, pair)
        fits = start <= np.minimum(true["end"][at], city.last_day)
        frames.append(
            take(
                {
                    "organisation": np.full(count, number),
                    "delay": at,
                    "start": start,
                    "end": end,
                    "pair": pair,
                    "setting": true["setting"][at],
                },
                np.flatnonzero(fits),
            )
        )
    return stack(frames)


def returned_days(city: settings.City, delays: Delays) -> Frame:
    """Delayed days by organisation, month, reason and body, from each NHS list.

    Columns organisation, period, pair, days; only delays in the list's own beds.
    """
    listed = delays.listed
    own = listed["organisation"] == delays.true["bed"][listed["delay"]]
    listed = take(listed, np.flatnonzero(own))
    end = np.minimum(listed["end"], city.last_day + 1)
    owner, month = city.months.roll(
        listed["start"], np.maximum(end - 1, listed["start"])
    )
    first = np.maximum(listed["start"][owner], city.months.first[month])
    days = np.minimum(end[owner], city.months.last[month] + 1) - first
    pairs = len(delays.pair_reason)
    months = len(city.months)
    cell = (listed["organisation"][owner] * months + month) * pairs + listed["pair"][
        owner
    ]
    total = np.bincount(cell, np.maximum(days, 0), minlength=3 * months * pairs)
    used = np.flatnonzero(total > 0)
    return {
        "organisation": used // (months * pairs),
        "period": used // pairs % months,
        "pair": used % pairs,
        "days": total[used].astype(np.int64),
    }
