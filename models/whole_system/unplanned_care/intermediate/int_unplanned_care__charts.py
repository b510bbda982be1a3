from intelligence.unplanned_care.series import charts


def model(dbt, session):
    dbt.config(materialized="table")
    months = dbt.ref("int_unplanned_care__months")
    turning_points = dbt.ref("int_unplanned_care__turning_points")
    measures = dbt.ref("unplanned_care_measures")
    return charts(
        months.select("*, geography_type = 'city' as is_city")
        .order("all")
        .to_arrow_table(),
        turning_points.order("all").to_arrow_table(),
        measures.order("all").to_arrow_table(),
    )
