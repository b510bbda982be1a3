from intelligence.scheme_facts import (
    PATHWAYS,
    event_costs,
    read_panel,
    read_schemes,
    read_strata,
)
from intelligence.scheme_questions import appraise

MEAN_COST = "cast(sum(cast(cost_gbp as decimal(18, 2))) as double) / count(cost_gbp)"


def model(dbt, session):
    dbt.config(materialized="table")
    schemes = dbt.ref("stg_better_care_fund__schemes").order("all").to_arrow_table()
    strata = (
        dbt.ref("int_better_care_fund__matched_strata").order("all").to_arrow_table()
    )
    admissions = dbt.ref("fct_hospital_spell").filter("is_emergency_admission")
    attendances = dbt.ref("fct_emergency_attendance").filter("is_unplanned")
    last_day = dbt.ref("int_calendar__days").aggregate("max(day_date)")
    wards = dbt.ref("fct_neighbourhood_month").filter(
        "neighbourhood_id like 'ward:%' and is_complete_month"
    )
    panel = wards.select(
        "substr(neighbourhood_id, 6) as ward_code, age_band, sex, month_start_date, "
        "observed_days, person_days, " + ", ".join(PATHWAYS.values())
    ).order("all")
    (admission_cost,) = admissions.aggregate(MEAN_COST).fetchone()
    (attendance_cost,) = attendances.aggregate(MEAN_COST).fetchone()
    (as_of,) = last_day.fetchone()
    return appraise(
        read_schemes(schemes),
        read_panel(panel.to_arrow_table()),
        read_strata(strata),
        event_costs(admission_cost, attendance_cost),
        as_of,
    )
