from intelligence.unplanned_care.series import find_turning_points


def model(dbt, session):
    dbt.config(materialized="table")
    months = dbt.ref("int_board__series").select(
        "measure_id as measure, neighbourhood_id, released_count as event_count, "
        "released_count as case_count, "
        "person_days, true as is_complete_month, true as is_city, month_start_date"
    )
    comparators = dbt.ref("stg_comparators__comparator_months")
    return find_turning_points(
        months.order("all").to_arrow_table(),
        comparators.order("all").to_arrow_table(),
    )
