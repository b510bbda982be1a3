"""Estimates of every indicator of every area and period, from observed and expected."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intelligence.statistics import rates
from intelligence.statistics.rates import Array, Estimate, Interval

KEYS = ("neighbourhood_id", "indicator_id", "period_start_date")
# A ratio above this is notable: probabilities are of exceeding it.
NOTABLE_RATIO = 1.1
# Floats are rounded, so that numbers do not depend on the processor's last digit.
_DIGITS = 9


def estimate(totals: pa.Table) -> pa.Table:
    """Estimates of ratios, rates, funnels and shrinkage for each row of `totals`.

    `totals` has a row for each area, indicator and period: the KEYS, geography_type,
    observed and expected (in the numerator's unit), denominator, dispersion (variance
    over mean of the numerator), city_rate, is_per_head, is_share, minimum_events,
    yearly_rate, yearly_rate_variance and has_every_band (null where no direct rate is
    possible). The result has the same rows with KEYS and double columns, null where
    there is no value: see int_neighbourhood__indicator_estimates. Priors and
    over-dispersion are those of all areas of one geography type, indicator and period.
    Methods and sources are in intelligence.statistics.rates.
    """
    observed, expected = _numbers(totals, "observed"), _numbers(totals, "expected")
    denominator = _numbers(totals, "denominator")
    # Nothing to vary by chance where the city has no events at all.
    dispersion = np.nan_to_num(_numbers(totals, "dispersion"), nan=1.0)
    city_rate = _numbers(totals, "city_rate")
    is_share = np.array(totals.column("is_share"), dtype=bool)
    fewest = _numbers(totals, "minimum_events")
    base = np.where((denominator > 0) & (expected > 0), expected, np.nan)
    count, chance = observed / dispersion, base / dispersion

    ratio = _ratio(observed, base, denominator, dispersion, is_share)
    group = _groups(totals, ("geography_type", *KEYS[1:]))
    spread = rates.overdispersion(count, chance, group)
    prior = rates.fit_gamma_prior(count, chance, group)
    shape, mean = prior.shape[group], prior.mean[group]
    tau_squared = spread.tau_squared[group]
    shrunken = rates.shrunken_ratio(count, chance, shape, mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected_share = np.where(is_share, np.minimum(base / denominator, 1), np.nan)
    direct = rates.dobson_limits(
        observed,
        np.where(
            _flags(totals, "has_every_band"), _numbers(totals, "yearly_rate"), np.nan
        ),
        _numbers(totals, "yearly_rate_variance"),
        fewest=fewest * dispersion,
    )
    estimates: dict[str, Array] = {
        "effective_events": count,
        "effective_expected": chance,
        **_three("ratio", ratio),
        **_three("rate", Estimate(*(limit * city_rate for limit in ratio))),
        **_three("direct_rate", direct),
        **_two("funnel_95", rates.funnel_limits(chance)),
        **_two("funnel_99_8", rates.funnel_limits(chance, 0.998)),
        **_two(
            "overdispersed_funnel_95",
            rates.overdispersed_funnel_limits(
                chance, tau_squared, expected_share=expected_share
            ),
        ),
        **_two(
            "overdispersed_funnel_99_8",
            rates.overdispersed_funnel_limits(
                chance, tau_squared, 0.998, expected_share=expected_share
            ),
        ),
        "overdispersion_phi": spread.phi[group],
        "between_area_variance": tau_squared,
        **_three("shrunken_ratio", shrunken),
        "probability_above": rates.probability_above(
            NOTABLE_RATIO, count, chance, shape, mean
        ),
    }
    table = totals.select(KEYS)
    for name, values in estimates.items():
        rounded = np.round(values, _DIGITS)
        table = table.append_column(name, pa.array(rounded, mask=np.isnan(rounded)))
    return table


def _ratio(
    observed: Array,
    base: Array,
    denominator: Array,
    dispersion: Array,
    is_share: npt.NDArray[np.bool_],
) -> Estimate:
    """Ratios; those of shares have Wilson's limits, which stay between 0 and all."""
    counted = rates.standardised_ratio(observed, base, dispersion=dispersion)
    share = rates.wilson_limits(
        np.where(is_share, observed, np.nan), np.where(is_share, denominator, np.nan)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = denominator / base
    return Estimate(
        counted.value,
        np.where(is_share, share.lower * scale, counted.lower),
        np.where(is_share, share.upper * scale, counted.upper),
    )


def _numbers(table: pa.Table, column: str) -> Array:
    """A column as floats, null as NaN."""
    return np.asarray(table.column(column).to_numpy(zero_copy_only=False), dtype=float)


def _flags(table: pa.Table, column: str) -> npt.NDArray[np.bool_]:
    """A column of booleans, null as false."""
    flags: npt.NDArray[np.bool_] = (
        table.column(column)
        .fill_null(False)
        .to_numpy(zero_copy_only=False)
        .astype(bool)
    )
    return flags


def _groups(table: pa.Table, columns: tuple[str, ...]) -> rates.Codes:
    """Number the distinct combinations of text or date columns from 0."""
    code = np.zeros(table.num_rows, dtype=np.int64)
    for column in columns:
        own = table.column(column).combine_chunks().dictionary_encode()
        code = code * max(len(own.dictionary), 1) + own.indices.to_numpy()
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def _three(name: str, estimate: Estimate) -> dict[str, Array]:
    return {name: estimate.value, **_two(name, Interval(*estimate[1:]))}


def _two(name: str, interval: Interval) -> dict[str, Array]:
    return {f"{name}_lower": interval.lower, f"{name}_upper": interval.upper}
