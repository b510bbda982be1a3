"""reference: files of the city with the names and columns of the published ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np

from synthetic_city.city.geography import Geography, calibration_file
from synthetic_city.city.world import World
from synthetic_city.draw import YEAR, Array, Rng, day

_PLACE = "Leeds"
_LTLA = "E08000035"
_OLDEST_PUBLISHED = 90
# Yearly growth to 2043 by age, after the published 85+ path of 15,953 (2018) to 25,620.
_GROWTH_AGES = (0, 18, 50, 65, 75, 85, 90)
_GROWTH = (0.0, 0.002, 0.002, 0.006, 0.014, 0.019, 0.020)


def write_reference(world: World, folder: Path) -> None:
    """Write all reference files into a new folder."""
    folder.mkdir(parents=True)
    geo, rng = world.geo, world.rng("reference files")
    lsoa_names = [
        f"{_PLACE} {ward + 1:03d}{chr(65 + number)}"
        for ward, number in zip(
            geo.lsoa["ward"].tolist(), geo.lsoa["number"].tolist(), strict=True
        )
    ]
    lsoa11, first = np.unique(geo.lsoa11, return_index=True)
    of_lsoa11 = np.searchsorted(lsoa11, geo.lsoa11)
    names11 = [lsoa_names[at] for at in first.tolist()]
    by_age = _people_by_lsoa_and_age(world)
    by_age11 = np.zeros((len(lsoa11), _OLDEST_PUBLISHED + 1), dtype=np.int64)
    np.add.at(by_age11, of_lsoa11, by_age)
    _write_wards(geo, folder, lsoa_names)
    _write_successors(geo, folder, lsoa_names, [names11[at] for at in of_lsoa11])
    _write_population(folder, names11, lsoa11.tolist(), by_age11)
    _write_imd(geo, rng, folder, lsoa11.tolist(), of_lsoa11)
    _write_projection(world, folder)
    _write_outlines(folder)


def _write_wards(geo: Geography, folder: Path, lsoa_names: list[str]) -> None:
    ward = geo.lsoa["ward"]
    write_csv(
        folder / "leeds_lookup_lsoa21_ward24.csv",
        (
            "lsoa21_name",
            "lsoa21_code",
            "ward24_name",
            "ward24_code",
            "ltla24_name",
            "ltla24_code",
        ),
        zip(
            lsoa_names,
            geo.lsoa21,
            geo.ward["name"][ward],
            geo.ward["code"][ward],
            repeat(_PLACE),
            repeat(_LTLA),
            strict=False,
        ),
    )


def _write_outlines(folder: Path) -> None:
    """The real outlines of the wards, whose names the city has."""
    outlines = "leeds_wards_33.geojson"
    (folder / outlines).write_bytes(calibration_file(outlines).read_bytes())


def _write_successors(
    geo: Geography, folder: Path, lsoa_names: list[str], names11: list[str]
) -> None:
    """LSOAs of 2011 and 2021: S where one was split, U where it is unchanged."""
    parts = Counter(geo.lsoa11)
    write_csv(
        folder / "leeds_lookup_lsoa11_lsoa21.csv",
        (
            "lsoa11_name",
            "lsoa11_code",
            "change_code",
            "lsoa21_name",
            "lsoa21_code",
            "ltla22_name",
            "ltla22_code",
        ),
        zip(
            names11,
            geo.lsoa11,
            ["S" if parts[code] > 1 else "U" for code in geo.lsoa11],
            lsoa_names,
            geo.lsoa21,
            repeat(_PLACE),
            repeat(_LTLA),
            strict=False,
        ),
    )


def _write_population(
    folder: Path, names11: list[str], lsoa11: list[str], by_age11: Array
) -> None:
    write_csv(
        folder / "leeds_population2020_lsoa11_single_age.csv",
        (
            "lsoa11_name",
            "lsoa11_code",
            "total_population",
            *(str(a) for a in range(_OLDEST_PUBLISHED)),
            f"{_OLDEST_PUBLISHED}+",
        ),
        (
            [name, code, float(row.sum()), *(float(v) for v in row)]
            for name, code, row in zip(names11, lsoa11, by_age11, strict=True)
        ),
    )


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Iterable[object]]
) -> None:
    """Write a CSV file with LF line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _people_by_lsoa_and_age(world: World) -> Array:
    """(LSOAs, 91) residents on 30 June 2020, or on the first day if that is later."""
    at = max(min(day("2020-06-30"), world.city.last_day), world.city.first_day)
    segment = world.segment
    there = (segment["first"] <= at) & (segment["last"] >= at)
    person = segment["person"][there]
    age = (at - world.people.person["birth"][person]) / YEAR
    counts = np.zeros((len(world.geo.lsoa21), _OLDEST_PUBLISHED + 1), dtype=np.int64)
    years: Array = np.clip(age.astype(np.int64), 0, _OLDEST_PUBLISHED)
    np.add.at(counts, (segment["lsoa"][there], years), 1)
    return counts


def _write_imd(
    geo: Geography, rng: Rng, folder: Path, lsoa11: list[str], of_lsoa11: Array
) -> None:
    write_csv(
        folder / "leeds_imd2025_lsoa21.csv",
        ("lsoa21_code", "imd_decile", "imd_rank", "imd_score"),
        zip(
            geo.lsoa21,
            geo.lsoa["decile"].tolist(),
            geo.lsoa["rank"].tolist(),
            geo.lsoa["score"].tolist(),
            strict=True,
        ),
    )
    # 2019 ranks are close to those of 2025, among the 32,844 areas of that time.
    position = np.zeros(len(lsoa11))
    position[of_lsoa11] = geo.lsoa["rank"] / geo.lsoa["rank"].max()
    position = np.clip(position + rng.normal(0, 0.03, len(lsoa11)), 0.0001, 0.9999)
    rank = np.ceil(position * 32_844)
    decile = np.ceil(position * 10)
    write_csv(
        folder / "leeds_imd2019_lsoa11.csv",
        ("lsoa11_code", "imd_decile", "imd_rank"),
        zip(lsoa11, decile.tolist(), rank.tolist(), strict=True),
    )


def projected_people(world: World) -> Array:
    """(26, 101, 2) people by year from 2018, age and sex (male, female)."""
    geo, scale = world.geo, world.city.scale
    ages = (geo.ward["age"] * geo.ward["people"][:, None]).sum(axis=0)[:101] * scale
    female = np.interp(
        np.arange(101), [0, 18, 60, 75, 85, 95], [0.487, 0.5, 0.51, 0.54, 0.62, 0.74]
    )
    growth = np.interp(np.arange(101), _GROWTH_AGES, _GROWTH)
    total = ages * np.exp(growth * (np.arange(2018, 2044)[:, None] - 2020))
    women = np.round(total * female)
    return np.stack([np.round(total) - women, women], axis=2)


def _write_projection(world: World, folder: Path) -> None:
    rows = (
        (2018 + year, age, int(women), int(men))
        for year, ages in enumerate(projected_people(world).tolist())
        for age, (men, women) in enumerate(ages)
    )
    write_csv(
        folder / "leeds_population_projection_2018_based.csv",
        ("year", "age", "females", "males"),
        rows,
    )
