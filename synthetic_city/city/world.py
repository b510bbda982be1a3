"""The whole true city, before any organisation writes it down."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from synthetic_city import settings
from synthetic_city.city.community import Community, draw_community
from synthetic_city.city.community_beds import SITES
from synthetic_city.city.delays import Delays, draw_delays
from synthetic_city.city.geography import Geography, draw_geography
from synthetic_city.city.health import Health, draw_health
from synthetic_city.city.homes import Homes, Residence, draw_homes, segments
from synthetic_city.city.hospital import Hospital, draw_hospital
from synthetic_city.city.identities import ORGANISATIONS, Identities, draw_identities
from synthetic_city.city.mental_health import MentalHealth, draw_mental_health
from synthetic_city.city.names import Names
from synthetic_city.city.needs import Needs, draw_needs
from synthetic_city.city.people import People, draw_people
from synthetic_city.city.registrations import Registers, draw_registers
from synthetic_city.city.schemes import Schemes, draw_schemes, settle
from synthetic_city.city.slow_down import SlowDown, plant_slow_down
from synthetic_city.city.social_care import draw_social_care
from synthetic_city.city.wards import Multipliers, draw_multipliers
from synthetic_city.draw import Array, Frame, Rng, part
from synthetic_city.gone_wrong import GoneWrong

RR8, RAE, RY6, VLEEDS, RGD, COUNCIL = range(6)
# Position in identities.ORGANISATIONS of each organisation that keeps a delay list.
DELAY_REGISTERS = np.array([RR8, RY6, RGD, COUNCIL])


@dataclass
class World:
    """Everything true, before any organisation writes it down."""

    city: settings.City
    geo: Geography
    names: Names
    people: People
    wards: Multipliers
    homes: Homes
    residence: Residence
    segment: Frame
    health: Health
    hospital: Hospital
    slow_down: SlowDown
    community: Community
    mental: MentalHealth
    social: Frame
    delays: Delays
    registers: Registers
    identities: Identities
    needs: Needs
    schemes: Schemes
    gone_wrong: GoneWrong = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no records gone wrong."""
        self.gone_wrong = GoneWrong(self.city)

    def rng(self, name: str) -> Rng:
        """Random numbers of one named part."""
        return part(self.city.seed, name)

    def postcode_at(self, person: Array, days: Array, registration: Array) -> Array:
        """Postcode an organisation holds on a day; some keep the first one."""
        keeps = self.identities.registration["keeps_old_address"][registration]
        current = self.residence.at(person, days)
        row = np.where(keeps, self.residence.first(person), current)
        return self.residence.row["postcode"][row]


def draw_world(city: settings.City) -> World:
    """Draw the city part by part; each part has its own random numbers."""
    geo = draw_geography(part(city.seed, "geography"), city.people)
    names = Names.invented()
    wards = draw_multipliers(city, geo)
    people = draw_people(city, geo, names, wards)
    homes, residence = draw_homes(city, geo, people)
    segment = segments(city, geo, residence)
    health = draw_health(city, people, wards)
    schemes = draw_schemes(city, geo)
    hospital = draw_hospital(city, people, health, residence, segment, wards, schemes)
    hospital, slow_down = plant_slow_down(
        city, geo, people, residence, hospital, schemes
    )
    schemes = settle(city, schemes, people, residence, hospital.spell, slow_down.strong)
    community = draw_community(
        city, geo, people, health, residence, segment, wards, hospital
    )
    mental = draw_mental_health(
        city, people, health, residence, segment, wards, hospital, community
    )
    social = draw_social_care(city, people, health, homes, segment, wards, hospital)
    delays = draw_delays(city, hospital, community, mental)
    registers = draw_registers(city, geo, people, residence)
    known = _known(hospital, community, mental, social, delays)
    identities = draw_identities(city, people, names, registers, known)
    needs = draw_needs(city, people, health, hospital, community, homes)
    return World(
        city,
        geo,
        names,
        people,
        wards,
        homes,
        residence,
        segment,
        health,
        hospital,
        slow_down,
        community,
        mental,
        social,
        delays,
        registers,
        identities,
        needs,
        schemes,
    )


def _known(
    hospital: Hospital,
    community: Community,
    mental: MentalHealth,
    social: Frame,
    delays: Delays,
) -> dict[int, Array]:
    """Who is known to each organisation: everyone it has a record of."""
    spell, attendance, bed = hospital.spell, hospital.attendance, community.bed
    bed_register = bed_registers(bed)
    listed = delays.listed
    waiting = delays.true["person"][listed["delay"]]
    register = DELAY_REGISTERS[listed["organisation"]]
    seen = {
        RR8: [
            spell["person"][spell["provider"] == 0],
            attendance["person"][attendance["provider"] == 0],
        ],
        RAE: [
            spell["person"][spell["provider"] == 1],
            attendance["person"][attendance["provider"] == 1],
        ],
        RY6: [community.referral["person"], bed["person"][bed_register == RY6]],
        VLEEDS: [bed["person"][bed_register == VLEEDS]],
        RGD: [mental.referral["person"]],
        COUNCIL: [social["person"]],
    }
    return {
        at: np.concatenate([*persons, waiting[register == at]])
        for at, persons in seen.items()
    }


def bed_registers(bed: Frame) -> Array:
    """Register (position in ORGANISATIONS) of each community bed stay."""
    of_site = np.array([ORGANISATIONS.index(site[0]) for site in SITES])
    return of_site[bed["site"]]
