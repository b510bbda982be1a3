"""Explain to a data steward why a record is linked: `make explain RECORD=<record id>`.

Prints the record beside the person it is linked to, and what decided: numbers, a
steward, or probability. For each person it may be about by probability, prints what
each comparison found and how it moved the weight, and draws the same as a waterfall
(SVG). Everything is printed and nothing is logged, since it names people.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import duckdb
import pyarrow as pa

from intelligence.linkage.settings import LINK_WEIGHT, REVIEW_WEIGHT
from intelligence.platform.connections import private_connection
from intelligence.platform.zones import attach_vault

PART = re.compile(r"(?P<comparison>\w+) (?:(?P<level>.*) )?(?P<weight>[+-]\d+\.\d)")


@dataclass(frozen=True)
class Step:
    """One comparison: what it found, its weight, and the sum before and after it."""

    comparison: str
    found: str
    weight: float
    before: float
    after: float


def steps(evidence: str) -> list[Step]:
    """Split the evidence of a link into steps; weights are log2 of the odds.

    Raises ValueError when the text is not evidence as `score` writes it.
    """
    found: list[Step] = []
    total = 0.0
    for text in evidence.split("; "):
        part = PART.fullmatch(text)
        if part is None:
            raise ValueError(f"not a comparison with its weight: {text!r}")
        weight = float(part["weight"])
        after = round(total + weight, 1)
        found.append(
            Step(part["comparison"], part["level"] or "", weight, total, after)
        )
        total = after
    return found


def odds(weight: float) -> str:
    """A weight as odds that people can read."""
    return f"{2**weight:,.0f} to 1" if weight >= 0 else f"1 to {2**-weight:,.0f}"


def as_table(parts: list[Step]) -> str:
    """The steps as lines of text, with the odds so far."""
    lines = [f"{'comparison':<14}{'found':<32}{'weight':>8}{'sum':>8}  odds so far"]
    lines += [
        f"{step.comparison:<14}{step.found:<32}{step.weight:>+8.1f}{step.after:>+8.1f}"
        f"  {odds(step.after)}"
        for step in parts
    ]
    return "\n".join(lines)


def waterfall(parts: list[Step], title: str) -> alt.LayerChart | alt.FacetChart:
    """The steps as a waterfall from the prior to the weight, with both thresholds."""
    order = [
        f"{step.comparison}: {step.found}" if step.found else step.comparison
        for step in parts
    ]
    rows = [
        {
            "step": name,
            "before": step.before,
            "after": step.after,
            "label": f"{step.weight:+.1f}",
            "speaks": "for" if step.weight >= 0 else "against",
        }
        for name, step in zip(order, parts, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("step:N", sort=order, title=None, axis=alt.Axis(labelLimit=260)),
        x=alt.X("before:Q", title="weight (log2 of the odds)"),
    )
    bars = base.mark_bar().encode(
        x2="after:Q",
        color=alt.Color(
            "speaks:N",
            title="speaks",
            scale=alt.Scale(domain=["for", "against"], range=["#0072b2", "#d55e00"]),
        ),
    )
    labels = base.mark_text(align="left", dx=4).encode(x="after:Q", text="label:N")
    thresholds = (
        alt.Chart(
            alt.InlineData(
                values=[
                    {"weight": LINK_WEIGHT, "name": "link"},
                    {"weight": REVIEW_WEIGHT, "name": "review"},
                ]
            )
        )
        .mark_rule(strokeDash=[4, 3])
        .encode(x="weight:Q", detail="name:N")
    )
    return alt.layer(bars, labels, thresholds).properties(title=title, width=480)


IDENTITY = "vault.identity.int_identity__"
# What is shown side by side, as the label, of a record and of a version of a person.
SHOWN = (
    ("forename", "forename", "comparable_forename"),
    ("surname", "surname", "comparable_surname"),
    ("date of birth", "birth_date", "birth_date"),
    ("sex", "sex", "sex"),
    ("postcode", "postcode", "postcode"),
    ("NHS number", "nhs_number", "nhs_number"),
)


def record_values(
    connection: duckdb.DuckDBPyConnection, record: str
) -> tuple[str, ...] | None:
    """The values of SHOWN on a record as text, empty when unknown; None without one."""
    columns = ", ".join(name for _, name, _ in SHOWN)
    found = connection.execute(
        f"select {columns} from {IDENTITY}source_records where source_record_id = ?",
        [record],
    ).fetchone()
    return _texts(found) if found else None


def _texts(values: tuple[object, ...]) -> tuple[str, ...]:
    return tuple("" if value is None else str(value) for value in values)


def person_values(
    connection: duckdb.DuckDBPyConnection,
    key: str,
    record: str,
    beside: tuple[str, ...],
) -> tuple[str, ...]:
    """The version of a person that is most like the values `beside`, as text.

    By the register or by other records of the person than `record`, whose values those
    are. Of a person on no register, their first record. Empty when there is no such
    person.
    """
    if key.startswith("record:"):
        return record_values(connection, key.removeprefix("record:")) or ("",) * len(
            SHOWN
        )
    columns = ", ".join(name for *_, name in SHOWN)
    versions = [
        _texts(version)
        for query, given in (
            (f"{IDENTITY}known_people where person_key = ?", [key]),
            (
                f"{IDENTITY}source_records as records inner join {IDENTITY}links as "
                "links on records.source_record_id = links.source_record_id "
                "where person_key = ? and records.source_record_id <> ?",
                [key, record],
            ),
        )
        for version in connection.execute(
            f"select distinct {columns} from {query} order by all", given
        ).fetchall()
    ]

    def likeness(version: tuple[str, ...]) -> int:
        return sum(
            one.upper() == other.upper()
            for one, other in zip(version, beside, strict=True)
        )

    return max(versions, key=likeness, default=("",) * len(SHOWN))


def side_by_side(record: tuple[str, ...], person: tuple[str, ...]) -> str:
    """Record and person as lines of text, with a mark where they are equal."""
    lines = [f"{'':<15}{'record':<28}{'person':<28}"]
    lines += [
        f"{label:<15}{one:<28}{other:<28}"
        f"{'same' if one and one.upper() == other.upper() else ''}"
        for (label, *_), one, other in zip(SHOWN, record, person, strict=True)
    ]
    return "\n".join(line.rstrip() for line in lines)


def candidates(connection: duckdb.DuckDBPyConnection, record: str) -> pa.Table:
    """The people a record may be about by probability, the most likely first."""
    return connection.execute(
        "select candidate_key, decision, reason, match_weight, evidence, is_blind from "
        f"{IDENTITY}probable_links "
        "where source_record_id = ? and evidence is not null "
        "order by match_weight desc, candidate_key",
        [record],
    ).to_arrow_table()


def main(build: str, record: str, folder: str) -> int:
    """Explain the record's links; exit code 1 when there is no such record."""
    with private_connection() as connection:
        attach_vault(connection, Path(build), read_only=True)
        values = record_values(connection, record)
        link = connection.execute(
            "select person_key, method, reason, separated_from_person_key from "
            f"{IDENTITY}links where source_record_id = ?",
            [record],
        ).fetchone()
        if values is None or link is None:
            print(
                f"No link by probability or by number for {record!r}: there is no such "
                "record. int_identity__source_records lists all.",
                file=sys.stderr,
            )
            return 1
        person, method, reason, separated = link
        print(f"Record {record} is linked to {person}.\nBy {method}: {reason}.")
        if separated:
            print(f"Separated from {separated}, because the dates of death differ.")
        print(side_by_side(values, person_values(connection, person, record, values)))
        found = candidates(connection, record).to_pylist()
        if found and found[0]["is_blind"]:
            print(
                "\nNumbers settled this record. To measure linkage it was also linked "
                "with its numbers hidden; that decides nothing:"
            )
        for number, row in enumerate(found, start=1):
            parts = steps(row["evidence"])
            print(
                f"\n{number}. {row['candidate_key']}: {row['decision']} "
                f"({row['reason']}), weight {row['match_weight']:+.1f}: "
                f"{odds(row['match_weight'])}"
            )
            print(
                side_by_side(
                    values,
                    person_values(connection, row["candidate_key"], record, values),
                )
            )
            print(as_table(parts))
            picture = Path(folder) / f"{record}_{number}.svg"
            picture.parent.mkdir(parents=True, exist_ok=True)
            waterfall(parts, f"Candidate {number}: {row['decision']}").save(
                str(picture)
            )
            print(f"Picture: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
