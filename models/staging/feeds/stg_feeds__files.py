import os
from pathlib import Path

from intelligence.feeds.landing import landing_folder
from intelligence.feeds.layouts import feed_tables
from intelligence.feeds.register import register_files
from intelligence.platform.keys import LANDING_KEY, feeds_key
from intelligence.platform.session import known_rows


def model(dbt, session):
    dbt.config(materialized="table")
    # The layouts are those that stg_feeds__columns lists.
    dbt.ref("stg_feeds__columns")
    return register_files(
        root=os.environ.get("HUB_FEEDS", "demo/feeds"),
        overrides={
            "reference": os.environ.get("HUB_REFERENCE"),
            "published_delays": os.environ.get("HUB_PUBLISHED_DELAYS"),
        },
        tables=feed_tables(),
        writer=landing_folder(
            Path(os.environ.get("HUB_BUILD", "build"), "landing"), session, LANDING_KEY
        ),
        key=feeds_key(),
        known=known_rows(dbt.this, session),
        longest_line=int(dbt.config.meta_get("longest_line_bytes")),
        are_pseudonymised=(
            str(dbt.config.meta_get("feeds_are_pseudonymised")).lower() == "true"
        ),
    )
