"""Does the appraisal of Better Care Fund schemes find what was planted?

    python -m studies.bcf_schemes --seeds 20 --people 100000 --pipeline 2

Each seed is a separate city with the schemes of the demo city. The monthly facts that
the appraisal reads are drawn, with people of unequal risk, readmissions and wards whose
levels drift. With `--pipeline N` the feeds of N cities are also written and built.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from intelligence.better_care_fund.case import Case
from intelligence.better_care_fund.change import change_since_start
from intelligence.better_care_fund.schemes import Panel, Scheme, Strata
from studies.whole_build import StudyHub
from synthetic_city.city.schemes import DOES_NOTHING, ENROLS, PEAK, WORKS

Array = npt.NDArray[Any]
Rng = np.random.Generator

WARDS, MONTHS, START = 33, 60, 36
FIRST_MONTH, START_DATE, AS_OF = date(2020, 4, 1), date(2023, 4, 1), date(2025, 3, 31)
# Share of people in each five years of age, 0-4 to 90 and over, and the admissions and
# attendances of a person in a year there: about those of the demo city.
_SHARES = [*[6.0] * 4, *[7.8] * 4, *[6.0] * 5, 4.2, 3.7, 3.4, 2.2, 1.4, 0.7]
_AGES = np.array(_SHARES) / np.sum(_SHARES)
_MIDDLE = np.arange(2.5, 95, 5)
_ADMISSIONS = np.where(_MIDDLE < 40, 0.04, 0.04 * np.exp(0.042 * (_MIDDLE - 40)))
_ATTENDANCES = np.where(_MIDDLE < 65, 0.32, 0.45)
_READMISSION = 0.10
_WARD_SPREAD, _WARD_DRIFT = 0.18, 0.02
TRUE_EFFECT, _RAMP = 0.25, 6
_RISK_SHAPE = 0.7
_ENROLLED = 0.4

CODES = {WORKS: "BCF-01", DOES_NOTHING: "BCF-02", PEAK: "BCF-03", ENROLS: "BCF-05"}


class Facts(NamedTuple):
    """What the appraisal reads."""

    schemes: list[Scheme]
    panel: Panel
    strata: dict[str, Strata]
    as_of: date


def draw_facts(seed: int, people: int) -> Facts:
    """Conformed facts of one city; only the first scheme changes anything."""
    rng = np.random.default_rng(seed)
    names = tuple(f"W{number:02d}" for number in range(WARDS))
    size = rng.dirichlet(np.full(WARDS, 40.0)) * people
    head = rng.poisson(size[:, None] * _AGES)
    month = np.arange(MONTHS)
    season = 1 + 0.06 * np.cos(2 * np.pi * (month - 9.5) / 12)
    drift = np.cumsum(rng.normal(0, _WARD_DRIFT / 3, (WARDS, MONTHS)), axis=1)
    level = np.exp(rng.normal(0, _WARD_SPREAD, WARDS)[:, None] + drift) * season
    order = rng.permutation(WARDS)
    first, again, second = order[:10], order[:3], order[10:18]

    running = np.clip((month - START + 0.5) / _RAMP, 0, 1)
    spared = np.ones((WARDS, MONTHS, len(_MIDDLE)))
    old = _MIDDLE >= 65
    effect = 1 - TRUE_EFFECT * running
    spared[np.ix_(first, month, np.flatnonzero(old))] = effect[None, :, None]
    rate = level[:, :, None] * head[:, None, :] / 12
    admitted = _with_readmissions(rng, rng.poisson(rate * _ADMISSIONS * spared))
    attended = rng.poisson(rate * _ATTENDANCES)
    days = np.full(MONTHS, 30)
    panel = Panel(
        names,
        FIRST_MONTH,
        np.arange(0, 95, 5),
        days,
        head[:, None, :] * days[None, :, None],
        {"emergency_admission": admitted, "unplanned_attendance": attended},
    )
    # The ward whose year before the start is highest against its other years.
    free = np.setdiff1d(order[18:], second)
    of_old = admitted[:, :, old].sum(axis=2)
    year = of_old[:, START - 12 : START].sum(axis=1)
    height = (year + 0.5) / (of_old.sum(axis=1) - year + 2)
    peak = free[[np.argmax(height[free])]]
    rest = np.sort(order[10:])

    def scheme(
        code: str, pathway: str, at: Array, ages: tuple[int, int], claim: float
    ) -> Scheme:
        wards = frozenset(names[w] for w in at.tolist())
        return Scheme(
            *(code, code, pathway, wards, *ages, START_DATE, _RAMP),
            *(1000, claim, 100.0, 100_000.0),
        )

    older, working_age = (65, 199), (20, 64)
    admission = "emergency_admission"
    return Facts(
        [
            scheme("BCF-01", admission, first, older, 0.30),
            scheme("BCF-02", "unplanned_attendance", second, working_age, 0.15),
            scheme("BCF-03", admission, peak, older, 0.20),
            scheme("BCF-04", admission, again, (75, 199), 0.25),
            scheme("BCF-05", admission, rest, older, 0.30),
        ],
        panel,
        {"BCF-05": _draw_strata(rng, head[rest][:, old])},
        AS_OF,
    )


def _with_readmissions(rng: Rng, admitted: Array) -> Array:
    """Add admissions that follow in the same or the next month."""
    again = rng.binomial(admitted, _READMISSION)
    later = rng.binomial(again, 0.5)
    next_month = np.zeros_like(later)
    next_month[:, 1:] = later[:, :-1]
    return admitted + again - later + next_month


def _draw_strata(rng: Rng, head: Array) -> Strata:
    """People of unequal risk; some with two or more admissions in a year enrol."""
    age = np.repeat(np.tile(np.arange(head.shape[1]), len(head)), head.ravel())
    risk = _ADMISSIONS[_MIDDLE >= 65][age] * rng.gamma(
        _RISK_SHAPE, 1 / _RISK_SHAPE, len(age)
    )
    earlier, before, after = (rng.poisson(risk) for _ in range(3))
    member = (before >= 2) & (rng.random(len(age)) < _ENROLLED)
    stratum = age * 15 + np.minimum(before, 4) * 3 + np.minimum(earlier, 2)
    columns = []
    for side in (member, ~member):
        at = stratum[side]
        columns += [
            np.bincount(at, weights, minlength=head.shape[1] * 15)
            for weights in (None, before[side], after[side], after[side] ** 2)
        ]
    return Strata(*(column.astype(float) for column in columns))


class Judged(NamedTuple):
    """What was found for one scheme, and what a plain before and after would find."""

    is_effective: bool
    is_known: bool
    lower: float
    upper: float
    plain_share: float
    plain_looks_effective: bool


def judge(facts: Facts) -> dict[str, Judged]:
    """Change since the start of every scheme that can be judged by itself."""
    judged = {}
    for scheme in facts.schemes:
        if scheme.scheme_id not in CODES.values():
            continue
        case = Case(scheme, facts.schemes, facts.panel, facts.strata, facts.as_of)
        found = change_since_start(case)
        before, after = _plain_counts(case)
        share = after / before - 1
        judged[scheme.scheme_id] = Judged(
            found.shows_a_fall,
            found.change.is_known,
            found.change.lower,
            found.change.upper,
            share,
            share <= -scheme.claimed_effect / 2,
        )
    return judged


def _plain_counts(case: Case) -> tuple[float, float]:
    """Events of the year before the start and of the last year, as reports use them."""
    if case.strata is not None:
        return float(case.strata.member_before.sum()), float(
            case.strata.member_after.sum()
        )
    own = case.observed[case.own]
    last = case.months(case.end - 12, case.end)
    return float(own[:, case.year].sum()), float(own[:, last].sum())


class Tally(NamedTuple):
    """Shares of cities, and what a plain before and after shows on average.

    It looks effective when it shows half of the claimed effect or more.
    """

    cities: int
    effective: float
    covered: float
    plain_effective: float
    plain_share: float


def tally(cities: list[dict[str, Judged]]) -> dict[str, Tally]:
    """How often each scheme is called effective and its true effect is covered."""
    tallies = {}
    for code in CODES.values():
        found = [city[code] for city in cities]
        truth = -TRUE_EFFECT if code == CODES[WORKS] else 0.0
        known = [one for one in found if one.is_known]
        tallies[code] = Tally(
            len(found),
            float(np.mean([one.is_effective for one in found])),
            float(np.mean([one.lower <= truth <= one.upper for one in known])),
            float(np.mean([one.plain_looks_effective for one in found])),
            float(np.mean([one.plain_share for one in found])),
        )
    return tallies


def run_pipeline(seed: int, people: int, built: StudyHub) -> list[tuple[Any, ...]]:
    """Build a demo city's hub from its raw feeds; what was found for each scheme."""
    built.empty()
    built.write_city(people, seed)
    built.run_models("+fct_bcf_scheme_appraisal")
    with duckdb.connect(str(built.build / "hub.duckdb"), read_only=True) as hub:
        return hub.sql(
            "select scheme_id, finding, found_value, found_value_lower, "
            "found_value_upper from hub.whole_system.fct_bcf_scheme_appraisal "
            "where appraisal_test = 'change_since_start' order by scheme_id"
        ).fetchall()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studies.bcf_schemes")
    parser.add_argument("--seeds", type=int, default=20, help="cities to draw")
    parser.add_argument("--people", type=int, default=100_000, help="people in each")
    parser.add_argument("--pipeline", type=int, default=0, help="cities to build whole")
    return parser.parse_args()


