from intelligence.feeds.findings import findings


def model(dbt, session):
    dbt.config(materialized="table")
    files = dbt.ref("stg_feeds__files").order("all")
    return findings(files.to_arrow_table())
