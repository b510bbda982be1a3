"""The tables and SQL macros that feeds are written with."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from synthetic_city.city.people import ETHNIC
from synthetic_city.city.registrations import PRACTICES_A_WARD
from synthetic_city.city.world import World
from synthetic_city.draw import Array, take
from synthetic_city.tables import dated, load, to_arrow


def load_lookups(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """Make the tables that feeds join: registration, person, postcode, spell, ..."""
    con.execute(
        "create macro clock(m) as lpad(cast(m // 60 as varchar), 2, '0') || ':' || "
        "lpad(cast(m % 60 as varchar), 2, '0') || ':00'"
    )
    con.execute(
        """
        create macro quoted(text) as
        case
            when
                contains(text, ',') or contains(text, '"') or contains(text, ';')
                or contains(text, '|') or contains(text, chr(9))
                then '"' || replace(text, '"', '""') || '"'
            else text
        end
        """
    )
    con.execute("create macro nhs(n) as case when n > 0 then cast(n as varchar) end")
    _load_people(con, world)
    _load_places(con, world)
    _load_events(con, world)


def practice_code(number: Array) -> list[str]:
    """Invented codes of GP practices."""
    return [f"SY{n + 1:04d}" for n in number.tolist()]


def cqc_location(number: Array) -> list[str]:
    """Invented CQC location ids of care homes."""
    return [f"1-9{n + 1:08d}" for n in number.tolist()]


def _load_people(con: duckdb.DuckDBPyConnection, world: World) -> None:
    who, registers = world.people.person, world.registers
    texts = pa.array(world.names.texts)
    ethnic = np.where(
        world.rng("ethnic category not stated").random(world.people.count) < 0.05,
        ETHNIC.index("Z"),
        who["ethnic"],
    )
    person = to_arrow(
        {
            "birth_date": who["birth"],
            "death_date": who["death"],
            "sex": who["female"] + 1,
            "nhs_number": registers.nhs_number,
            "old_number": registers.old_number,
        }
    )
    person = person.append_column("ethnic", pa.array(ETHNIC).take(pa.array(ethnic)))
    for column in ("forename", "surname"):
        person = person.append_column(column, texts.take(pa.array(who[column])))
    load(con, "person", person)
    own = dict(world.identities.registration)
    forename, surname = own.pop("forename"), own.pop("surname")
    registration = to_arrow(dated(own, "birth"))
    registration = registration.append_column(
        "forename", texts.take(pa.array(forename))
    )
    registration = registration.append_column("surname", texts.take(pa.array(surname)))
    load(con, "incoming_registration", registration)
    con.execute(
        """
        create table registration as
        select
            r.id,
            r.person,
            case r.organisation
                when 0 then 'R' when 1 then 'A' when 3 then 'V' when 5 then 'L' else ''
            end || lpad(cast(r.local as varchar), 8, '0') as local_id,
            nhs(r.nhs_number) as nhs_number,
            nhs(r.nhs_number_beds) as nhs_number_beds,
            nhs(r.nhs_number_delays) as nhs_number_delays,
            '0' || cast(r.status as varchar) as status,
            r.forename,
            r.surname,
            r.birth_date,
            cast(r.sex as varchar) as sex,
            p.ethnic,
            p.death_date,
            r.local % 5 > 0 as death_known
        from incoming_registration as r
        join person as p on p.id = r.person
        order by r.id
        """
    )
    con.execute("drop table incoming_registration")


def _load_places(con: duckdb.DuckDBPyConnection, world: World) -> None:
    geo = world.geo
    lsoa = geo.postcode_lsoa
    inside = lsoa >= 0
    load(
        con,
        "postcode",
        pa.table(
            {
                "postcode": pa.array(geo.postcode_text),
                "lsoa21": pa.array(geo.lsoa21).take(pa.array(lsoa, mask=~inside)),
                "lsoa11": pa.array(geo.lsoa11).take(pa.array(lsoa, mask=~inside)),
            }
        ),
    )
    practices = np.arange(len(geo.ward["people"]) * PRACTICES_A_WARD)
    load(con, "practice", pa.table({"code": pa.array(practice_code(practices))}))
    home = world.homes.home
    homes = to_arrow(
        dated(
            {k: home[k] for k in ("postcode", "opened", "closed", "beds", "nursing")},
            "opened",
            "closed",
        )
    )
    homes = homes.append_column(
        "cqc", pa.array(cqc_location(np.arange(len(home["beds"]))))
    )
    load(con, "home", homes.append_column("name", pa.array(world.homes.names)))
    load(
        con,
        "practice_spell",
        to_arrow(dated(world.registers.practice, "from_day", "to_day")),
    )


def _load_events(con: duckdb.DuckDBPyConnection, world: World) -> None:
    hospital = world.hospital
    spell = dict(hospital.spell)
    led = np.flatnonzero(hospital.attendance["spell"] >= 0)
    by_ambulance = led[hospital.attendance["ambulance"][led]]
    incident = np.full(len(spell["person"]), -1)
    incident[hospital.attendance["spell"][by_ambulance]] = by_ambulance
    spell["incident"] = incident
    load(con, "spell", to_arrow(dated(spell, "start", "end", "ready")))
    load(con, "episode", to_arrow(dated(hospital.episode, "start", "end")))
    load(
        con,
        "diagnosis",
        to_arrow(hospital.diagnosis).set_column(
            2,
            "code",
            pa.array(hospital.codes).take(pa.array(hospital.diagnosis["code"])),
        ),
    )
    columns = ("hrg", "price", "specialty", "function", "procedure")
    load(
        con,
        "reason",
        pa.table(
            {c: pa.array([g[c] or None for g in hospital.groups]) for c in columns}
        ),
    )
    load(con, "attendance", to_arrow(dated(hospital.attendance, "day")))
    community = world.community
    referral = to_arrow(dated(community.referral, "start", "end"))
    load(con, "referral", referral)
    load(con, "team", pa.table({"team": community.teams, "reason": community.reasons}))
    load(con, "contact", to_arrow(dated(community.contact, "day")))
    load(
        con, "bed", to_arrow(dated(community.bed, "start", "end", "ready", "referred"))
    )
    mental = world.mental
    load(con, "mh_referral", to_arrow(dated(mental.referral, "start", "end")))
    load(con, "mh_contact", to_arrow(dated(mental.contact, "day")))
    load(
        con,
        "mh_spell",
        to_arrow(dated(mental.spell, "start", "end", "delay_start", "delay_end")),
    )
    load(con, "social", to_arrow(dated(world.social, "start", "end")))
    listed = take(world.delays.listed, np.arange(len(world.delays.listed["delay"])))
    listed["bed"] = world.delays.true["bed"][listed["delay"]]
    load(con, "listed", to_arrow(dated(listed, "start", "end")))
    need = dated(world.needs.assessment, "day", "goals_day", "home_care_day")
    load(con, "need", to_arrow(need))
