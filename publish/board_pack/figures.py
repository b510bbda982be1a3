"""The pictures of the board pack: Altair charts as SVG, with their figures."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

# Blue and orange of Okabe and Ito, told apart with every kind of colour blindness; each
# has a contrast of at least 3 to 1 with white.
BLUE, ORANGE, GREY, MISSING = "#0072b2", "#c04a00", "#6b6b6b", "#cccccc"
WITHIN = "#f4f1e8"
WIDTH = 640
# Suppressed or unknown; the state of the count says which.
NO_FIGURE = "no figure"
POSITIONS = ("above", "within", "below", NO_FIGURE)
POSITION_COLOURS = (ORANGE, GREY, BLUE, MISSING)

# Colour and shape of what the rules of a control chart say.
VARIATIONS = {
    "common cause": (GREY, "M12 20a8 8 0 1 0 16 0a8 8 0 1 0 -16 0"),
    "improvement": (BLUE, "M12 12h16v16h-16z"),
    "concern": (ORANGE, "M20 9l9 11l-9 11l-9 -11z"),
    "high": ("#5e3c99", "M20 10l10 18h-20z"),
    "low": ("#8a6bb8", "M20 30l10 -18h-20z"),
}


@dataclass(frozen=True)
class Figure:
    """A picture (or none), what it says, its figures, and what it does not show."""

    name: str
    headline: str
    subtitle: str
    alternative: str
    not_shown: str
    table: pd.DataFrame
    svg: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    # What the last month of a control chart shows.
    variation: str = ""

    def icon(self) -> str:
        """The shape and colour that the chart gives its last month, as SVG."""
        colour, shape = VARIATIONS[self.variation]
        return (
            '<svg class="icon" aria-hidden="true" focusable="false" '
            'viewBox="0 0 40 40"><circle cx="20" cy="20" r="18" fill="#fff" '
            f'stroke="{colour}" stroke-width="4"/><path d="{shape}" fill="{colour}"/>'
            "</svg>"
        )

    def shown(self) -> pd.DataFrame:
        """The figures as people read them: named columns, short numbers, no blanks."""
        table = self.table[list(self.columns)] if self.columns else self.table
        return table.rename(columns=dict(self.columns)).map(said)


def said(value: object) -> str:
    """A number as people read it."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "\u2013"
    if isinstance(value, pd.Timestamp):
        return f"{value:%b %Y}"
    if isinstance(value, float):
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        return f"{value:,.{digits}f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def svg(chart: Any) -> str:
    """The chart as SVG, without a background, hidden from screen readers.

    The text alternative beside it says what it shows.
    """
    chart = chart.configure(
        font="sans-serif",
        axis={"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#333"},
        legend={
            "labelFontSize": 12,
            "titleFontSize": 12,
            "labelLimit": 0,
            "titleLimit": 0,
        },
        view={"stroke": None},
    )
    drawn: str = vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.4")
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def colour(
    domain: Sequence[str] = POSITIONS[:3], title: str | None = None
) -> alt.Color:
    """Colours of funnel positions, in a fixed order."""
    return alt.Color(
        "position:N",
        scale=alt.Scale(
            domain=list(domain), range=list(POSITION_COLOURS[: len(domain)])
        ),
        legend=alt.Legend(title=title, orient="top"),
    )


def funnel(areas: pd.DataFrame) -> str:
    """Ratios of areas over the number expected, with the funnel limits.

    areas: expected, ratio, position, lower, upper (over-dispersed 99.8 %), area_name.
    Areas outside are named and have another shape, so colour is not needed.
    """
    x = alt.X("expected:Q", title="number expected", scale=alt.Scale(zero=True))
    y = alt.Y("ratio:Q", title="released count over expected")
    lines = areas.sort_values("expected")
    base = alt.Chart(areas)
    limits = [
        alt.Chart(lines)
        .mark_line(strokeDash=[5, 4], color=GREY)
        .encode(x=x, y=alt.Y(f"{limit}:Q"))
        for limit in ("lower", "upper")
    ]
    city = alt.Chart(pd.DataFrame({"ratio": [1.0]})).mark_rule(color=GREY).encode(y=y)
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=x,
        y=y,
        color=colour(title="against the over-dispersed 99.8 % limits"),
        shape=alt.Shape(
            "position:N",
            scale=alt.Scale(
                domain=list(POSITIONS[:3]),
                range=["triangle-up", "circle", "triangle-down"],
            ),
            legend=None,
        ),
    )
    outside = areas[areas["position"] != "within"].nlargest(6, "expected")
    names = (
        alt.Chart(outside)
        .mark_text(dy=-12, fontSize=12, color="#222")
        .encode(x=x, y=y, text="area_name:N")
    )
    return svg(
        alt.layer(*limits, city, points, names).properties(width=WIDTH, height=320)
    )


