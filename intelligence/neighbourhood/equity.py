"""Inequality by deprivation of every indicator and year, and access for equal need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from intelligence.statistics import inequality

Array = npt.NDArray[np.float64]

FIFTHS = (1, 2, 3, 4, 5)
ALL_PEOPLE = "all"
MINIMUM_EVENTS = 10.0
# Rates are standardised by five-year bands. Ethnic groups by deprivation have too few
# people for that and use bands that begin at 0, 15, 40, 65, 75 and 85.
AGE_BANDS = tuple([*(f"{age:02d}-{age + 4:02d}" for age in range(0, 90, 5)), "90+"])
_BROAD_BANDS = (0, 3, 8, 13, 15, 17)
_ADJUSTMENTS = {
    "none": [],
    "age and sex": ["age_and_sex"],
    "age, sex, conditions and frailty": [
        "age_and_sex",
        "condition_count",
        "frailty_level",
    ],
}
_DIGITS = 6
_INEQUALITY_SCHEMA = pa.schema(
    [
        ("indicator_id", pa.string()),
        ("ethnic_group", pa.string()),
        ("null_reason", pa.string()),
        *(
            (name, pa.float64())
            for name in (
                "event_count",
                "most_deprived_rate",
                "least_deprived_rate",
                "sii",
                "sii_lower",
                "sii_upper",
                "rii",
                "rii_lower",
                "rii_upper",
                "sii_yearly_change",
                "sii_yearly_change_lower",
                "sii_yearly_change_upper",
                "sii_change_p_value",
                "rii_yearly_factor",
                "rii_yearly_factor_lower",
                "rii_yearly_factor_upper",
                "rii_change_p_value",
            )
        ),
        ("period_start_date", pa.date32()),
    ]
)
_ACCESS_SCHEMA = pa.schema(
    [
        ("contact_type", pa.string()),
        ("adjusted_for", pa.string()),
        ("deprivation_fifth", pa.int32()),
        ("rate_ratio", pa.float64()),
        ("rate_ratio_lower", pa.float64()),
        ("rate_ratio_upper", pa.float64()),
        ("period_start_date", pa.date32()),
    ]
)


def measure_inequality(cells: pa.Table, standard: pa.Table) -> pa.Table:
    """SII, RII and their trends for each indicator, ethnic group and year.

    `cells` has sums for each indicator_id, period_start_date, deprivation_fifth (1 most
    deprived), ethnic_group and age_band (five years, as "65-69"): numerator,
    denominator (person-years or events), with dispersion, age_from, is_per_head and
    is_share of the indicator. `standard` has age_band and standard_population. Rates of
    fifths are directly standardised for age, to `standard` per head and to all cells of
    the year else. The slope of a share runs through logits, unless it is 0 or 1 in a
    fifth, so that fitted shares stay within none and all. A trend takes in the years up
    to its own. Without a value there is a reason: fewer than `MINIMUM_EVENTS`
    (effective) events in a fifth, or an age band in which a fifth has no people.
    """
    frame = cells.to_pandas()
    weights = standard.to_pandas().set_index("age_band")["standard_population"]
    by_head = weights.loc[list(AGE_BANDS)].to_numpy(dtype=float)
    starts = sorted(frame["period_start_date"].unique())
    groups = sorted(frame["ethnic_group"].unique())
    rows: list[dict[str, object]] = []
    for indicator, part in frame.groupby("indicator_id", sort=True):
        # (years, groups, fifths, age bands); all people come before the ethnic groups.
        events, people = np.zeros((2, len(starts), len(groups) + 1, 5, len(AGE_BANDS)))
        at = (
            np.searchsorted(starts, part["period_start_date"]),
            np.searchsorted(groups, part["ethnic_group"]) + 1,
            part["deprivation_fifth"].to_numpy() - 1,
            part["age_band"].str.slice(0, 2).astype(int).to_numpy() // 5,
        )
        np.add.at(events, at, part["numerator"])
        np.add.at(people, at, part["denominator"])
        events[:, 0], people[:, 0] = events.sum(axis=1), people.sum(axis=1)
        dispersions = part.groupby("period_start_date")["dispersion"].first()
        old_enough = np.arange(len(AGE_BANDS)) * 5 >= part["age_from"].iloc[0]
        for number, name in enumerate([ALL_PEOPLE, *groups]):
            years = []
            for year, start in enumerate(starts):
                if start not in dispersions:
                    continue
                weight = people[year, 0].sum(axis=0)
                if part["is_per_head"].iloc[0]:
                    weight = by_head * old_enough
                found = _inequality(
                    events[year, number],
                    people[year, number],
                    weight,
                    range(len(AGE_BANDS)) if number == 0 else _BROAD_BANDS,
                    float(dispersions[start]),
                    bool(part["is_share"].iloc[0]),
                )
                years.append({"period_start_date": start} | found)
            _add_trends(years)
            own = {"indicator_id": indicator, "ethnic_group": name}
            rows += [own | year for year in years]
    rounded = [
        {
            name: round(value, _DIGITS) if isinstance(value, float) else value
            for name, value in row.items()
            if value == value
        }
        for row in rows
    ]
    return pa.Table.from_pylist(rounded, _INEQUALITY_SCHEMA)


def _inequality(
    events: Array,
    people: Array,
    weight: Array,
    bands: Sequence[int],
    dispersion: float,
    is_share: bool,
) -> dict[str, object]:
    """SII and RII of one indicator, ethnic group and year, or why there is none.

    events, people: (fifths, age bands); weight: (age bands,) of the standard; bands:
    positions at which bands to standardise by begin.
    """
    found: dict[str, object] = {"event_count": float(events.sum())}
    events, people, weight = (
        np.add.reduceat(of_ages, bands, axis=-1) for of_ages in (events, people, weight)
    )
    if not (events.sum(axis=1) >= MINIMUM_EVENTS * dispersion).all():
        found["null_reason"] = (
            f"fewer than {MINIMUM_EVENTS:g} independent events in a deprivation fifth"
        )
        return found
    use = weight > 0
    share, events, people = weight[use] / weight.sum(), events[:, use], people[:, use]
    if (people <= 0).any():
        found["null_reason"] = "an age band without population in a deprivation fifth"
        return found
    rates = (share * events / people).sum(axis=1)
    errors = np.sqrt((share**2 * dispersion * events / people**2).sum(axis=1))
    on_logits = is_share and bool(((rates > 0) & (rates < 1)).all())
    slope = inequality.slope_index(
        rates, errors, people.sum(axis=1), on_logits=on_logits
    )
    assert slope is not None
    return found | {
        "most_deprived_rate": float(rates[0]),
        "least_deprived_rate": float(rates[-1]),
        "sii": slope.sii,
        **_limits("sii", slope.sii_interval),
        "sii_error": slope.sii_error,
        "rii": slope.rii,
        **_limits("rii", slope.rii_interval),
        "log_rii_error": slope.log_rii_error,
    }


def _add_trends(years: list[dict[str, object]]) -> None:
    """Add to each year the trend of the years up to it, where there are enough."""
    for measure, change, factor in (
        ("sii", "sii_yearly_change", False),
        ("rii", "rii_yearly_factor", True),
    ):
        error = "log_rii_error" if factor else "sii_error"
        values, errors, starts = (
            np.array([convert(year.get(name)) for year in years], dtype=float)
            for name, convert in (
                (measure, _number),
                (error, _number),
                ("period_start_date", lambda day: day.year),
            )
        )
        values = np.log(values) if factor else values
        for n, year in enumerate(years):
            upto = slice(n + 1)
            trend = inequality.yearly_trend(values[upto], errors[upto], starts[upto])
            if trend is None or not np.isfinite(values[n]):
                continue
            found = np.array([trend.change, trend.lower, trend.upper])
            found = np.exp(found) if factor else found
            year[change] = float(found[0])
            year |= _limits(change, (float(found[1]), float(found[2])))
            year[f"{measure}_change_p_value"] = trend.p_value
    for year in years:
        year.pop("sii_error", None)
        year.pop("log_rii_error", None)


def _number(value: object) -> float:
    return value if isinstance(value, float) else float("nan")


def _limits(name: str, limits: tuple[float, float]) -> dict[str, float]:
    return {f"{name}_lower": float(limits[0]), f"{name}_upper": float(limits[1])}


def compare_access(cells: pa.Table) -> pa.Table:
    """Contacts of each deprivation fifth relative to the least deprived one.

    `cells` has sums over similar people, for each contact_type and
    period_start_date: deprivation_fifth, age_band, sex, condition_count and
    frailty_level; contact_count, person_days, contact_squares, contacts_by_days and
    days_squares. Three ratios each: unadjusted, at equal age and sex, and at equal age,
    sex, number of conditions and frailty. See `inequality.rate_ratios`.
    """
    frame = cells.to_pandas()
    frame["age_and_sex"] = frame["age_band"] + frame["sex"]
    blocks = []
    for (kind, start), group in frame.groupby(["contact_type", "period_start_date"]):
        numbers = {
            name: group[name].to_numpy(dtype=float)
            for name in (
                "contact_count",
                "person_days",
                "contact_squares",
                "contacts_by_days",
                "days_squares",
            )
        }
        fifth = group["deprivation_fifth"].to_numpy(dtype=np.int64) - 1
        for adjusted_for, columns in _ADJUSTMENTS.items():
            indicators = [
                pd.get_dummies(group[column]).to_numpy(dtype=float)
                for column in columns
            ]
            covariates = np.column_stack([np.zeros((len(group), 0)), *indicators])
            ratios = inequality.rate_ratios(
                fifth, len(FIFTHS) - 1, covariates, *numbers.values()
            )
            blocks.append(
                pd.DataFrame(
                    {
                        "contact_type": kind,
                        "adjusted_for": adjusted_for,
                        "deprivation_fifth": FIFTHS,
                        "rate_ratio": ratios.ratio.round(_DIGITS),
                        "rate_ratio_lower": ratios.lower.round(_DIGITS),
                        "rate_ratio_upper": ratios.upper.round(_DIGITS),
                        "period_start_date": start,
                    }
                )
            )
    if not blocks:
        return _ACCESS_SCHEMA.empty_table()
    return pa.Table.from_pandas(pd.concat(blocks), _ACCESS_SCHEMA, preserve_index=False)
