from intelligence.better_care_fund.facts import (
    event_costs,
    read_panel,
    read_schemes,
    read_strata,
)
from intelligence.better_care_fund.questions import appraise


def model(dbt, session):
    dbt.config(materialized="table")
    schemes = dbt.ref("stg_better_care_fund__schemes").order("all")
    ward_months = dbt.ref("int_better_care_fund__ward_months").order("all")
    strata = dbt.ref("int_better_care_fund__matched_strata").order("all")
    costs = dict(dbt.ref("int_better_care_fund__event_costs").fetchall())
    (as_of,) = dbt.ref("int_calendar__days").aggregate("max(day_date)").fetchone()
    return appraise(
        read_schemes(schemes.to_arrow_table()),
        read_panel(ward_months.to_arrow_table()),
        read_strata(strata.to_arrow_table()),
        event_costs(
            costs.get("emergency admission"), costs.get("unplanned attendance")
        ),
        as_of,
    )
