from intelligence.neighbourhood.explanations import explain_variation


def model(dbt, session):
    dbt.config(materialized="table")
    rows = dbt.ref("int_neighbourhood__indicator_covariates").order("all")
    return explain_variation(rows.to_arrow_table())
