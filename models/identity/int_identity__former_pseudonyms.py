from intelligence.platform.pseudonyms import add_pseudonyms
from intelligence.platform.settings import PSEUDONYM_KEY, secret


def model(dbt, session):
    dbt.config(materialized="table")
    opted_out = (
        dbt.ref("int_identity__opt_outs")
        .filter("opt_out = 'national_data_opt_out'")
        .project("person_key")
    )
    keys = (
        dbt.ref("int_identity__person_changes")
        .project("former_person_key as person_key")
        .distinct()
        .except_(opted_out)
        .order("person_key")
    )
    return add_pseudonyms(
        keys.to_arrow_table(), "person_key", "person_id", secret(PSEUDONYM_KEY)
    )
