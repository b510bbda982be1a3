from intelligence.better_care_fund.metrics import with_limits


def model(dbt, session):
    dbt.config(materialized="table")
    periods = dbt.ref("int_better_care_fund__metric_periods").order("all")
    return with_limits(periods.to_arrow_table())
