from intelligence.linkage.stewards import decisions_path, read_decisions


def model(dbt, session):
    dbt.config(materialized="table")
    return read_decisions(decisions_path())
