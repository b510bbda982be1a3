from intelligence.neighbourhood.indicators import KEYS, estimate


def model(dbt, session):
    dbt.config(materialized="table")
    totals = dbt.ref("int_neighbourhood__indicator_totals").order(", ".join(KEYS))
    return estimate(totals.to_arrow_table())
