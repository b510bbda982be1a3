import os

from intelligence.feeds import register_files


def model(dbt, session):
    dbt.config(materialized="table")
    columns = dbt.ref("stg_feeds__columns").to_arrow_table()
    read_before = session.execute(
        "select count(*) from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [dbt.this.database, dbt.this.schema, dbt.this.identifier],
    ).fetchone()[0]
    known = session.sql(f"select * from {dbt.this}") if read_before else None
    return register_files(
        root=os.environ.get("HUB_FEEDS", "demo/feeds"),
        overrides={
            "reference": os.environ.get("HUB_REFERENCE"),
            "published_delays": os.environ.get("HUB_PUBLISHED_DELAYS"),
        },
        columns=columns,
        known=known.to_arrow_table() if known else None,
    )