def main() -> None:
    """Print what was found for the schemes of all cities."""
    given = _arguments()
    cities = [judge(draw_facts(s, given.people)) for s in range(1, given.seeds + 1)]
    wanted = {
        "BCF-01": "works: covered in 90 % or more",
        "BCF-02": "does nothing: effective in 5 % or less",
        "BCF-03": "started at a peak: effective in 10 % or less",
        "BCF-05": "enrols after a bad year: effective in 10 % or less",
    }
    print(f"{given.seeds} cities of {given.people:,} people")
    print("                          plain before and after")
    print("scheme  effective  covered  looks effective    mean change  wanted")
    for code, found in tally(cities).items():
        print(
            f"{code}  {found.effective:9.0%}  {found.covered:7.0%}  "
            f"{found.plain_effective:15.0%}  {found.plain_share:+13.0%}  {wanted[code]}"
        )
    if given.pipeline:
        _print_pipeline(given.pipeline, given.people)


def _print_pipeline(seeds: int, people: int) -> None:
    print("From raw feeds\nseed  scheme  finding      change   interval")
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(1, seeds + 1):
            for row in run_pipeline(seed, people, StudyHub(Path(scratch))):
                code, finding, *numbers = row
                value, lower, upper = (
                    "    -" if n is None else f"{n:+5.0%}" for n in numbers
                )
                print(
                    f"{seed:4}  {code}  {finding:11}  {value}    {lower} to {upper}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
