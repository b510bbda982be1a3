from intelligence.platform.pseudonyms import add_pseudonyms
from intelligence.platform.settings import PSEUDONYM_KEY, secret


def model(dbt, session):
    dbt.config(materialized="table")
    persons = dbt.ref("int_identity__persons").filter("not is_opted_out")
    keys = persons.select("person_key", "id_key").order("person_key")
    return add_pseudonyms(
        keys.to_arrow_table(), "id_key", "person_id", secret(PSEUDONYM_KEY)
    )
