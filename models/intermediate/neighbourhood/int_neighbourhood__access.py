from intelligence.equity import compare_access


def model(dbt, session):
    dbt.config(materialized="table")
    return compare_access(dbt.ref("int_neighbourhood__need_cells").to_arrow_table())
