from intelligence.platform.pseudonyms import add_pseudonyms
from intelligence.platform.settings import PSEUDONYM_KEY, secret


def model(dbt, session):
    dbt.config(materialized="table")
    opted_out = dbt.ref("int_identity__persons").filter("is_opted_out")
    theirs = (
        dbt.ref("int_identity__link_history")
        .join(opted_out.project("person_key"), "person_key", how="semi")
        .project("coalesce(id_key, person_key) as id_key")
        .union(opted_out.project("id_key"))
    )
    keys = (
        dbt.ref("int_identity__person_changes")
        .project("former_id_key as id_key")
        .distinct()
        .except_(theirs)
        .order("id_key")
    )
    return add_pseudonyms(
        keys.to_arrow_table(), "id_key", "person_id", secret(PSEUDONYM_KEY)
    )
