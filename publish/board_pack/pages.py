"""The pages of the board pack, written from the released tables of the board alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from publish.board_pack import figures
from publish.board_pack.figures import Figure

MAIN = "emergency_attendance"
KEY_MEASURES = (
    "emergency_attendance",
    "emergency_admission_65_plus",
    "delayed_transfer",
    "community_bed_stay_65_plus",
    "new_long_term_admission_65_plus",
    "death",
)
# Where more wards are hidden, those that are seen are mostly the largest, or zeros.
FEWEST_SHARE_SHOWN = 2 / 3
RATE = "released counts, rounded to the nearest 5"
LIMITS = "Differences of need, access and recording are all in the figures; they show no cause."


@dataclass(frozen=True)
class Page:
    """One page: its file name, title, first sentence and pictures."""

    name: str
    title: str
    lead: str
    figures: list[Figure]
    text: tuple[str, ...] = ()


class Board:
    """The board database, read as data frames, and the year that the pack tells of."""

    def __init__(self, database: Path) -> None:
        """Open the database of path `database`."""
        self.connection = duckdb.connect(str(database), read_only=True)
        (self.start, self.end) = self.connection.sql(
            "select max(period_start_date), max(period_end_date) from board.board.fct_board_count "
            "where period_type = 'financial year'"
        ).fetchall()[0]
        self.year = f"{self.start.year}/{self.end.year % 100:02d}" if self.start else ""
        (first,) = self.connection.sql(
            "select min(period_start_date) from board.board.fct_board_count"
        ).fetchall()[0]
        self.months = f"{first:%B %Y} to {self.end:%B %Y}" if first else ""

    def frame(self, query: str, *values: object) -> pd.DataFrame:
        """Rows of a query over schema board; each `?` takes one value."""
        return self.connection.execute(query, list(values)).df()


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _listed(table: pd.DataFrame, label: str, value: str) -> str:
    """Figures of a picture as words, such as "acute 235, council 120"."""
    return ", ".join(
        f"{row[label]} {figures.said(row[value])}" for _, row in table.iterrows()
    )


def changes(board: Board) -> Figure:
    """How the main counts differ from those of the year before."""
    rows = board.frame(
        "select now.measure_name, now.state, now.released_count, "
        "before.released_count as count_before, before.state as state_before "
        "from board.board.fct_board_indicator as now "
        "left join board.board.fct_board_indicator as before "
        "on now.measure_id = before.measure_id "
        "and now.neighbourhood_id = before.neighbourhood_id "
        "and now.period_start_date = before.period_start_date + interval 1 year "
        "where now.geography_type = 'city' and now.period_start_date = ? "
        "and list_contains(?, now.measure_id) order by now.measure_name",
        board.start,
        list(KEY_MEASURES),
    )
    now, before = (
        rows[name].astype(float).where(lambda count: count > 0)
        for name in ("released_count", "count_before")
    )
    # The two counts are taken to vary like independent Poisson counts.
    error = 1.96 * np.sqrt(1 / now + 1 / before)
    for name, z in (("change", 0), ("change_lower", -1), ("change_upper", 1)):
        rows[name] = (np.exp(np.log(now / before) + z * error) - 1) * 100
    known = rows.dropna(subset=["change"])
    fewer = int((known["change_upper"] < 0).sum())
    more = int((known["change_lower"] > 0).sum())
    return Figure(
        "changes",
        f"{fewer} of {len(rows)} main counts fell from the year before beyond chance, "
        f"{more} rose",
        f"City, change from the year before to {board.year}, percent; {RATE}; 95 % intervals",
        f"Estimates with intervals. Change in percent: {_listed(known, 'measure_name', 'change')}.",
        "Why: the city's population and what is recorded change too. "
        "Where one person has many events, chance moves counts further.",
        rows,
        figures.intervals(known, "measure_name", "change", "change, %", 0.0)
        if len(known)
        else "",
        {
            "measure_name": "measure",
            "count_before": "year before",
            "released_count": board.year,
            "change": "change, %",
            "change_lower": "lower 95 %",
            "change_upper": "upper 95 %",
            "state_before": "state, year before",
            "state": "state",
        },
    )


def glance(board: Board) -> Page:
    """What the city used in the last year."""
    rows = board.frame(
        "select measure_name, state, released_count, rate, rate_lower, rate_upper, rate_unit "
        "from board.board.fct_board_indicator where geography_type = 'city' "
        "and period_start_date = ? and list_contains(?, measure_id) order by measure_name",
        board.start,
        list(KEY_MEASURES),
    )
    known = rows.dropna(subset=["released_count"])
    main = known[known["measure_name"] == "A&E attendances"]
    headline = "The city's main figures are suppressed"
    if len(main):
        headline = (
            f"About {_count(main['released_count'].iloc[0])} A&E attendances in {board.year} "
            f"(to the nearest 5)"
        )
    table = Figure(
        "city",
        headline,
        f"City, financial year {board.year}; {RATE}; rates with 95 % intervals",
        "A table of the main counts and rates of the city.",
        "People who use several services count in each. " + LIMITS,
        rows,
        columns={
            "measure_name": "measure",
            "released_count": "count",
            "rate": "rate",
            "rate_lower": "lower 95 %",
            "rate_upper": "upper 95 %",
            "rate_unit": "unit",
            "state": "state",
        },
    )
    return Page(
        "index",
        "The city at a glance",
        "What the city used, and how sure we are.",
        [table, changes(board)],
    )


def variation(board: Board, boundaries: Path | None) -> Page:
    """Funnels and a map of wards."""
    pictures = []
    for measure in ("emergency_attendance", "emergency_admission_65_plus"):
        rows = board.frame(
            "select indicator.*, area.code from board.board.fct_board_indicator as indicator "
            "inner join board.board.dim_board_area as area using (neighbourhood_id) "
            "where indicator.geography_type = 'ward' and measure_id = ? "
            "and period_start_date = ? order by area_name",
            measure,
            board.start,
        )
        name = rows["measure_name"].iloc[0]
        rows["position"] = rows["funnel_position"].fillna(figures.NO_FIGURE)
        rows["lower"] = rows["overdispersed_funnel_99_8_lower"]
        rows["upper"] = rows["overdispersed_funnel_99_8_upper"]
        known = rows.dropna(subset=["ratio", "expected"])
        outside = known[known["position"] != "within"]
        hidden = len(rows) - len(known)
        is_drawn = len(known) >= FEWEST_SHARE_SHOWN * len(rows)
        found = (
            f"{len(outside)} of {len(known)} wards lie outside the 99.8 % limits of the funnel"
            if is_drawn
            else f"{hidden} of {len(rows)} wards have no figure, too many to compare the rest"
        )
        columns = {
            "area_name": "ward",
            "released_count": "count",
            "expected": "expected",
            "ratio": "ratio",
            "ratio_lower": "lower 95 %",
            "ratio_upper": "upper 95 %",
            "position": "position",
            "state": "state",
        }
        hint = (
            f" {hidden} wards have no figure (suppressed or unknown)." if hidden else ""
        )
        pictures.append(
            Figure(
                measure,
                f"{name}: {found}",
                f"Ratio to the number expected at the city's rates by age, wards, {board.year}; "
                "limits allow for ordinary differences between wards",
                f"A funnel plot of {len(known)} wards. {found.capitalize()}.{hint}",
                "Whether care is better or worse. Ratios of small wards move by up to 2 "
                "events of rounding. " + LIMITS,
                rows,
                figures.funnel(known) if is_drawn else "",
                columns,
            )
        )
        if measure == MAIN and boundaries is not None:
            pictures.append(
                Figure(
                    "map",
                    f"Where wards differ from the city: {len(outside)} outside, {hidden} without a figure",
                    f"{name}, position against the over-dispersed 99.8 % limits, {board.year}",
                    "A map of the wards. Above: "
                    + (
                        ", ".join(outside[outside["position"] == "above"]["area_name"])
                        or "none"
                    )
                    + ". Below: "
                    + (
                        ", ".join(outside[outside["position"] == "below"]["area_name"])
                        or "none"
                    )
                    + ". Wards without a figure are grey.",
                    "Differences inside wards. Large wards with few residents catch the eye.",
                    rows[["area_name", "position", "state"]],
                    figures.ward_map(boundaries, rows),
                    {"area_name": "ward", "position": "position", "state": "state"},
                )
            )
    lead = "How care differs between wards of like age. Wards are in order of name."
    return Page("variation", "Variation", lead, pictures)


def why(board: Board) -> Page:
    """Ratios against deprivation."""
    rows = board.frame(
        "select indicator.area_name, indicator.ratio, indicator.state, area.imd_2025_score "
        "from board.board.fct_board_indicator as indicator "
        "inner join board.board.dim_board_area as area using (neighbourhood_id) "
        "where indicator.geography_type = 'ward' and measure_id = ? "
        "and period_start_date = ? order by area_name",
        MAIN,
        board.start,
    )
    known = rows.dropna()
    headline, chart = "Too few wards have a figure to compare them with deprivation", ""
    if len(known) >= 10 and known["ratio"].std() > 0:
        r = float(np.corrcoef(known["imd_2025_score"], known["ratio"])[0, 1])
        low, high = np.tanh(
            np.arctanh(r) + np.array([-1.96, 1.96]) / np.sqrt(len(known) - 3)
        )
        told = (
            "are higher in more deprived wards"
            if low > 0
            else "do not clearly follow deprivation"
        )
        headline = (
            f"A&E attendances {told}: correlation {r:.2f} ({low:.2f} to {high:.2f})"
        )
        chart = figures.scatter(
            known,
            "imd_2025_score",
            "ratio",
            "deprivation score (IMD 2025)",
            "ratio to expected",
        )
    picture = Figure(
        "deprivation",
        headline,
        f"Ratio to expected and mean deprivation score, wards with a figure, {board.year}; 95 % interval",
        f"A scatter plot of {len(known)} wards: ratio over deprivation score. {headline}.",
        "Cause. Deprived wards differ in need, supply and distance as well; this is about "
        "places, not people.",
        rows,
        chart,
        {
            "area_name": "ward",
            "imd_2025_score": "deprivation score",
            "ratio": "ratio",
            "state": "state",
        },
    )
    return Page("why", "Why", "What the differences are associated with.", [picture])


def equity(board: Board) -> Page:
    """Slopes over deprivation fifths."""
    rows = board.frame(
        "select * from board.board.fct_board_inequality where period_start_date = ? "
        "and rate_unit like 'per 100,000%' order by measure_name",
        board.start,
    )
    rows["null_reason"] = rows["null_reason"].fillna("")
    rows["per_person"] = rows["sii"] / rows["most_deprived_rate"] * -100
    for end, other in (("lower", "upper"), ("upper", "lower")):
        rows[f"per_person_{end}"] = (
            rows[f"sii_{other}"] / rows["most_deprived_rate"] * -100
        )
    known = rows.dropna(subset=["sii"])
    clear = known[known["sii_upper"] < 0]
    picture = Figure(
        "inequality",
        f"{len(clear)} of {len(known)} measures are clearly higher in the most deprived fifth"
        if len(known)
        else "Every measure has a suppressed fifth",
        "Slope of rates from the most to the least deprived fifth, as a percentage of the rate of the "
        f"most deprived, {board.year}; 95 % intervals",
        "Estimates with intervals; above 0 the most deprived have more. Percent: "
        f"{_listed(known, 'measure_name', 'per_person')}.",
        "Whether care meets need: more care can be the right answer to more illness.",
        rows,
        figures.intervals(
            known, "measure_name", "per_person", "more in the most deprived, %", 0.0
        )
        if len(known)
        else "",
        {
            "measure_name": "measure",
            "most_deprived_rate": "most deprived",
            "least_deprived_rate": "least deprived",
            "sii": "slope",
            "sii_lower": "lower 95 %",
            "sii_upper": "upper 95 %",
            "rate_unit": "unit",
            "null_reason": "why there is no figure",
        },
    )
    return Page("equity", "Equity", "How care differs by deprivation.", [picture])


def _months(turns: pd.DataFrame) -> pd.Series:
    """The month of each turning point with its interval."""
    at, least, most = (
        pd.to_datetime(turns[f"turning_month_{name}date"]).dt.strftime("%b %Y")
        for name in ("", "lower_", "upper_")
    )
    return at + " (" + least + " to " + most + ")"


def unplanned(board: Board) -> Page:
    """Monthly charts and turning points."""
    months = board.frame(
        "select * from board.board.fct_board_month order by month_start_date"
    )
    turns = board.frame(
        "select * from board.board.fct_board_turning_point order by measure_name"
    )
    pictures = []
    for measure in (MAIN, "emergency_admission"):
        rows = months[months["measure_id"] == measure].rename(
            columns={
                "month_start_date": "month",
                "adjusted_rate_per_1000": "rate",
                "centre_rate_per_1000": "centre",
                "lower_limit_rate_per_1000": "lower",
                "upper_limit_rate_per_1000": "upper",
            }
        )
        if not len(rows) or rows["centre"].isna().all():
            continue
        name = rows["measure_name"].iloc[0]
        special = int((rows["variation"] != "common cause").sum())
        found = turns[
            (turns["measure_id"] == measure) & (turns["turning_point_number"] > 0)
        ]
        turned = "no turning point"
        if len(found):
            first = found.iloc[0]
            turned = (
                f"a turning point about {first['turning_month_date']:%B %Y} "
                f"({first['turning_month_lower_date']:%b %Y} to {first['turning_month_upper_date']:%b %Y})"
            )
        rows["month_name"] = pd.to_datetime(rows["month"]).dt.strftime("%b %Y")
        pictures.append(
            Figure(
                measure,
                f"{name}: {special} of {len(rows)} months show special-cause variation, {turned}",
                "City, monthly rate without season and working days, with control limits "
                f"(XmR, Making Data Count), {board.months}",
                f"A control chart of {len(rows)} months. {special} months break a rule; {turned}.",
                "Why a month differs. A date that was found in the data was not expected beforehand. "
                "Assurance against a target: these measures have none.",
                rows,
                figures.control_chart(rows),
                {
                    "month_name": "month",
                    "released_count": "count",
                    "rate": "adjusted rate",
                    "centre": "centre",
                    "lower": "lower limit",
                    "upper": "upper limit",
                    "variation": "variation",
                },
                rows["variation"].iloc[-1],
            )
        )
    if len(turns):
        found = turns[turns["turning_point_number"] > 0]
        pictures.append(
            Figure(
                "turning-points",
                f"{found['measure_id'].nunique()} of {turns['measure_id'].nunique()} monthly measures have a turning point",
                "City, measures of which every month can be released; 95 % intervals of date "
                f"and size, {board.months}",
                "A table of the turning points that were looked for.",
                "Measures with a month below 8 events.",
                turns.assign(
                    finding=turns["change_kind"]
                    .fillna("")
                    .str.cat(turns["finding"], sep=" "),
                    month=_months(turns),
                ),
                columns={
                    "measure_name": "measure",
                    "finding": "finding",
                    "month": "month",
                    "level_change_percent": "change, %",
                    "level_change_percent_lower": "lower 95 %",
                    "level_change_percent_upper": "upper 95 %",
                    "slope_before_percent": "yearly trend before, %",
                    "slope_after_percent": "yearly trend after, %",
                },
            )
        )
    if not pictures:
        return Page(
            "unplanned-care",
            "Unplanned care over time",
            "No monthly series can be released: each has a month with fewer than 8 events.",
            [],
        )
    return Page(
        "unplanned-care",
        "Unplanned care over time",
        "Whether something changed, and when.",
        pictures,
    )


def delays(board: Board) -> Page:
    """Delays as each organisation sees them, and what people wait for."""
    rows = board.frame(
        "select * from board.board.fct_board_delay where period_start_date = ? order by part",
        board.start,
    )
    pictures = []
    for view, what, unit in (
        ("on the list of", "Delays on each organisation's list", "delays"),
        ("waiting for", "Days of delay by what people wait for", "days"),
    ):
        part = rows[rows["view_type"] == view]
        known = part.dropna(subset=["released_count"])
        headline = f"{what}: too few to tell"
        if len(known):
            if unit == "delays":
                both = known[known["part"] == "acute and council"]
                headline = (
                    "Hospital and council lists: too few delays are on both to tell"
                )
                if len(both) and both["share"].notna().all():
                    one = both.iloc[0]
                    headline = (
                        f"{one['share'] * 100:.0f} % of delays are on the lists of both hospital and council "
                        f"({one['share_lower'] * 100:.0f} to {one['share_upper'] * 100:.0f} % by rounding)"
                    )
            else:
                largest = known.sort_values(["released_count", "part"]).iloc[-1]
                headline = (
                    f"Waiting for “{largest['part']}” takes about "
                    f"{_count(largest['released_count'])} of {_count(largest['total_count'])} days "
                    "(to the nearest 5)"
                    if pd.notna(largest["total_count"])
                    else f"About {_count(largest['released_count'])} days were spent waiting for “{largest['part']}”"
                )
        pictures.append(
            Figure(
                "lists" if unit == "delays" else "waiting-for",
                headline,
                f"City, delays that began in {board.year}; {RATE}; ranges are what the rounding allows",
                f"Bars of {unit}: {_listed(known, 'part', 'released_count')}. "
                f"Suppressed: {', '.join(part[part['released_count'].isna()]['part']) or 'none'}.",
                "Whose fault a delay is: an organisation need not know of waits it has no part in."
                if unit == "delays"
                else "What would happen if one wait were shortened: others may take its place.",
                part,
                figures.bars(known, "part", "released_count", unit)
                if len(known)
                else "",
                {
                    "part": "list" if unit == "delays" else "waiting for",
                    "released_count": unit,
                    "share": "share",
                    "share_lower": "lowest",
                    "share_upper": "highest",
                    "state": "state",
                },
            )
        )
    return Page(
        "delays",
        "Delays in leaving hospital",
        "As each organisation sees them.",
        pictures,
    )


def beds(board: Board) -> Page:
    """Community beds and who could have been at home."""
    rows = board.frame(
        "select *, bed_kind || ': ' || best_setting as label from board.board.fct_board_right_setting "
        "where period_start_date = ? order by label",
        board.start,
    )
    known = rows.dropna(subset=["share"])
    home = known[
        (known["best_setting"] == "own home") & (known["bed_kind"] == "hospital")
    ]
    headline = "Too few stays to tell who could have been at home"
    if len(home):
        one = home.iloc[0]
        headline = (
            f"About {one['share'] * 100:.0f} % of judged hospital days could have been at home "
            f"in {board.year}; how far chance moves this is not known from counts"
        )
    right = Figure(
        "right-setting",
        headline,
        f"Days by the best setting, judged by published rules, {board.year}; {RATE}",
        "Bars of the share of days by kind of bed and best setting: "
        f"{_listed(known, 'label', 'share')}. "
        f"Suppressed: {', '.join(rows[rows['share'].isna()]['label']) or 'none'}.",
        "The interval of chance, which is wider: a few long stays make up many days.",
        rows,
        figures.bars(known, "label", "share", "share of days") if len(known) else "",
        {
            "bed_kind": "bed",
            "best_setting": "best setting",
            "released_count": "days",
            "share": "share",
            "share_lower": "lowest",
            "share_upper": "highest",
            "state": "state",
        },
    )
    demand = board.frame(
        "select * from board.board.fct_board_bed_demand where bed_purpose <> 'all' "
        "and year % 5 = 0 order by bed_purpose, year"
    )
    demand["label"] = demand["bed_purpose"] + " " + demand["year"].astype(str)
    demand = demand.rename(
        columns={
            "mean_occupied_beds": "beds",
            "occupied_beds_lower": "beds_lower",
            "occupied_beds_upper": "beds_upper",
        }
    )
    ageing = "Too few stays to tell how many community beds are used"
    if len(demand):
        largest = demand.loc[demand["beds"].idxmax(), "bed_purpose"]
        first, last = (
            demand[demand["bed_purpose"] == largest].iloc[[0, -1]].itertuples()
        )
        now, later = (
            f"{row.beds:.1f} ({row.beds_lower:.1f} to {row.beds_upper:.1f}) in {row.year}"
            for row in (first, last)
        )
        ageing = f"Ageing alone takes occupied beds for {largest} from {now} to {later}"
    need = Figure(
        "beds",
        ageing,
        "Mean occupied community beds by purpose if use at 65 and over stays as in "
        f"{board.year}; ranges hold 95 % of nights",
        f"Estimates with ranges. Beds: {_listed(demand, 'label', 'beds')}.",
        "Beds that must be free when a person comes, and changes of practice.",
        demand,
        figures.intervals(demand, "label", "beds", "occupied beds")
        if len(demand)
        else "",
        {
            "bed_purpose": "purpose",
            "year": "year",
            "beds": "occupied beds",
            "beds_lower": "lower",
            "beds_upper": "upper",
        },
    )
    return Page(
        "beds",
        "Community beds, and who could have been at home",
        "Where people were, and where they could have been.",
        [right, need],
    )


def schemes(board: Board) -> Page:
    """Better Care Fund metrics and schemes."""
    rows = board.frame("select * from board.board.fct_board_scheme order by scheme_id")
    rows["null_reason"] = rows["null_reason"].fillna("")
    known = rows.dropna(subset=["change_percent"]).rename(
        columns={
            "change_percent": "change",
            "change_percent_lower": "change_lower",
            "change_percent_upper": "change_upper",
        }
    )
    fewer = known[known["change_upper"] < 0] if len(known) else known
    more = known[known["change_lower"] > 0] if len(known) else known
    tested = Figure(
        "schemes",
        f"{len(fewer)} of {len(rows)} schemes show fewer events than the rest of the city beyond chance, "
        f"{len(more)} more; {len(rows) - len(known)} cannot be tested with released counts",
        "Whole years since the start against those before it and against the rest of the city, "
        f"percent, {board.months}; 95 % intervals",
        "Estimates with intervals; below 0 there were fewer events. Change in percent: "
        f"{_listed(known, 'scheme_name', 'change')}.",
        "What the hub's appraisal allows for: months, age, trends, people enrolled. No savings.",
        rows,
        figures.intervals(known, "scheme_name", "change", "change, %", 0.0)
        if len(known)
        else "",
        {
            "scheme_name": "scheme",
            "claimed_effect_percent": "claimed reduction, %",
            "change_percent": "change, %",
            "change_percent_lower": "lower 95 %",
            "change_percent_upper": "upper 95 %",
            "null_reason": "why there is no figure",
        },
    )
    metrics = board.frame(
        "select measure_name, year(period_start_date) || '/' || right(cast(year(period_end_date) as varchar), 2) "
        "as year_name, rate, rate_lower, rate_upper, rate_unit, null_reason "
        "from board.board.fct_board_bcf_metric where geography_type = 'city' "
        "order by measure_name, period_start_date"
    )
    metrics["null_reason"] = metrics["null_reason"].fillna("")
    ends = metrics.dropna(subset=["rate"]).groupby("measure_name")
    first, last = ends.first(), ends.last()
    clear = (first["rate_lower"] > last["rate_upper"]) | (
        first["rate_upper"] < last["rate_lower"]
    )
    table = Figure(
        "metrics",
        f"{clear.sum()} of {metrics['measure_name'].nunique()} metrics differ between the first and the "
        "last year by more than their intervals",
        f"Metrics of the Better Care Fund, city, by financial year, {board.months}; 95 % intervals",
        "A table of yearly rates with intervals.",
        "The national returns: they count monthly activity and will differ.",
        metrics,
        columns={
            "measure_name": "metric",
            "year_name": "year",
            "rate": "rate",
            "rate_lower": "lower 95 %",
            "rate_upper": "upper 95 %",
            "rate_unit": "unit",
            "null_reason": "why there is no figure",
        },
    )
    return Page(
        "schemes",
        "Better Care Fund schemes",
        "What changed where schemes work.",
        [tested, table],
    )


def quality(board: Board) -> Page:
    """What can be trusted, and how much is suppressed."""
    rows = board.frame(
        "select feed, any_value(total_count) as delivered, "
        "max(case when outcome = 'current' then share end) as used, "
        "max(case when outcome = 'quarantined' then share end) as refused, "
        "max(case when outcome = 'quarantined' then state end) as refused_state "
        "from board.board.fct_board_data_quality group by feed order by feed"
    )
    worst = rows["refused"].max()
    hidden_feeds = int((rows["refused_state"] == "suppressed").sum())
    feeds = Figure(
        "feeds",
        f"Up to {worst * 100:.1f} % of the rows of a feed were refused, "
        f"{hidden_feeds} feeds have no figure"
        if pd.notna(worst)
        else "No feed has a figure of refused rows",
        f"Rows of each feed since its first file, counted for {board.year}; {RATE}",
        f"A table of {len(rows)} feeds.",
        "Rows that were never sent, and values that are wrong but readable.",
        rows,
        columns={
            "feed": "feed",
            "delivered": "rows delivered",
            "used": "share used",
            "refused": "share refused",
            "refused_state": "refused",
        },
    )
    states = board.frame(
        "select geography_type, count(*) as counts, "
        "count(*) filter (state = 'suppressed') as suppressed, "
        "count(*) filter (state = 'unknown') as unknown, "
        "suppressed / counts as share "
        "from board.board.fct_board_count where part_type = 'all' group by geography_type order by geography_type"
    )
    states["geography_type"] = states["geography_type"].str.replace("_", " ")
    hidden = float(states["suppressed"].sum() / states["counts"].sum())
    of_wards = states.loc[states["geography_type"] == "ward", "share"]
    control = Figure(
        "suppression",
        f"{hidden * 100:.0f} % of yearly counts are suppressed, of those of wards {of_wards.sum() * 100:.0f} %",
        f"Yearly counts of all measures by kind of area, {board.months}",
        "A table of counts, and how many of them are suppressed or unknown.",
        "Which suppressed counts are small and which protect others: that is not told.",
        states,
        columns={
            "geography_type": "kind of area",
            "counts": "counts",
            "suppressed": "suppressed",
            "unknown": "unknown",
            "share": "share suppressed",
        },
    )
    return Page(
        "quality",
        "Data quality and limits",
        "What can be trusted, and what cannot be shown.",
        [feeds, control, rounding(board)],
    )


def rounding(board: Board) -> Figure:
    """How far rounding moves counts, from the released counts alone.

    Each true count that a released one allows is taken to be as likely, so nothing is
    told of the true ones.
    """
    rows = board.frame(
        "with possible as (select measure_name, geography_type, "
        "100.0 * abs(released_count - true_count) / true_count as moved "
        "from board.board.fct_board_count, "
        "unnest(range(greatest(released_count - 2, 8), released_count + 3)) as t(true_count) "
        "where part_type = 'all' and state = 'released'), "
        "visible as (select measure_name, "
        "100.0 * avg(case when released_count is null then 0 else 1 end) as shown "
        "from board.board.fct_board_count "
        "where part_type = 'all' and geography_type = 'ward' group by measure_name) "
        "select measure_name, any_value(shown) as shown, "
        "median(moved) filter (geography_type = 'ward') as ward_median, "
        "quantile_cont(moved, 0.95) filter (geography_type = 'ward') as ward_most, "
        "median(moved) filter (geography_type = 'neighbourhood_team') as team_median, "
        "quantile_cont(moved, 0.95) filter (geography_type = 'neighbourhood_team') as team_most, "
        "median(moved) filter (geography_type = 'city') as city_median, "
        "quantile_cont(moved, 0.95) filter (geography_type = 'city') as city_most "
        "from visible left join possible using (measure_name) "
        "group by measure_name order by measure_name"
    )
    known = rows.dropna(subset=["ward_median"])
    headline = "No ward has a figure that rounding could move"
    if len(known):
        least, most = known["ward_median"].min(), known["ward_median"].max()
        headline = (
            f"Rounding moves a typical ward count by {least:.1f} to {most:.1f} %, "
            "depending on the measure"
        )
    return Figure(
        "rounding",
        headline,
        "Difference between rounded and true counts, as a percentage of the true one: median and "
        f"95th percentile of yearly counts, {board.months}",
        f"A table of {len(rows)} measures.",
        "The true differences: these follow from the rounded counts, if each count that a rounded one "
        "allows is as likely. Zeros are exact; suppressed counts are lost altogether.",
        rows,
        columns={
            "measure_name": "measure",
            "shown": "wards shown, %",
            "ward_median": "wards, median %",
            "ward_most": "wards, 95th percentile %",
            "team_median": "teams, median %",
            "team_most": "teams, 95th percentile %",
            "city_median": "city, median %",
            "city_most": "city, 95th percentile %",
        },
    )


def methods(board: Board) -> Page:
    """How the figures are made, and what the words mean."""
    return Page(
        "methods",
        "Methods and glossary",
        "How the figures are made, and what the words mean.",
        [],
        (
            "Counts: 1 to 7 are suppressed, zero stays zero, all others are rounded to the nearest 5 "
            "(NHS England, Disclosure control methodology for HES and ECDS). Further counts are suppressed "
            "where a suppressed one would otherwise follow from sums. Everything here is computed from "
            "these counts and from public populations.",
            "Expected number: events that an area would have at the city's rates by age. Ratio: count over "
            "expected; 1 is as in the city. Areas are compared with the city, never with each other.",
            "95 % interval: the range of true values that the count allows, if events are independent. "
            "Where a person has many events the truth may lie further away, and rounding adds up to 2 events.",
            "Funnel: the limits within which ratios lie by chance and by ordinary differences between areas "
            "(over-dispersed, 99.8 %). One in 500 areas lies outside by chance.",
            "Control chart (XmR): months outside the limits, seven on one side of the centre, seven rising or "
            "falling, or two of three near a limit show special-cause variation (Making Data Count).",
            "Slope index of inequality: difference of the fitted rate between the ends of the scale from most "
            "to least deprived.",
            "Suppressed: 1 to 7, or hidden to protect another count. Unknown: not delivered. Zero: nothing happened.",
        ),
    )


def pages(database: Path, boundaries: Path | None) -> tuple[str, list[Page]]:
    """Year and pages of the pack from the board and the outlines of the wards."""
    board = Board(database)
    makers: list[Callable[[Board], Page]] = [
        glance,
        lambda one: variation(one, boundaries),
        why,
        equity,
        unplanned,
        delays,
        beds,
        schemes,
        quality,
        methods,
    ]
    return board.year, [make(board) for make in makers]
