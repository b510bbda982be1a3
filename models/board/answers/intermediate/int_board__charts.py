from intelligence.unplanned_care.series import charts


def model(dbt, session):
    dbt.config(materialized="table")
    months = dbt.ref("int_board__series").select(
        "measure_id as measure, neighbourhood_id, released_count as event_count, "
        "released_count as case_count, "
        "person_days, true as is_complete_month, true as is_city, month_start_date"
    )
    measures = dbt.ref("board_measures").select(
        "measure_id as measure, case polarity when 'lower is better' then 'decrease' "
        "when 'higher is better' then 'increase' else 'neither' end "
        "as improvement_direction, null::double as target_rate_per_1000"
    )
    return charts(
        months.order("all").to_arrow_table(),
        dbt.ref("int_board__turning_points").order("all").to_arrow_table(),
        measures.order("all").to_arrow_table(),
    )
