import os
from pathlib import Path

from intelligence.disclosure.release import release


def model(dbt, session):
    dbt.config(materialized="table")
    return release(
        dbt.ref("int_board__atoms").order("all").to_arrow_table(),
        dbt.ref("int_board__sums").order("all").to_arrow_table(),
        dbt.ref("board_measures").order("all").to_arrow_table(),
        Path(os.environ.get("HUB_RELEASES", "releases")),
        os.environ.get("HUB_REVISE", "").split(),
        dbt.ref("dim_neighbourhood")
        .filter("geography_type = 'lsoa'")
        .order("all")
        .to_arrow_table(),
    )
