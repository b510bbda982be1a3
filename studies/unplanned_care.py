"""How often the planted slow-down of unplanned care is found, and how often another.

For each seed a city is drawn with and without its slow-down. Its true events and
residents are counted by measure, ward and month, as the models would count them, and go
through the same functions as the models' tables. With `--pipeline N` the feeds of the
first N seeds are also written and built whole, with dbt.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from intelligence.unplanned_care.series import find_turning_points
from studies.whole_build import StudyHub
from synthetic_city.city.admissions import EMERGENCY
from synthetic_city.city.geography import draw_geography
from synthetic_city.city.health import draw_health
from synthetic_city.city.homes import draw_homes, segments
from synthetic_city.city.hospital import draw_hospital
from synthetic_city.city.names import Names
from synthetic_city.city.people import draw_people
from synthetic_city.city.schemes import draw_schemes
from synthetic_city.city.slow_down import plant_slow_down, truth_rows
from synthetic_city.city.wards import draw_multipliers
from synthetic_city.draw import Array, day, part
from synthetic_city.settings import City

MEASURES = ("unplanned_attendance", "emergency_admission")
MONTHS_OFF = 2


@dataclass(frozen=True)
class Truth:
    """What was planted in a city: first month, and the change in % of what had come."""

    month: date
    percent: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """What was found in one city: turning points at all, and how near they came."""

    turning_points: int
    city_turning_points: int
    months_off: dict[str, int]
    is_covered: dict[str, bool]


def draw_months(city: City) -> tuple[pa.Table, Truth | None]:
    """Count a city's true events by measure, area and month, with the truth planted."""
    geo = draw_geography(part(city.seed, "geography"), city.people)
    wards = draw_multipliers(city, geo)
    people = draw_people(city, geo, Names.invented(), wards)
    _, residence = draw_homes(city, geo, people)
    segment = segments(city, geo, residence)
    health = draw_health(city, people, wards)
    # What a scheme prevents is a slow-down too: here none prevents anything.
    drawn = draw_schemes(city, geo)
    schemes = replace(
        drawn, scheme=tuple(replace(one, true_effect=0.0) for one in drawn.scheme)
    )
    hospital = draw_hospital(city, people, health, residence, segment, wards, schemes)
    hospital, planted = plant_slow_down(city, geo, people, residence, hospital, schemes)
    size = len(geo.ward["people"]), len(city.months)

    def counted(person: Array, days: Array) -> Array:
        lsoa = residence.row["lsoa"][residence.at(person, days)]
        cell = geo.lsoa["ward"][lsoa] * size[1] + city.months.of(days)
        return np.bincount(cell[lsoa >= 0], minlength=size[0] * size[1]).reshape(size)

    resident = np.zeros(size)
    for month in range(size[1]):
        first, last = city.months.first[month], city.months.last[month]
        lived = np.minimum(segment["last"], last) - np.maximum(segment["first"], first)
        weight = np.maximum(lived + 1, 0)
        resident[:, month] = np.bincount(segment["ward"], weight, minlength=size[0])
    spell, attendance = hospital.spell, hospital.attendance
    emergency = (spell["kind"] == EMERGENCY) & ~spell["came_by_transfer"]
    by_ambulance = np.zeros(len(emergency), dtype=bool)
    led = attendance["spell"] >= 0
    by_ambulance[attendance["spell"][led]] = attendance["ambulance"][led]
    age = (spell["start"] - people.person["birth"][spell["person"]]) / 365.25
    unplanned = attendance["category"] != 4
    counts: dict[str, Array] = {}
    for name, chosen in {
        "unplanned_attendance": unplanned,
        "unplanned_attendance_type_1": unplanned & (attendance["department"] == 1),
        "unplanned_attendance_type_3": unplanned & (attendance["department"] == 3),
    }.items():
        counts[name] = counted(attendance["person"][chosen], attendance["day"][chosen])
    for name, chosen in {
        "emergency_admission": emergency,
        "emergency_admission_20_64": emergency & (age >= 20) & (age < 65),
        "emergency_admission_65_74": emergency & (age >= 65) & (age < 75),
        "emergency_admission_75_84": emergency & (age >= 75) & (age < 85),
        "emergency_admission_85_plus": emergency & (age >= 85),
        "ambulance_emergency_admission": emergency & by_ambulance,
        "zero_day_emergency_admission": emergency & (spell["start"] == spell["end"]),
    }.items():
        counts[name] = counted(spell["person"][chosen], spell["start"][chosen])
    months = city.months.first.astype("datetime64[D]")
    parts = []
    for measure, of_wards in counts.items():
        for area in range(-1, size[0]):
            rows = slice(None) if area < 0 else slice(area, area + 1)
            parts.append(
                pa.table(
                    {
                        "measure": [measure] * size[1],
                        "neighbourhood_id": [f"ward:{area}" if area >= 0 else "city"]
                        * size[1],
                        "month_start_date": months,
                        "event_count": of_wards[rows].sum(axis=0),
                        "case_count": of_wards[rows].sum(axis=0),
                        "person_days": resident[rows].sum(axis=0).astype(np.int64),
                        "is_complete_month": [True] * size[1],
                        "is_city": [area < 0] * size[1],
                    }
                )
            )
    rows_of_truth = [
        dict(
            zip(
                ("measure", "dimension", "part", "month", "lost", "left"),
                row,
                strict=True,
            )
        )
        for row in truth_rows(city, geo, planted)
    ]
    return pa.concat_tables(parts), read_truth(rows_of_truth)


