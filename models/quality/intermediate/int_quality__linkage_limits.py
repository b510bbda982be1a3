from intelligence.linkage.quality import share_limits


def model(dbt, session):
    dbt.config(materialized="table")
    counts = dbt.ref("int_quality__linkage_counts").order("all")
    return share_limits(counts.to_arrow_table())
