from intelligence.unplanned_care import charts


def model(dbt, session):
    dbt.config(materialized="table")
    months = dbt.ref("int_unplanned_care__months")
    return charts(
        months.select("*, geography_type = 'city' as is_city")
        .order("all")
        .to_arrow_table()
    )
