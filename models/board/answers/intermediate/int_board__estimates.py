from intelligence.neighbourhood.indicators import estimate


def model(dbt, session):
    dbt.config(materialized="table")
    # Counts alone do not tell how often the same person comes, so events are taken to
    # be independent; where they are not, over-dispersion of areas shows it.
    totals = dbt.ref("int_board__indicator_totals").filter(
        "observed is not null and expected is not null and denominator is not null"
    )
    return estimate(
        totals.select(
            "neighbourhood_id, measure_id as indicator_id, geography_type, observed, "
            "expected, denominator, 1.0 as dispersion, city_rate, "
            "not is_share as is_per_head, is_share, 10.0 as minimum_events, "
            "null::double as yearly_rate, null::double as yearly_rate_variance, "
            "null::boolean as has_every_band, period_start_date"
        )
        .order("all")
        .to_arrow_table()
    )
