from intelligence.board.inequality import slopes


def model(dbt, session):
    dbt.config(materialized="table")
    fifths = dbt.ref("fct_board_indicator").filter(
        "geography_type = 'deprivation_fifth'"
    )
    populations = dbt.ref("int_board__populations").filter(
        "geography_type = 'deprivation_fifth'"
    )
    return slopes(
        fifths.order("all").to_arrow_table(), populations.order("all").to_arrow_table()
    )
