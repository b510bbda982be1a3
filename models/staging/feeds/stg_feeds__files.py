import os
from pathlib import Path

from intelligence.feeds.landing import EncryptedFolder
from intelligence.feeds.layouts import feed_tables
from intelligence.feeds.register import register_files
from intelligence.platform.zones import LANDING_KEY, feeds_key


def model(dbt, session):
    dbt.config(materialized="table")
    # The layouts are those that stg_feeds__columns lists.
    dbt.ref("stg_feeds__columns")
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
        tables=feed_tables(),
        writer=EncryptedFolder(
            Path(os.environ.get("HUB_BUILD", "build"), "landing"), session, LANDING_KEY
        ),
        key=feeds_key(),
        known=known.to_arrow_table() if known else None,
        longest_line=int(dbt.config.meta_get("longest_line_bytes")),
        are_pseudonymised=(
            str(dbt.config.meta_get("feeds_are_pseudonymised")).lower() == "true"
        ),
    )
