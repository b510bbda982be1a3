from intelligence.unplanned_care.series import find_turning_points


def model(dbt, session):
    dbt.config(materialized="table")
    # Nearly every LSOA has too few events a month for its trend to be told from chance.
    months = dbt.ref("int_unplanned_care__months").filter("geography_type <> 'lsoa'")
    comparators = dbt.ref("stg_comparators__comparator_months")
    return find_turning_points(
        months.select("*, geography_type = 'city' as is_city")
        .order("all")
        .to_arrow_table(),
        comparators.order("all").to_arrow_table(),
    )
