"""Reference files of the city, under the names and columns they are published with."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path

import numpy as np

from synthetic_city.draw import Array, Rng, day
from synthetic_city.geography import AGE_BANDS, BAND_COLUMNS, Geography
from synthetic_city.people import YEAR
from synthetic_city.world import World

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
    ward = geo.lsoa["ward"]
    codes, names = geo.ward["code"], geo.ward["name"]
    lsoa_names = [
        f"{_PLACE} {w + 1:03d}{chr(65 + n)}"
        for w, n in zip(ward.tolist(), geo.lsoa["number"].tolist(), strict=True)
    ]
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
            names[ward],
            codes[ward],
            *_constants(_PLACE, _LTLA),
            strict=False,
        ),
    )
    lsoa11, first = np.unique(geo.lsoa11, return_index=True)
    of_lsoa11 = np.searchsorted(lsoa11, geo.lsoa11)
    names11 = [lsoa_names[at] for at in first[of_lsoa11].tolist()]
    shared = {c for c in geo.lsoa11 if geo.lsoa11.count(c) > 1}
    change = ["S" if c in shared else "U" for c in geo.lsoa11]
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
            change,
            lsoa_names,
            geo.lsoa21,
            *_constants(_PLACE, _LTLA),
            strict=False,
        ),
    )
    by_age = _people_by_lsoa_and_age(world)
    by_age11 = np.zeros((len(lsoa11), _OLDEST_PUBLISHED + 1), dtype=np.int64)
    np.add.at(by_age11, of_lsoa11, by_age)
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
            [lsoa_names[f], code, float(row.sum()), *(float(v) for v in row)]
            for f, code, row in zip(
                first.tolist(), lsoa11.tolist(), by_age11, strict=True
            )
        ),
    )
    _write_imd(geo, rng, folder, lsoa11.tolist(), of_lsoa11)
    _write_projection(world, folder)
    _write_ward_profile(geo, folder, by_age)


def _constants(*values: str) -> list[Iterable[str]]:
    """Endless columns of one value each, for zip."""
    return [repeat(value) for value in values]


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
    # 2019 ranks lie near those of 2025, in the 32,844 areas England then had.
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


def _write_ward_profile(geo: Geography, folder: Path, by_age: Array) -> None:
    ward = geo.lsoa["ward"]
    rows = []
    for number, code in enumerate(geo.ward["code"].tolist()):
        of_ward = ward == number
        ages = by_age[of_ward].sum(axis=0)
        bands = [int(ages[low : high + 1].sum()) for low, high in AGE_BANDS]
        score = geo.lsoa["score"][of_ward]
        rows.append(
            [
                code,
                geo.ward["name"][number],
                geo.ward["committee"][number],
                int(of_ward.sum()),
                int(ages.sum()),
                *bands,
                round(float(score.mean()), 2),
                round(float(score.std(ddof=1)), 2),
                round(float((geo.lsoa["decile"][of_ward] == 1).mean()), 3),
            ]
        )
    write_csv(
        folder / "leeds_ward_profile.csv",
        (
            "ward_code",
            "ward_name",
            "community_committee",
            "lsoa_count",
            "population",
            *BAND_COLUMNS,
            "imd_2025_score_mean",
            "imd_2025_score_sd",
            "share_of_lsoas_in_decile_1",
        ),
        rows,
    )
