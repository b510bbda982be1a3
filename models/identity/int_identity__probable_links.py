from intelligence.linkage.link import link
from intelligence.linkage.records import comparable


def model(dbt, session):
    dbt.config(materialized="table")
    people, records, settled = comparable(
        dbt.ref("int_identity__known_people"),
        dbt.ref("int_identity__source_records"),
        dbt.ref("int_identity__number_links"),
    )
    return link(people, records, settled)
