from intelligence.neighbourhood.equity import measure_inequality


def model(dbt, session):
    dbt.config(materialized="table")
    cells = dbt.ref("int_neighbourhood__deprivation_cells").order("all")
    standard = dbt.ref("european_standard_population").order("all")
    return measure_inequality(cells.to_arrow_table(), standard.to_arrow_table())