def ward_map(boundaries: Path, areas: pd.DataFrame) -> str:
    """Wards by funnel position; those without a figure are grey, never left out.

    areas: code, area_name, position. `boundaries` is a GeoJSON of polygons in degrees
    (longitude, latitude), as RFC 7946 has it; they are laid flat at the latitude of
    their middle.
    """
    collection = json.loads(boundaries.read_text(encoding="utf-8"))
    middle = _middle_latitude(collection["features"])
    position = dict(zip(areas["code"], areas["position"], strict=True))
    shapes = []
    for feature in collection["features"]:
        code, name = ward_of(feature["properties"])
        shapes.append(
            {
                "type": "Feature",
                "geometry": flat(feature["geometry"], middle),
                "properties": {
                    "name": name,
                    "position": position.get(code, NO_FIGURE),
                },
            }
        )
    map_ = (
        alt.Chart(alt.Data(values=shapes))
        .mark_geoshape(stroke="#333", strokeWidth=0.8)
        .encode(
            color=alt.Color(
                "properties.position:N",
                scale=alt.Scale(
                    domain=list(POSITIONS), range=[ORANGE, WITHIN, BLUE, MISSING]
                ),
                legend=alt.Legend(title="against the city", orient="top"),
            )
        )
        .project(type="identity", reflectY=True)
        .properties(width=WIDTH, height=440)
    )
    return svg(map_)


def ward_of(properties: Mapping[str, str]) -> tuple[str, str]:
    """Code and name of a ward, whatever year the boundaries are of."""
    ends = ("CODE", "CD"), ("NAME", "NM")
    code, name = (
        next(text for key, text in properties.items() if key.upper().endswith(end))
        for end in ends
    )
    return code, name


def _middle_latitude(features: Sequence[Mapping[str, Any]]) -> float:
    """Middle between the northernmost and the southernmost point, degrees."""

    def latitudes(part: Any) -> Iterator[float]:
        if isinstance(part[0], (int, float)):
            yield part[1]
        else:
            for one in part:
                yield from latitudes(one)

    found = [
        latitude
        for feature in features
        for latitude in latitudes(feature["geometry"]["coordinates"])
    ]
    return (min(found) + max(found)) / 2


def flat(geometry: Mapping[str, Any], latitude: float) -> dict[str, Any]:
    """A geometry with longitudes shrunk to the size of latitudes at `latitude`."""
    shrunk = math.cos(math.radians(latitude))

    def scaled(part: Any) -> Any:
        if isinstance(part[0], (int, float)):
            return [part[0] * shrunk, part[1]]
        return [scaled(one) for one in part]

    return {"type": geometry["type"], "coordinates": scaled(geometry["coordinates"])}


def bars(table: pd.DataFrame, label: str, value: str, title: str) -> str:
    """Horizontal bars in the order of the table."""
    return svg(
        alt.Chart(table.dropna(subset=[value]))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X(f"{value}:Q", title=title),
            y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=320)),
        )
        .properties(width=WIDTH - 220, height=alt.Step(26))
    )


def intervals(
    table: pd.DataFrame, label: str, value: str, title: str, line: float | None = None
) -> str:
    """Estimates with their 95 % intervals in the order of the table."""
    known = table.dropna(subset=[value])
    y = alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
    base = alt.Chart(known)
    layers = [
        base.mark_rule(color=GREY, size=2).encode(
            x=alt.X(f"{value}_lower:Q", title=title), x2=f"{value}_upper:Q", y=y
        ),
        base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(
            x=f"{value}:Q", y=y
        ),
    ]
    if line is not None:
        at = pd.DataFrame({value: [line]})
        layers.append(alt.Chart(at).mark_rule(strokeDash=[4, 4]).encode(x=f"{value}:Q"))
    return svg(alt.layer(*layers).properties(width=WIDTH - 220, height=alt.Step(28)))


def control_chart(months: pd.DataFrame) -> str:
    """A monthly rate with centre and limits; special causes have another shape.

    months: month, rate, centre, lower, upper, variation.
    """
    x = alt.X(
        "month:T",
        title=None,
        axis=alt.Axis(format="%b %Y", labelAngle=0, tickCount="year"),
    )
    y = alt.Y("rate:Q", title="per 1,000 residents a year", scale=alt.Scale(zero=False))
    base = alt.Chart(months)
    lines = [
        base.mark_line(strokeDash=dash, color=GREY, interpolate="step-after").encode(
            x=x, y=alt.Y(f"{name}:Q")
        )
        for name, dash in (("centre", [1, 0]), ("lower", [5, 4]), ("upper", [5, 4]))
    ]
    says = list(VARIATIONS)
    points = base.mark_point(filled=True, size=50, opacity=1).encode(
        x=x,
        y=y,
        color=alt.Color(
            "variation:N",
            scale=alt.Scale(
                domain=says, range=[colour for colour, _ in VARIATIONS.values()]
            ),
            legend=alt.Legend(title="variation", orient="top"),
        ),
        shape=alt.Shape(
            "variation:N",
            scale=alt.Scale(
                domain=says,
                range=["circle", "square", "diamond", "triangle-up", "triangle-down"],
            ),
            legend=None,
        ),
    )
    rates = base.mark_line(color=GREY, size=1).encode(x=x, y=y)
    return svg(alt.layer(*lines, rates, points).properties(width=WIDTH, height=280))


def scatter(areas: pd.DataFrame, x: str, y: str, x_title: str, y_title: str) -> str:
    """Areas as points."""
    return svg(
        alt.Chart(areas)
        .mark_point(filled=True, size=60, color=BLUE, opacity=1)
        .encode(x=alt.X(f"{x}:Q", title=x_title), y=alt.Y(f"{y}:Q", title=y_title))
        .properties(width=WIDTH, height=300)
    )
