from intelligence.community_beds.demand import project_beds


def model(dbt, session):
    dbt.config(materialized="table")
    shares = dbt.ref("fct_right_setting_share").filter(
        "bed_kind = 'community bed' and bed_purpose <> 'all'"
    )
    return project_beds(
        dbt.ref("int_community_beds__need").order("bed_purpose, cell").to_arrow_table(),
        dbt.ref("int_community_beds__nights")
        # By what they are, not by their ids, which another key would order otherwise.
        .order("bed_purpose, nights, delay_nights, weekday, month")
        .to_arrow_table(),
        dbt.ref("int_community_beds__projected_people")
        .order("year, cell")
        .to_arrow_table(),
        shares.select(
            "rule_set, bed_purpose, home_share, home_share_error, "
            "home_care_hours_per_week"
        )
        .order("rule_set, bed_purpose")
        .to_arrow_table(),
        dbt.ref("community_bed_scenarios")
        .order("scenario, bed_purpose")
        .to_arrow_table(),
    )
