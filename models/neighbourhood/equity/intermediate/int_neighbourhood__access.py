from intelligence.neighbourhood.equity import compare_access


def model(dbt, session):
    dbt.config(materialized="table")
    cells = dbt.ref("int_neighbourhood__need_cells").order("all")
    return compare_access(cells.to_arrow_table())