def read_truth(rows: list[dict[str, Any]]) -> Truth | None:
    """Take the city's change from the rows of the truth; None for a city without."""
    of_city = [row for row in rows if row["dimension"] == "city"]
    if not of_city:
        return None
    return Truth(
        date.fromisoformat(of_city[0]["month"]),
        {
            row["measure"]: -100
            * int(row["lost"])
            / (int(row["lost"]) + int(row["left"]))
            for row in of_city
        },
    )


def judge(found: list[dict[str, Any]], truth: Truth | None) -> Outcome:
    """Hold the turning points found against the truth.

    found: rows as find_turning_points gives them. A measure is on time when it has one
    turning point nearest the planted month; months_off is 99 when it has none.
    """
    points = [row for row in found if row["turning_point_number"] > 0]
    of_city = [row for row in points if str(row["neighbourhood_id"]).startswith("city")]
    off, covered = {}, {}
    if truth:
        for measure in MEASURES:
            mine = [row for row in of_city if row["measure"] == measure]
            off[measure], covered[measure] = 99, False
            for row in mine:
                turned = row["turning_month_date"]
                apart = (turned.year - truth.month.year) * 12
                apart += turned.month - truth.month.month
                if abs(apart) < abs(off[measure]):
                    off[measure] = apart
                    covered[measure] = (
                        row["events_change_percent_lower"]
                        <= truth.percent[measure]
                        <= row["events_change_percent_upper"]
                    )
    return Outcome(len(points), len(of_city), off, covered)


def try_seed(people: int, seed: int, slow_down: bool) -> tuple[Outcome, Truth | None]:
    """Draw, examine and judge one city from its true events."""
    city = City(
        people,
        day("2020-04-01"),
        day("2025-03-31"),
        seed,
        True,
        Path(),
        slow_down=slow_down,
    )
    months, truth = draw_months(city)
    none = pa.table(
        {
            name: pa.array([], pa.string())
            for name in (
                "series",
                "measure",
                "month_start_date",
                "event_count",
                "denominator",
            )
        }
    )
    return judge(find_turning_points(months, none).to_pylist(), truth), truth


def try_pipeline(
    people: int, seed: int, built: StudyHub
) -> tuple[Outcome, Truth | None]:
    """Write the feeds of a city with a slow-down, build all with dbt, and judge."""
    built.empty()
    built.write_city(people, seed)
    built.run_models("+fct_unplanned_care_contribution")
    with duckdb.connect(str(built.build / "hub.duckdb"), read_only=True) as hub:
        found = hub.sql(
            "from hub.intermediate.int_unplanned_care__turning_points"
        ).to_arrow_table()
    truth_file = built.city / "truth" / "unplanned_care.csv"
    with truth_file.open(encoding="utf-8") as lines:
        rows = [
            {
                "measure": row["measure"],
                "dimension": row["dimension"],
                "month": row["first_month"],
                "lost": row["prevented_count"],
                "left": row["left_count"],
            }
            for row in csv.DictReader(lines)
        ]
    truth = read_truth(rows)
    return judge(found.to_pylist(), truth), truth


def _line(name: str, outcome: Outcome) -> str:
    found = f"{outcome.city_turning_points:>3} city {outcome.turning_points:>3} all"
    text = f"{name:<18}{found}"
    for measure, off in outcome.months_off.items():
        size = "size inside" if outcome.is_covered[measure] else "size outside"
        text += f"   {measure} {off if off < 99 else 'none':>4} {size}"
    return text


def main(given: list[str] | None = None) -> int:
    """Run the trial and print a line a city and the shares; 1 when they are too low."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.unplanned_care", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--pipeline", type=int, default=0, help="seeds to build whole")
    asked = parser.parse_args(given)
    seeds = range(1, asked.seeds + 1)
    with_one, without = [], []
    for seed in seeds:
        outcome, _ = try_seed(asked.people, seed, True)
        print(_line(f"seed {seed}", outcome), flush=True)
        with_one.append(outcome)
        outcome, _ = try_seed(asked.people, seed, False)
        print(_line(f"seed {seed} without", outcome), flush=True)
        without.append(outcome)
    with tempfile.TemporaryDirectory() as scratch:
        for seed in seeds[: asked.pipeline]:
            outcome, _ = try_pipeline(asked.people, seed, StudyHub(Path(scratch)))
            print(_line(f"seed {seed} pipeline", outcome), flush=True)
    shares = {}
    for measure in MEASURES:
        off = [abs(outcome.months_off[measure]) <= MONTHS_OFF for outcome in with_one]
        inside = [outcome.is_covered[measure] for outcome in with_one]
        shares[f"{measure} within {MONTHS_OFF} months"] = (np.mean(off), 0.9)
        shares[f"{measure} size in the interval"] = (np.mean(inside), 0.9)
    calm = [outcome.turning_points == 0 for outcome in without]
    shares["none found where there is none"] = (np.mean(calm), 0.95)
    for name, (share, wanted) in shares.items():
        print(f"{name}: {share:.0%} of {asked.seeds} seeds (at least {wanted:.0%})")
    return int(any(share < wanted for share, wanted in shares.values()))


if __name__ == "__main__":
    sys.exit(main())
