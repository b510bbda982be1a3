"""Explain the weight of a link to a data steward: `make explain RECORD=<record id>`.

Prints, for each person the record may be about, what each comparison found and how it
moved the weight, and draws the same as a waterfall (SVG).
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import duckdb
import pyarrow as pa

from intelligence.linkage_settings import LINK_WEIGHT, REVIEW_WEIGHT
from intelligence.zones import attach_vault

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
    """Take the evidence of a link apart; weights are in log2 of the odds.

    Raises ValueError when the text is not what `linkage.link` writes.
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


def candidates(build: Path, record: str) -> pa.Table:
    """The people a record of a built vault may be about, the most likely first."""
    with duckdb.connect() as connection:
        attach_vault(connection, build, read_only=True)
        return connection.execute(
            "select candidate_key, decision, reason, match_weight, evidence from "
            "vault.identity.int_identity__probable_links "
            "where source_record_id = ? and evidence is not null "
            "order by match_weight desc, candidate_key",
            [record],
        ).to_arrow_table()


def main(build: str, record: str, folder: str) -> int:
    """Explain the record's links; exit code 1 when there is nothing to explain."""
    found = candidates(Path(build), record).to_pylist()
    if not found:
        print(
            f"No link by probability for {record!r}: its numbers settled it, or nobody "
            "came near. int_identity__links has its reason.",
            file=sys.stderr,
        )
        return 1
    for number, row in enumerate(found, start=1):
        parts = steps(row["evidence"])
        print(
            f"\n{number}. {row['decision']} ({row['reason']}), weight "
            f"{row['match_weight']:+.1f}: {odds(row['match_weight'])}"
        )
        print(as_table(parts))
        picture = Path(folder) / f"{record}_{number}.svg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        waterfall(parts, f"Candidate {number}: {row['decision']}").save(str(picture))
        print(f"Picture: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
