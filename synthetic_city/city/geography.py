"""The 33 real wards with invented LSOAs and postcodes inside them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

import numpy as np

from synthetic_city.draw import Array, Frame, Rng, expand, rank_in_group

AGE_BANDS = ((0, 17), (18, 64), (65, 74), (75, 84), (85, 104))
BAND_COLUMNS = (
    "age_0_17",
    "age_18_64",
    "age_65_74",
    "age_75_84",
    "age_85_plus",
)
OLDEST = 104
LSOAS_IN_ENGLAND = 33_755
# Points on England's curve of IMD 2025 score by rank (MHCLG, English Indices of
# Deprivation 2025, Open Government Licence v3.0).
_SCORES = np.array(
    [
        90.0,
        76.8,
        63.3,
        54.2,
        45.0,
        33.5,
        26.6,
        21.5,
        17.4,
        14.1,
        11.1,
        8.4,
        5.5,
        2.6,
        0.5,
    ]
)
_RANKS_OF_SCORES = np.array(
    [
        *(1, 100, 700, 1700, 3376, 6751, 10127, 13502),
        *(16878, 20253, 23629, 27004, 30380, 33000, LSOAS_IN_ENGLAND),
    ]
)
PEOPLE_PER_POSTCODE = 45
VISITOR_POSTCODES = 60
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def calibration(name: str) -> list[dict[str, str]]:
    """Rows of a calibration table; lines that start with # name its source."""
    lines = calibration_file(f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def calibration_file(name: str) -> Traversable:
    """A file of the calibration."""
    return resources.files("synthetic_city.city") / "calibration" / name


@dataclass(frozen=True)
class Geography:
    """Wards, their LSOAs and the LSOAs' postcodes.

    ward: `code`, `name`, `committee`, `people`, `deprivation`, `student`,
        `age` (33, 105)
    lsoa: `ward`, `weight` (sums to 1 in a ward), `score`, `decile`, `rank`,
        `first_postcode`, `postcodes`; lsoa21 and lsoa11 are the codes as texts
    postcode: `lsoa` (-1 outside the city); postcode_text holds the texts
    """

    ward: Frame
    lsoa: Frame
    lsoa21: list[str]
    lsoa11: list[str]
    postcode_lsoa: Array
    postcode_text: list[str]

    @property
    def lsoa_weights(self) -> Array:
        """(wards, LSOAs) weights, zero outside the ward."""
        weights = np.zeros((len(self.ward["people"]), len(self.lsoa["ward"])))
        weights[self.lsoa["ward"], np.arange(len(self.lsoa["ward"]))] = self.lsoa[
            "weight"
        ]
        return weights

    def random_postcode(self, rng: Rng, lsoa: Array) -> Array:
        """Draw a postcode (position) inside each LSOA."""
        width = self.lsoa["postcodes"][lsoa]
        offset = (rng.random(len(lsoa)) * width).astype(np.int64)
        chosen: Array = self.lsoa["first_postcode"][lsoa] + offset
        return chosen


def _age_shape(student: float, shares: Sequence[float]) -> Array:
    """Probability of each single age 0..104 in a ward with these band shares."""
    age = np.arange(OLDEST + 1)
    shape = np.ones(OLDEST + 1)
    shape[18:25] = 1.05 + 10 * student
    shape[25:35] = 1.15 + 1.5 * student
    shape[35:65] = 1.0
    shape[65:75] = np.linspace(1.1, 0.9, 10)
    shape[75:85] = np.linspace(1.4, 0.6, 10)
    shape[85:] = np.exp(-0.19 * (age[85:] - 85))
    for (low, high), share in zip(AGE_BANDS, shares, strict=True):
        inside = slice(low, high + 1)
        shape[inside] *= share / shape[inside].sum()
    whole: Array = shape / shape.sum()
    return whole


def _lsoa11_codes(rng: Rng, count: int) -> list[str]:
    """2011 codes: most are those of 2021; seven areas were split in two since."""
    codes = [f"SYN01{n:06d}" for n in range(1, count + 1)]
    splits = rng.choice(np.arange(0, count - 1, 2), size=7, replace=False)
    for n, at in enumerate(np.sort(splits)):
        codes[at] = codes[at + 1] = f"SYN01{900 + n:06d}"
    return codes


def draw_geography(rng: Rng, people: int) -> Geography:
    """Draw LSOAs and postcodes inside the real wards, for this number of people."""
    rows = calibration("ward_profile")
    counts = np.array([int(r["lsoa_count"]) for r in rows])
    total = np.array([int(r["population"]) for r in rows], dtype=float)
    adults = np.array([int(r["age_18_64"]) for r in rows]) / total
    student = np.clip((adults - 0.66) / 0.25, 0, 1)
    bands = [[int(r[c]) for c in BAND_COLUMNS] for r in rows]
    mean = np.array([float(r["imd_2025_score_mean"]) for r in rows])
    sd = np.array([float(r["imd_2025_score_sd"]) for r in rows])

    ward_of, ordinal = expand(counts)
    weight = rng.gamma(25, 1, len(ward_of))
    weight = weight / np.bincount(ward_of, weight)[ward_of]
    # Score skewed to the right and never negative: gamma with the ward's mean and sd.
    shape = (mean / sd) ** 2
    score = rng.gamma(shape[ward_of], (mean / shape)[ward_of])
    score = np.round(np.clip(score, 1.0, 85.0), 3)
    rank = np.round(np.interp(-score, -_SCORES, _RANKS_OF_SCORES))
    decile = np.clip(np.ceil(rank / LSOAS_IN_ENGLAND * 10), 1, 10)

    expected = people * (total / total.sum())[ward_of] * weight
    postcodes = np.maximum(3, np.round(expected / PEOPLE_PER_POSTCODE)).astype(np.int64)
    lsoa_of, _ = expand(postcodes)
    ward_of_postcode = ward_of[lsoa_of]
    in_ward = rank_in_group(ward_of_postcode)
    texts = [
        f"XL{w + 1} {n // 400 + 1}{_LETTERS[n % 400 // 20]}{_LETTERS[n % 20]}"
        for w, n in zip(ward_of_postcode.tolist(), in_ward.tolist(), strict=True)
    ]
    outside = [
        f"XM{n % 9 + 1} 1{_LETTERS[n // 20]}{_LETTERS[n % 20]}"
        for n in range(VISITOR_POSTCODES)
    ]
    deprivation = (score - np.average(score, weights=expected)) / 16.0
    return Geography(
        ward={
            "code": np.array([r["ward_code"] for r in rows]),
            "name": np.array([r["ward_name"] for r in rows]),
            "committee": np.array([r["community_committee"] for r in rows]),
            "people": total,
            "deprivation": np.bincount(ward_of, deprivation * weight),
            "student": student,
            "age": np.array(
                [_age_shape(s, b) for s, b in zip(student, bands, strict=True)]
            ),
        },
        lsoa={
            "ward": ward_of,
            "number": ordinal,
            "weight": weight,
            "score": score,
            "rank": rank.astype(np.int64),
            "decile": decile.astype(np.int64),
            "deprivation": deprivation,
            "first_postcode": np.cumsum(postcodes) - postcodes,
            "postcodes": postcodes,
        },
        lsoa21=[f"SYN01{n:06d}" for n in range(1, len(ward_of) + 1)],
        lsoa11=_lsoa11_codes(rng, len(ward_of)),
        postcode_lsoa=np.r_[lsoa_of, np.full(VISITOR_POSTCODES, -1)],
        postcode_text=texts + outside,
    )
