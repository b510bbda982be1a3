"""Ten questions about every scheme of the Better Care Fund, and their answers.

An answer is yes, no or cannot tell; a question is put so that yes speaks for a scheme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from intelligence.better_care_fund import sentence, verdict
from intelligence.better_care_fund.case import Case
from intelligence.better_care_fund.estimate import Estimate, Unknown, estimates
from intelligence.better_care_fund.schemes import Panel, Scheme, Strata
from intelligence.better_care_fund.verdict import CANNOT_TELL, Finding


class Question(NamedTuple):
    """A question, and how its estimate becomes a finding and a sentence."""

    text: str
    verdict: Callable[[Any], Finding]
    sentence: Callable[[Any, Finding], str]


QUESTIONS = {
    "target_population": Question(
        "Is the target population as large as claimed?",
        verdict.target_population,
        sentence.target_population,
    ),
    "addressable_events": Question(
        "Are there enough events that it could prevent?",
        verdict.addressable_events,
        sentence.addressable_events,
    ),
    "neighbourhood_spread": Question(
        "Is the claimed effect within what the best quarter of neighbourhoods achieve?",
        verdict.neighbourhood_spread,
        sentence.neighbourhood_spread,
    ),
    "overlap": Question(
        "Does it prevent events that no other scheme claims?",
        verdict.overlap,
        sentence.overlap,
    ),
    "likely_benefit": Question(
        "Is the claimed benefit likely, allowing for optimism bias?",
        verdict.likely_benefit,
        sentence.likely_benefit,
    ),
    "year_before_start": Question(
        "Was the year before the start a typical year?",
        verdict.year_before_start,
        sentence.year_before_start,
    ),
    "change_since_start": Question(
        "Has it worked, compared with what happened elsewhere?",
        verdict.change_since_start,
        sentence.change_since_start,
    ),
    "delivered_to_date": Question(
        "Has it delivered what it claimed for the year so far?",
        verdict.delivered,
        sentence.delivered,
    ),
    "probable_at_year_end": Question(
        "Will it deliver what it claimed for the whole year?",
        verdict.delivered,
        sentence.delivered,
    ),
    "what_it_would_take": Question(
        "Does it have enough people to reach its claim?",
        verdict.what_it_would_take,
        sentence.what_it_would_take,
    ),
}


@dataclass(frozen=True)
class Answer:
    """One row of the appraisal; numbers are nan when there are none."""

    scheme_id: str
    scheme_name: str
    appraisal_test: str
    question: str
    finding: str
    method: str
    unit: str
    sentence: str
    data_needed: str | None
    claimed_value: float
    value: float
    value_lower: float
    value_upper: float
    interval_level: float
    p_value: float


_FIELDS = list(Answer.__dataclass_fields__)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _FIELDS[:9]),
        *((name, pa.float64()) for name in _FIELDS[9:]),
    ]
)


def appraise(
    schemes: Sequence[Scheme],
    panel: Panel,
    strata: Mapping[str, Strata],
    event_cost: Mapping[str, float],
    as_of: date,
) -> pa.Table:
    """Answer every question about every scheme; SCHEMA, one row per both.

    strata: by scheme that enrols people. event_cost: mean cost of an event in pounds by
    pathway, where there is one. as_of: last day known. Rows are in order of the scheme
    and of QUESTIONS. Raises KeyError for a scheme whose pathway the panel does not
    count.
    """
    rows = []
    for scheme in sorted(schemes, key=lambda scheme: scheme.scheme_id):
        cost = event_cost.get(scheme.pathway, float("nan"))
        found = estimates(Case(scheme, schemes, panel, strata, as_of, cost))
        rows += [
            _rounded(asdict(_answer(scheme, test, found[test]))) for test in QUESTIONS
        ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _answer(scheme: Scheme, test: str, found: Estimate) -> Answer:
    """The estimate of one question as an answer."""
    question = QUESTIONS[test]
    if isinstance(found, Unknown):
        finding, said = CANNOT_TELL, sentence.unknown(found)
    else:
        finding = question.verdict(found)
        said = question.sentence(found, finding)
    return Answer(
        scheme.scheme_id,
        scheme.scheme_name,
        test,
        question.text,
        finding,
        found.method,
        found.unit,
        said,
        found.needed if finding == CANNOT_TELL else None,
        found.claimed,
        *found.number,
        found.level if np.isfinite(found.number.lower) else float("nan"),
        found.p_value,
    )


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers to nine digits, so that no machine's last bit shows; nan as null."""
    return {
        name: (
            (None if not np.isfinite(value) else float(f"{value:.9g}"))
            if isinstance(value, float)
            else value
        )
        for name, value in row.items()
    }
